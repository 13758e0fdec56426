//! What is lost, over TCP and over UDP.

use super::rate::Rate;
use super::row::Row;
use crate::path::{Outlook, Path, Share};
use crate::report::Report;

/// What is lost on each path.
pub(super) fn of(reports: &[&Report]) -> Vec<Rate> {
    let paths: Vec<Path> = reports.iter().map(|report| report.survey.path()).collect();
    let rate =
        |what: &str, share: fn(&Path) -> Option<Share>| Rate::of(what, &paths.iter().map(share).collect::<Vec<_>>());
    let rates = [
        rate("SYNs sent again", |path| path.loss.tcp_syn),
        rate("data segments sent again", |path| path.loss.tcp_data.as_ref().map(|data| data.again)),
        rate("connections out of order", |path| path.loss.tcp_data.as_ref()?.downstream),
        rate("UDP SYNs lost", |path| path.udp.as_ref()?.lost),
        rate("UDP SYNs lost, a second apart", |path| path.udp.as_ref()?.lost_apart),
    ];
    rates.into_iter().flatten().collect()
}

/// What UDP would do for a session: its parts are compared on their own.
pub(super) fn outlook(reports: &[&Report]) -> Vec<Row> {
    let word = |outlook| match outlook {
        Outlook::Helps => "helps",
        Outlook::Hurts => "hurts",
        Outlook::Blocked => "blocked",
        Outlook::Unknown => "unknown",
    };
    let values = reports.iter().map(|report| {
        let udp = report.survey.path().udp;
        udp.map(|udp| format!("{}: {}", word(udp.outlook), udp.because)).into_iter().collect()
    });
    let row = Row::of("UDP", values.collect()).uncounted();
    if row.is_known() { vec![row] } else { Vec::new() }
}
