//! What is lost, over TCP and over UDP.

use super::rate::Rate;
use crate::path::{Path, Share};
use crate::report::Report;

/// What is lost of SYNs that leave close behind each other.
pub(super) const UDP: &str = "UDP SYNs lost";

/// What is lost on each path.
pub(super) fn of(reports: &[&Report]) -> Vec<Rate> {
    let paths: Vec<Path> = reports.iter().map(|report| report.survey.path()).collect();
    let rate =
        |what: &str, share: fn(&Path) -> Option<Share>| Rate::of(what, &paths.iter().map(share).collect::<Vec<_>>());
    let rates = [
        rate("SYNs sent again", |path| path.loss.tcp_syn),
        rate("data segments sent again", |path| path.loss.tcp_data.as_ref().map(|data| data.again)),
        rate("connections out of order", |path| path.loss.tcp_data.as_ref()?.downstream),
        rate(UDP, |path| path.udp.as_ref()?.lost),
        rate("UDP SYNs lost, a second apart", |path| path.udp.as_ref()?.lost_apart),
    ];
    rates.into_iter().flatten().collect()
}
