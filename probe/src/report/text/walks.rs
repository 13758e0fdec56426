//! The walks besides the baseline and its repeats: one line each.

use super::page::Page;
use super::{PLAIN, facts};
use crate::phase::Leg;
use crate::report::Report;
use crate::walk::{Variant, Walk};

/// What else was tried, and what came of it.
pub(super) fn others(page: &mut Page, report: &Report) {
    let other = |walk: &Walk| walk.variant != Variant::Baseline && walk.variant.leg() == Leg::Tcp;
    let walks = || report.survey.walks.iter().enumerate().filter(|(_, walk)| other(walk));
    if walks().next().is_none() {
        return;
    }
    page.heading("OTHER WALKS");
    let shown: Vec<_> = walks().map(|(index, walk)| (index, what(walk), came(walk))).collect();
    let widest = shown.iter().map(|(_, what, _)| what.chars().count()).max().unwrap_or_default();
    for (index, what, came) in shown {
        page.item(&format!("  {index:>2}  {what:<widest$}  "), PLAIN, &came);
    }
}

/// What was tried: the variant, and the address or the target where that is what sets it apart.
fn what(walk: &Walk) -> String {
    match (walk.variant, walk.address, &walk.target) {
        (Variant::Address, Some(address), _) => address.to_string(),
        (Variant::Redirected, _, Some(target)) => format!("redirected to {target}"),
        _ => walk.variant.to_string(),
    }
}

fn came(walk: &Walk) -> String {
    match (&walk.stop, walk.reached()) {
        (None, _) if walk.variant == Variant::Hops => "told under HOPS".to_owned(),
        (None, _) if walk.variant == Variant::Datagrams => "told under PACKET SIZES".to_owned(),
        (Some(stop), _) => format!("stopped at {}: {}", stop.phase, stop.detail),
        (None, Some(reached)) => {
            let told = facts::told(walk, reached).join("; ");
            if told.is_empty() { format!("passed {reached}") } else { format!("passed {reached}: {told}") }
        }
        (None, None) => "nothing was walked".to_owned(),
    }
}
