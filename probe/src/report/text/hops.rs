//! The path hop by hop, where it was looked for.

use super::page::Page;
use super::{DIM, PLAIN};
use crate::clock::time;
use crate::path::hops::{Hop, HopKind, Loss, Part, loss};
use crate::report::Report;

/// A line each, and where the loss begins.
pub(super) fn table(page: &mut Page, report: &Report) {
    let hops = report.survey.path().hops;
    if hops.is_empty() {
        return;
    }
    page.heading("HOPS: how many SYNs each answered, and what of them is lost by all later ones too");
    let shown: Vec<(String, &Hop)> = hops.iter().map(|hop| (who(hop), hop)).collect();
    let widest = shown.iter().map(|(who, _)| who.chars().count()).max().unwrap_or_default();
    page.line(DIM, &row(["", "", "answered", "min", "median", "lost"], widest));
    for (who, hop) in &shown {
        let [min, median] = [hop.least_us, hop.median_us].map(|us| us.map_or_else(|| "–".to_owned(), time));
        let lost = hop.lost.map_or_else(|| "–".to_owned(), |lost| lost.k.to_string());
        let answered = hop.answered.counted("");
        page.line(PLAIN, &row([&hop.ttl.to_string(), who, answered.trim_end(), &min, &median, &lost], widest));
    }
    page.item("  ", PLAIN, &concluded(&hops));
}

fn row([ttl, who, answered, min, median, lost]: [&str; 6], widest: usize) -> String {
    format!("  {ttl:>2}  {who:<widest$}{answered:>10}{min:>8}{median:>8}{lost:>6}")
}

/// Who answered.
fn who(hop: &Hop) -> String {
    let addresses = hop.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match hop.kind {
        HopKind::Silent => "silent".to_owned(),
        HopKind::Router => addresses,
        HopKind::Rejects => format!("{addresses} (rejects)"),
        HopKind::Target => format!("{addresses} (target)"),
    }
}

/// Where the loss begins, in words.
fn concluded(hops: &[Hop]) -> String {
    match loss(hops) {
        None if hops.last().is_none_or(|last| last.kind != HopKind::Target) => {
            "the target did not answer: what is lost before it is not known".to_owned()
        }
        None => "no loss that every later hop bears out".to_owned(),
        Some(Loss { after, at, lost, part }) => {
            let part = match part {
                Part::Ours => "in our own network, or before the VPN gateway",
                Part::Between => "on the way",
                Part::Theirs => "at the host or on its link",
            };
            let after = after.map_or_else(|| "our own host".to_owned(), |after| format!("hop {}", after.ttl));
            format!("loss begins between {after} and hop {}, {part}: {}", at.ttl, lost.told("SYNs"))
        }
    }
}
