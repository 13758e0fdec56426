//! What the walks after a stop tell apart: the change that one of them made is the cure, if the unchanged walk beside it
//! stopped again.

use super::mtu::black_hole;
use super::seen::{cured, direction, end};
use crate::phase::Phase;
use crate::stop::Cause;
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Need, Rule, Severity};
use crate::walk::Variant;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "path.mtu-black-hole",
        title: "large packets vanish on the path, and nothing says so: an MTU black hole",
        why: "A link on the way carries less than our own interface does (a VPN, PPPoE, a tunnel of a cloud), and the ICMP \
              message that would tell the sender is filtered. Small packets pass, so ping and X.224 work.",
        advice: "`rdp-probe --mtu HOST` finds the size. At once: `netsh interface ipv4 set subinterface NAME mtu=1280 \
                 store=active` (Windows), `ip link set dev NAME mtu 1280` (Linux). For good: clamp the MSS on the VPN \
                 gateway, and let ICMP type 3 code 4 (ICMPv6 type 2) through.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Control],
        ceiling: Certainty::Certain,
        holds: |s| {
            let tried = silent(s).then(|| segments(s)).flatten();
            let tried = tried.map(|evidence| evidence.and_all(head_missing(s)).and_all(direction(s)));
            let searched = black_hole(s);
            tried.map(|evidence| evidence.and_all(searched.clone())).or(searched)
        },
    },
    Rule {
        code: "path.head-missing",
        title: "the end of the server's answer came, and its beginning never did",
        why: "The kernel holds a later segment of the answer and waits for the one before it, which is full-size where the \
              later one is short: large packets from the server vanish on the path. Heavy loss can look alike.",
        advice: "`rdp-probe --mtu HOST` finds the size that passes; then clamp the MSS on the tunnel or VPN gateway.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| if segments(s).is_some() { None } else { head_missing(s) },
    },
    Rule {
        code: "path.segment-size-matters",
        title: "the connection is ended with segments of the usual size, and goes on with small ones",
        why: "A device on the path looks into the packets, and what it looks for is cut apart by small segments; or it \
              drops what it cannot put together.",
        advice: "Take the inspection (IPS, SSL inspection, application control) for this host out of the way, and probe again.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Control],
        ceiling: Certainty::Likely,
        holds: |s| if silent(s) { None } else { segments(s) },
    },
    Rule {
        code: "run.other-address-passes",
        title: "another address of the name passes where the first stops",
        why: "The name stands for several servers, or for one with several ways to it, and one of them is unwell.",
        advice: "Take the first address out of the DNS entry or the load balancer until its server is mended; `rdp-probe \
                 ADDRESS` looks at each apart.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Control],
        ceiling: Certainty::Certain,
        holds: |s| cured(s, Variant::OtherAddress),
    },
    Rule {
        code: "negotiate.cookie-matters",
        title: "the request fails with its cookie, and passes without",
        why: "Something on the way reads the mstshash cookie or routing token: an intrusion prevention system, a filter \
              against password guessing, or a load balancer that knows no server of that name.",
        advice: "Repeat with `--cookie` and the name that the users' clients send; then look for a device that inspects RDP.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Control],
        ceiling: Certainty::Certain,
        holds: |s| cured(s, Variant::NoCookie),
    },
    Rule {
        code: "negotiate.offer-matters",
        title: "the request fails when it offers CredSSP, and passes when it offers TLS alone",
        why: "The server, or what answers for it, does not know the protocols that clients have offered since Windows \
              Vista: an old or partial implementation, or a device that rewrites the request.",
        advice: "Clients can be told to offer less with `enablecredsspsupport:i:0` in the .rdp file; better bring the \
                 server up to date.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Control],
        ceiling: Certainty::Certain,
        holds: |s| cured(s, Variant::TlsOnly),
    },
    Rule {
        code: "tls.small-hello-passes",
        title: "the ClientHello fails at its usual length, and passes when it is short",
        why: "What it offers or how long it is decides: a device that inspects TLS and chokes on it.",
        advice: "Take the inspection for this host out of the way, and probe again; else bring the device up to date.",
        step: true,
        severity: Severity::Fault,
        needs: &[Need::Control],
        ceiling: Certainty::Likely,
        holds: |s| cured(s, Variant::SmallHello),
    },
];

/// Whether the baseline ended in silence.
fn silent(survey: &Survey) -> bool {
    survey.baseline().and_then(|walk| walk.stop.as_ref()).is_some_and(|stop| stop.cause == Cause::Silence)
}

/// The walk with small segments that passed where the baseline stopped.
fn segments(survey: &Survey) -> Option<Evidence> {
    let small = survey.walks.iter().map(|walk| walk.variant).filter(|variant| variant.mss().is_some());
    small.into_iter().find_map(|variant| cured(survey, variant))
}

/// Nothing came in order after our last bytes, and yet something came.
fn head_missing(survey: &Survey) -> Option<Evidence> {
    let walk = survey.baseline().filter(|_| silent(survey))?;
    let stop = walk.stop.as_ref().filter(|stop| stop.phase > Phase::Negotiate && stop.partial.is_none())?;
    let tape = &walk.tape;
    let (asked, _) = tape.last(|event| event.sent().is_some())?;
    let answered = tape.entries().skip(asked).any(|(_, entry)| entry.event.received().is_some());
    let (sampled, entry) = tape.last(|event| event.kernel().is_some())?;
    let late = entry.event.kernel()?.out_of_order.filter(|late| *late > 0 && !answered)?;
    let says = format!("{late} segments of the answer came out of order, and the one before them never came");
    Some(end(0, walk, stop).and(0, sampled, says))
}
