//! Where on the path packets are lost, and how far they come.

use crate::path::hops::{Loss, Part, loss};
use crate::path::{Hop, HopKind, Share};
use crate::phase::Phase;
use crate::stop::Cause;
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};
use crate::walk::Variant;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "path.loss-from-first-hop",
        title: "packets are lost on the way to the first hop already: in our own network, or on the way to the VPN gateway",
        why: "Every hop is as lossy as the first, so what loses lies before it: the radio link, a cable, the router at \
              home, or with a VPN the whole way to its gateway, which is one hop.",
        advice: "Probe once with a cable, and once without the VPN if the target can be reached so. If the loss stays \
                 with the VPN alone, look at the provider between here and the gateway.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| lossy(s, Part::Ours),
    },
    Rule {
        code: "path.loss-from-hop",
        title: "packets are lost on the way, from a hop on that the evidence names",
        why: "The hop before it loses nothing, and all behind it are as lossy: the link between the two, or the device \
              that serves it, is overloaded or faulty.",
        advice: "Give the two addresses, and the figures, to whoever runs that part of the path.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| lossy(s, Part::Between),
    },
    Rule {
        code: "path.loss-at-host",
        title: "packets are lost on the last hop alone: at the host, or on its own link",
        why: "The router before it loses nothing: the host's link or its virtual switch is overloaded, or the host's \
              firewall or listener drops new connections.",
        advice: "On the host: the counters of the interface (`Get-NetAdapterStatistics`), CPU load, and the firewall's log.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| lossy(s, Part::Theirs),
    },
    Rule {
        code: "connect.silent-behind-hop",
        title: "routers on the way answer, and behind the last of them that the evidence names nobody does",
        why: "The way to that hop and back is whole. The next device or the host's own firewall drops the SYN without a \
              word, or the host is off. But routers may pass packets on and never answer themselves, and the answer may \
              be lost on another way back: so it can also be further on.",
        advice: "Ask whoever runs the named router where it sends packets for this address, and what stands behind it: a \
                 firewall, a security group, the host. Probe from there too.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| far_as(s, HopKind::Router, "nobody behind it answers"),
    },
    Rule {
        code: "connect.rejected-at-hop",
        title: "the device that rejects the connection is as many hops away as the evidence says",
        why: "All hops before it pass the SYN on. Behind it nobody answers: it gives the SYN up in the target's place.",
        advice: "Look at the rules and routes of the device with this address; what stands before it is not to blame.",
        step: true,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| far_as(s, HopKind::Rejects, "it rejects the SYN"),
    },
];

/// The last that answered on the way to a target which did not, where it is of this kind. A router that rejects tells of
/// a SYN that expires there before it looks at its rules: so its first hop counts.
fn far_as(survey: &Survey, kind: HopKind, says: &str) -> Option<Evidence> {
    let stop = survey.baseline()?.stop.as_ref().filter(|stop| stop.phase == Phase::Connect)?;
    let unreached = stop.cause == Cause::Silence || matches!(stop.cause, Cause::Unreachable { .. });
    let (walk, _) = survey.variant(Variant::Hops).filter(|_| unreached)?;
    let hops = survey.path().hops;
    let last = hops.iter().rfind(|hop| hop.kind != HopKind::Silent).filter(|last| last.kind == kind)?;
    let first = hops.iter().find(|hop| hop.addresses.iter().any(|address| last.addresses.contains(address)))?;
    Some(Evidence::new(walk, last.shown, format!("the last that answers is {}; {says}", told(first))))
}

/// The loss, when it begins in a part of the path: cited by the last hop that is whole, and by the first that is not.
fn lossy(survey: &Survey, part: Part) -> Option<Evidence> {
    let (walk, _) = survey.variant(Variant::Hops)?;
    let hops = survey.path().hops;
    let Loss { after, at, lost, .. } = loss(&hops).filter(|loss| loss.part == part)?;
    let says = format!("as far as {}, and at every hop behind it: {} lost", told(at), lost.told("SYNs"));
    let whole = after.map(|after| {
        let all = after.lost.as_ref().map(|lost| Share::counted(lost, "SYNs")).unwrap_or_default();
        Evidence::new(walk, after.shown, format!("as far as {}: {all} lost", told(after)))
    });
    Some(Evidence::new(walk, at.shown, says).and_all(whole))
}

/// A hop by its number and its addresses.
pub(super) fn told(hop: &Hop) -> String {
    let addresses = hop.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let what = if hop.kind == HopKind::Target { "the target, " } else { "" };
    format!("hop {} ({what}{addresses})", hop.ttl)
}
