//! What was tried over UDP, and what it comes to.

use super::page::Page;
use super::{PLAIN, facts};
use crate::clock::time;
use crate::path::{Path, Share, Udp};
use crate::phase::{Leg, Phase};
use crate::report::Report;
use crate::walk::{Variant, Walk};

/// The measured flow, and what the walks on it showed.
pub(super) fn lines(page: &mut Page, report: &Report) {
    let walks = || report.survey.walks.iter().filter(|walk| walk.variant.leg() == Leg::Udp);
    let Some(address) = walks().find_map(|walk| walk.address) else { return };
    page.heading(&format!("UDP to port {}", address.port()));
    let path = report.survey.path();
    if let Some(udp) = &path.udp {
        page.item("  outlook      ", PLAIN, &format!("{}: {}", udp.outlook.word(), udp.because));
        if udp.passes.is_some() {
            page.item("  round trip   ", PLAIN, &round_trip(udp, &path));
            page.item("  lost         ", PLAIN, &lost(udp));
            page.item("  size         ", PLAIN, &size(udp));
        }
    }
    for (name, variant) in SHOWN {
        if let Some(walk) = walks().find(|walk| walk.variant == *variant) {
            let mut told = came(walk);
            if let Some(same) = same_certificate(report, walk) {
                told.push_str(if same { "; TCP's certificate" } else { "; another certificate than TCP's" });
            }
            page.item(&format!("  {name:<13}"), PLAIN, &told);
        }
    }
}

/// The walks that show more than their fate.
const SHOWN: &[(&str, Variant)] = &[
    ("version 1", Variant::UdpVersion1),
    ("version 3", Variant::UdpVersion3),
    ("described", Variant::UdpDescribed),
    ("TLS", Variant::UdpTls),
    ("idle", Variant::UdpIdle),
    ("lossy mode", Variant::UdpLossy),
    ("tunnel", Variant::UdpTunnel),
    ("RD Gateway", Variant::UdpGateway),
    ("STUN", Variant::UdpStun),
];

fn round_trip(udp: &Udp, path: &Path) -> String {
    let ours = udp.round_trip.as_ref().map(|spread| {
        let jitter = spread.jitter_us.map(|jitter| format!(", jitter {}", time(jitter))).unwrap_or_default();
        format!("{} at least, {} median{jitter}", time(spread.min_us), time(spread.median_us))
    });
    let tcp = path.latency.round_trip.as_ref().map(|timing| format!("TCP {}", time(timing.least_us)));
    [ours, tcp].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn lost(udp: &Udp) -> String {
    let told = |share: &Option<Share>, what: &str| share.as_ref().map(|share| share.told(what));
    let apart = told(&udp.lost_apart, "sent a second apart");
    let late = udp.lost.zip(udp.unanswered).and_then(|(lost, unanswered)| lost.k.checked_sub(unanswered.k));
    let late = late.filter(|late| *late > 0).map(|late| format!("in {late} of them the SYN+ACK alone"));
    [told(&udp.lost, "SYNs"), late, apart].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn size(udp: &Udp) -> String {
    let passes = udp.passes.map(|size| format!("{size} bytes of payload pass")).unwrap_or_default();
    let fails = udp.fails.map(|size| format!(", {size} do not")).unwrap_or_default();
    format!("{passes}{fails}")
}

/// Whether the certificate is the one that TCP showed; `None` where one of them is not known.
fn same_certificate(report: &Report, walk: &Walk) -> Option<bool> {
    let tcp = report.survey.baseline()?.facts.tls.certificate.as_ref()?.sha256.as_ref()?;
    Some(walk.facts.udp_tls.certificate.as_ref()?.sha256.as_ref()? == tcp)
}

fn came(walk: &Walk) -> String {
    let reached = walk.reached().map(|phase| facts::told(walk, phase).join("; ")).filter(|told| !told.is_empty());
    match (&walk.stop, reached) {
        (Some(stop), Some(reached)) if stop.phase > Phase::UdpSyn => format!("{reached}; then {}", stop.detail),
        (Some(stop), _) => stop.detail.clone(),
        (None, reached) => reached.unwrap_or_else(|| "it answers".to_owned()),
    }
}
