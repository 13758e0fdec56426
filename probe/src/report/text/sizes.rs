//! The largest packets that pass, each way, where they were looked for.

use super::PLAIN;
use super::page::Page;
use crate::path::Datagrams;
use crate::path::datagrams::Fragments;
use crate::path::mtu::{Found, Limit};
use crate::report::Report;

/// A line each way.
pub(super) fn lines(page: &mut Page, report: &Report) {
    let path = report.survey.path();
    if path.mtu.is_none() && path.datagrams.is_none() {
        return;
    }
    page.heading("PACKET SIZES (bytes of the whole IP packet)");
    if let Some(mtu) = path.mtu {
        page.item("  our interface     ", PLAIN, &mtu.interface.to_string());
        page.item("  to the server     ", PLAIN, &told(&mtu.up));
        page.item("  from the server   ", PLAIN, &told(&mtu.down));
    }
    if let Some(datagrams) = path.datagrams {
        page.item("  UDP to the target ", PLAIN, &of_datagrams(&datagrams));
    }
}

/// What routers and the target said of datagrams, and what became of fragments.
fn of_datagrams(datagrams: &Datagrams) -> String {
    let routers = datagrams.told.iter().map(|told| format!("{} says that {} passes", told.from, told.mtu));
    let passes = datagrams.passes.map(|size| format!("the target answered {size}"));
    let passes = passes.unwrap_or_else(|| "the target answered none: more is not known".to_owned());
    let fragments = match datagrams.fragments {
        Fragments::Pass => Some("fragments pass"),
        Fragments::Dropped => Some("fragments are dropped"),
        Fragments::Unknown => None,
    };
    let parts = routers.chain([passes]).chain(fragments.map(str::to_owned));
    parts.collect::<Vec<_>>().join("; ")
}

fn told(found: &Found) -> String {
    let passes = found.passes.map_or_else(|| "none passed".to_owned(), |size| format!("{size} passes"));
    let fails = found.fails.map(|size| format!("{size} does not")).unwrap_or_default();
    let why = match found.limit {
        Limit::None => "all that our interface sends",
        Limit::BlackHole => return format!("{passes}, {fails}, and nothing says so: a black hole"),
        Limit::Signalled => return format!("{passes}, {fails}: a router says so by ICMP"),
        Limit::OtherSide => "the other side uses no larger ones",
        Limit::ShortFlight => "the server's answer is too short to show more",
        Limit::Unknown => "more is not known",
    };
    format!("{passes}: {why}")
}
