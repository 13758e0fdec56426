//! Who ended it, a thousand times and more each way: ends that a router forged and ends of the server's own, met on the
//! network bed. Prints what was concluded of them, and fails where one was laid at the wrong door.

use std::collections::BTreeMap;
use std::process::ExitCode;

use rdp_lab::author::{self, End};
use rdp_lab::bed::Result;

/// Walks of each kind, at least.
const WALKS: usize = 1000;

fn main() -> Result<ExitCode> {
    let forged = soak("forged by a router", End::forged())?;
    let own = soak("the server's own", End::own())?;
    Ok(ExitCode::from(u8::from(forged + own > 0)))
}

/// Meets each end often enough, and gives how many were laid at the wrong door.
fn soak(what: &str, ends: Vec<End>) -> Result<usize> {
    let rounds = WALKS.div_ceil(2 * ends.len());
    let (mut walks, mut wrong, mut said) = (0, 0, BTreeMap::<String, usize>::new());
    for (end, verdict) in author::meet(ends, rounds)? {
        walks += verdict.runs.walked;
        let Some(stop) = &verdict.stop else { continue };
        *said.entry(format!("{:?}", stop.who)).or_default() += 1;
        if end.is_wrong(stop.who) {
            wrong += 1;
            anstream::println!("wrong: {end:?} by {:?}: {}", stop.who, stop.why);
        }
    }
    anstream::println!("{what}: {walks} walks, verdicts {said:?}, {wrong} wrong");
    Ok(wrong)
}
