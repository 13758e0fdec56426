use std::net::IpAddr;

use super::seen::{end, passed, stopped};
use crate::evidence::Sense;
use crate::phase::Phase;
use crate::stop::{Cause, CauseKind, Stop};
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Need, Rule, Severity};
use crate::verdict::who;
use crate::walk::{Variant, Walk};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "connect.silence",
        title: "nothing answers the TCP SYN: it or its answer is dropped on the way",
        why: "A firewall or cloud security group drops the SYN without a word, the host is off, or the route (VPN) leads \
              nowhere. Nothing of RDP was reached.",
        advice: "Probe from inside the host's subnet. If it answers there, the firewall or route between is to blame; if \
                 not, the host is off or its own firewall drops.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Sense(Sense::ErrorQueue)],
        ceiling: Certainty::Certain,
        holds: |survey| direct(survey, CauseKind::Silence, |_, _| true),
    },
    Rule {
        code: "connect.refused",
        title: "a reset answered the SYN: nothing listens on this port, or a firewall rejects for it",
        why: "The Remote Desktop service is stopped or listens on another port; or a host firewall answers with a reset.",
        advice: "On the host: `qwinsta` (is rdp-tcp listening?) and `netstat -ano | findstr :3389`; start TermService or \
                 use the port that it says.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Sense(Sense::ErrorQueue)],
        ceiling: Certainty::Certain,
        holds: |survey| direct(survey, CauseKind::Refused, |_, _| true),
    },
    Rule {
        code: "connect.rejected",
        title: "a firewall or router on the way rejects the connection by ICMP",
        why: "The ICMP message names who says no: that device has a rule or a missing route. The target was not asked.",
        advice: "Look at the device whose address the evidence names: its access list for `prohibited`, its routes for \
                 `unreachable`.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |survey| {
            direct(survey, CauseKind::Unreachable, |walk, stop| sender(stop).is_some_and(|from| !is_target(walk, from)))
        },
    },
    Rule {
        code: "connect.rejected-by-host",
        title: "the host itself rejects the connection by ICMP",
        why: "The host is up, and its own firewall forbids this port or this source.",
        advice: "On the host: allow TCP 3389 from this source (`Remote Desktop` in Windows Defender Firewall; `nft list \
                 ruleset` on Linux).",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |survey| {
            direct(survey, CauseKind::Unreachable, |walk, stop| sender(stop).is_some_and(|from| is_target(walk, from)))
        },
    },
    Rule {
        code: "connect.no-route",
        title: "our own host has no way to the target",
        why: "There is no route to the network, or the target is on our own link and no neighbour has its address.",
        advice: "`ip route get ADDRESS` and `ip neigh`; with a VPN, check that it is up and that its routes are there.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |survey| direct(survey, CauseKind::Unreachable, |_, stop| sender(stop).is_none()),
    },
    Rule {
        code: "connect.address-differs",
        title: "the name's addresses do not behave alike",
        why: "One address of the name accepts connections and another does not, so what a client sees depends on which \
              one it tries first.",
        advice: "Correct the DNS record of the address that fails, or make the server listen there (IPv6 is the usual \
                 one to be forgotten).",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: addresses_differ,
    },
    Rule {
        code: "connect.false-open",
        title: "the connection is accepted by something nearer than what answers on it",
        why: "A load balancer, a firewall with SYN proxying, or a relay (docker-proxy, slirp, ssh) accepts for the host. \
              That a connection stands then says nothing of the host. A host that is slow to answer anything looks like \
              a relay.",
        advice: "Where it stops after this, look at what stands before the host, and whether its backend is up.",
        step: true,
        severity: Severity::Note,
        needs: &[Need::Sense(Sense::Capture)],
        ceiling: Certainty::Likely,
        holds: who::false_open,
    },
];

/// The first baseline walk whose connection to the target itself ended by this cause. Where a proxy was called, that
/// says nothing of the host.
fn direct(survey: &Survey, cause: CauseKind, also: impl Fn(&Walk, &Stop) -> bool) -> Option<Evidence> {
    if survey.via().is_some() { None } else { stopped(survey, Phase::Connect, cause, also) }
}

/// Who sent the ICMP message; nobody when our own host knew it without one.
fn sender(stop: &Stop) -> Option<IpAddr> {
    if let Cause::Unreachable { icmp } = &stop.cause { icmp.from.filter(|_| !icmp.is_own()) } else { None }
}

fn is_target(walk: &Walk, from: IpAddr) -> bool {
    walk.address.is_some_and(|address| address.ip() == from)
}

/// One address connects where another does not.
fn addresses_differ(survey: &Survey) -> Option<Evidence> {
    let connects = |walk: &Walk| walk.reached() >= Some(Phase::Connect);
    let baseline = survey.baseline()?;
    let others = || survey.walks.iter().enumerate().filter(|(_, walk)| walk.variant == Variant::Address);
    let (index, other) = others().find(|(_, walk)| connects(walk) != connects(baseline))?;
    let says = |walk: &Walk| walk.address.map(|address| format!("{address} connects")).unwrap_or_default();
    let (good, good_walk, bad, bad_walk) =
        if connects(baseline) { (0, baseline, index, other) } else { (index, other, 0, baseline) };
    let failed = bad_walk.stop.as_ref().map(|stop| end(bad, bad_walk, stop));
    Some(passed(good, good_walk, Phase::Connect, says(good_walk)).and_all(failed))
}
