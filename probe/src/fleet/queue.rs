use std::collections::{HashSet, VecDeque};

use crate::plan::Plan;
use crate::target::Target;

/// Plans that wait, in their order. No host is given out while it is busy.
pub(super) struct Queue {
    waiting: VecDeque<(usize, Plan)>,
    busy: HashSet<String>,
}

impl Queue {
    pub(super) fn new(plans: Vec<Plan>) -> Self {
        Self { waiting: plans.into_iter().enumerate().collect(), busy: HashSet::new() }
    }

    /// Where in the queue the first stands whose host is free.
    pub(super) fn next(&self) -> Option<usize> {
        self.waiting.iter().position(|(_, plan)| !self.busy.contains(&key(&plan.target)))
    }

    /// Gives it out with its place among all; its host is busy from here on.
    pub(super) fn take(&mut self, at: usize) -> Option<(usize, Plan)> {
        let (index, plan) = self.waiting.remove(at)?;
        self.busy.insert(key(&plan.target));
        Some((index, plan))
    }

    /// The run on a host is over.
    pub(super) fn free(&mut self, target: &Target) {
        self.busy.remove(&key(target));
    }
}

/// What is the same for two targets on the same host and port, however they are written. Whether two names lead to one
/// host is not known here.
fn key(target: &Target) -> String {
    match target.literal() {
        Some(address) => format!("{} {}", address.ip().to_canonical(), address.port()),
        None => format!("{} {}", target.host.trim_end_matches('.').to_lowercase(), target.port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_the_same_however_it_is_written() {
        let keyed = |input| key(&Target::parse(input, None).unwrap());
        for (one, other) in [
            ("srv.example", "SRV.example.:3389"),
            ("::1", "[0:0:0:0:0:0:0:1]:3389"),
            ("127.0.0.1", "[::ffff:127.0.0.1]"),
        ] {
            assert_eq!(keyed(one), keyed(other));
        }
        assert_ne!(keyed("srv"), keyed("srv:3390"));
    }
}
