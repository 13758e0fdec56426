//! The largest packets that pass, each way, where they were looked for.

use super::PLAIN;
use super::page::Page;
use crate::path::mtu::{Found, Limit};
use crate::report::Report;

/// A line each way.
pub(super) fn lines(page: &mut Page, report: &Report) {
    let Some(mtu) = report.survey.path().mtu else { return };
    page.heading("PACKET SIZES (bytes of the whole IP packet)");
    page.item("  our interface     ", PLAIN, &mtu.interface.to_string());
    page.item("  to the server     ", PLAIN, &told(&mtu.up));
    page.item("  from the server   ", PLAIN, &told(&mtu.down));
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
