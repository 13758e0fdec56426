//! How large packets may be, by the search for it.

use super::seen::{end, passed};
use crate::path::datagrams::Fragments;
use crate::path::mtu::{Found, Limit};
use crate::path::{Mtu, hello};
use crate::phase::Phase;
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};
use crate::walk::{Variant, Walk};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "path.mtu-signalled",
        title: "the path carries less than our interface sends, and a router says so by ICMP",
        why: "A tunnel or VPN on the way is narrower. This works as long as nobody filters ICMP, at the cost of a lost \
              packet for each new connection that sends much.",
        advice: "Nothing has to be done. To spare the lost packet, set the MTU named above on the tunnel's interface.",
        step: false,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let searched = limited(s, Limit::Signalled, "a router says by ICMP that no larger ones pass");
            routers(s).map(|evidence| evidence.and_all(searched.clone())).or(searched)
        },
    },
    Rule {
        code: "path.mss-clamped",
        title: "the other side sends or asks for smaller packets than our interface does",
        why: "A gateway on the way clamps the MSS, which is the cure for a narrow tunnel; or the server's own link is \
              narrower, or a router told the server by ICMP.",
        advice: "Nothing has to be done for TCP. UDP is not covered by a clamped MSS: look at it apart.",
        step: false,
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| limited(s, Limit::OtherSide, "the other side uses no larger ones"),
    },
    Rule {
        code: "tls.long-hello-fails",
        title: "a short ClientHello is answered, and a long one is not",
        why: "A device on the path, or the server, takes the ClientHello to be in one segment: it resets, closes or waits \
              for ever when it comes in two. Clients with post-quantum key shares send such long ones.",
        advice: "Bring the firewall, load balancer or TLS inspection on the way up to date, or take it out of the way for \
                 this host.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| long_hello(s, hello::fails),
    },
    Rule {
        code: "tls.hello-content-matters",
        title: "a long ClientHello is not answered, and one as long with other content is",
        why: "Its length and what stands in it decide together: a device on the path reads the ClientHello, and does not \
              like what this one offers.",
        advice: "Look for TLS inspection or an intrusion prevention system on the way, and for its log at this second.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| long_hello(s, |control| !hello::fails(control)),
    },
    Rule {
        code: "path.fragments-dropped",
        title: "UDP datagrams in fragments do not arrive, and whole ones do",
        why: "A firewall or a NAT gateway on the way, or the host's own firewall, drops IP fragments. TCP does not need \
              them; what sends large datagrams (RDP over UDP with a wrong MTU, Kerberos, IKE with certificates) does.",
        advice: "Let fragments through, or keep datagrams small: set the MTU of the VPN or tunnel to what passes whole.",
        step: true,
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: fragments,
    },
];

/// The shortest ClientHello that failed by its length, with the control of the same length of which `holds` holds.
fn long_hello(survey: &Survey, holds: fn(&Walk) -> bool) -> Option<Evidence> {
    // Where large packets vanish, a long ClientHello does so too.
    let length = hello::failing(&survey.walks).filter(|_| black_hole(survey).is_none())?;
    let (failing, failed) = survey.variant(Variant::Hello(length))?;
    hello::control(&survey.walks).filter(|control| holds(control))?;
    let (index, control) = survey.variant(Variant::OtherHello(length))?;
    let (shorter, walk) = survey.variant(Variant::Hello(hello::SHORT))?;
    let baseline = passed(shorter, walk, Phase::Tls, format!("{} bytes were answered", hello::SHORT));
    let says = format!(
        "with other content, {length} bytes as well: it was {}",
        if hello::fails(control) { "not answered" } else { "answered" }
    );
    let evidence = baseline.and_all(Some(end(failing, failed, failed.stop.as_ref()?)));
    Some(evidence.and_all(Some(passed(index, control, Phase::Tls, says))))
}

/// Packets that vanish without a word, one way or both, with the walks that show it.
pub(super) fn black_hole(survey: &Survey) -> Option<Evidence> {
    limited(survey, Limit::BlackHole, "larger ones vanish without a word")
}

/// The routers that said of a datagram how large it may be.
fn routers(survey: &Survey) -> Option<Evidence> {
    let datagrams = survey.path().datagrams?;
    let (walk, _) = datagrams.shown;
    let cites = datagrams.told.iter().map(|told| {
        let says = format!("{} said of a UDP datagram that no more than {} bytes pass", told.from, told.mtu);
        Evidence::new(walk, told.entry, says)
    });
    cites.reduce(|all, one| all.and_all(Some(one)))
}

/// Fragments that never arrive, where whole datagrams always do.
fn fragments(survey: &Survey) -> Option<Evidence> {
    let datagrams = survey.path().datagrams.filter(|found| found.fragments == Fragments::Dropped)?;
    let ((walk, entry), whole) = (datagrams.shown, datagrams.passes?);
    let says = format!("two datagrams in fragments got no answer; all of {whole} bytes around them did");
    Some(Evidence::new(walk, entry, says))
}

/// The ways that something limits, cited by the walks that show the edge, and the sizes that are safe to set.
fn limited(survey: &Survey, limit: Limit, says: &str) -> Option<Evidence> {
    let mtu = survey.path().mtu?;
    let ways = [("to the server", &mtu.up), ("from the server", &mtu.down)].into_iter();
    let held = ways.filter(|(_, found)| found.limit == limit);
    let all = held.filter_map(|(way, found)| edge(survey, found, way, says));
    let all = all.reduce(|all, one| all.and_all(Some(one)))?;
    Some(all.and_all(safe(survey, &mtu)))
}

/// The edge one way: the walk whose packets passed, and the one whose larger ones did not.
fn edge(survey: &Survey, found: &Found, way: &str, says: &str) -> Option<Evidence> {
    let (largest, (passing, failing)) = (found.passes?, found.shown);
    let passing = passing.and_then(|index| {
        let says = format!("packets of {largest} bytes pass {way}; {says}");
        Some(passed(index, survey.walks.get(index)?, Phase::Tls, says))
    })?;
    let failing = failing.and_then(|index| {
        let walk = survey.walks.get(index)?;
        Some(end(index, walk, walk.stop.as_ref()?))
    });
    Some(passing.and_all(failing))
}

/// What is safe to set, for people who configure tunnels: the least of the ways that are known.
fn safe(survey: &Survey, mtu: &Mtu) -> Option<Evidence> {
    let known = |found: &Found| match found.limit {
        Limit::ShortFlight | Limit::Unknown => None,
        Limit::None | Limit::BlackHole | Limit::Signalled | Limit::OtherSide => Some((found.passes?, found.shown.0?)),
    };
    let (up, down) = (known(&mtu.up), known(&mtu.down));
    let which = match (up, down) {
        (Some(_), Some(_)) => "both ways",
        (Some(_), None) => "to the server",
        _ => "from the server",
    };
    let (size, index) = up.into_iter().chain(down).min()?;
    let headers = if survey.baseline()?.address?.is_ipv6() { 60 } else { 40 };
    let says = format!("safe {which}: MTU {size}, MSS {}", size.saturating_sub(headers));
    Some(passed(index, survey.walks.get(index)?, Phase::Tls, says))
}
