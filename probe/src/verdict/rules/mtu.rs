//! How large packets may be, by the search for it.

use super::seen::{end, passed};
use crate::path::Mtu;
use crate::path::mtu::{Found, Limit};
use crate::phase::Phase;
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "path.mtu-signalled",
        title: "the path carries less than our interface sends, and a router says so by ICMP",
        why: "A tunnel or VPN on the way is narrower. This works as long as nobody filters ICMP, at the cost of a lost \
              packet for each new connection that sends much.",
        advice: "Nothing has to be done. To spare the lost packet, set the MTU named above on the tunnel's interface.",
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| limited(s, Limit::Signalled, "a router says by ICMP that no larger ones pass"),
    },
    Rule {
        code: "path.mss-clamped",
        title: "the other side sends or asks for smaller packets than our interface does",
        why: "A gateway on the way clamps the MSS, which is the cure for a narrow tunnel; or the server's own link is \
              narrower, or a router told the server by ICMP.",
        advice: "Nothing has to be done for TCP. UDP is not covered by a clamped MSS: look at it apart.",
        severity: Severity::Note,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| limited(s, Limit::OtherSide, "the other side uses no larger ones"),
    },
];

/// Packets that vanish without a word, one way or both, with the walks that show it.
pub(super) fn black_hole(survey: &Survey) -> Option<Evidence> {
    limited(survey, Limit::BlackHole, "larger ones vanish without a word")
}

/// The ways that something limits, cited by the walks that show the edge, and the sizes that are safe to set.
fn limited(survey: &Survey, limit: Limit, says: &str) -> Option<Evidence> {
    let mtu = survey.path().mtu?;
    let ways = [("to the server", &mtu.up), ("from the server", &mtu.down)].into_iter();
    let held = ways.filter(|(_, found)| found.limit == limit);
    let all = held.filter_map(|(way, found)| edge(survey, found, way, says));
    let all = all.reduce(|all, one| all.and_all(Some(one)))?;
    let (index, safe) = (mtu.up.shown.0.or(mtu.down.shown.0)?, safe(survey, &mtu)?);
    Some(all.and_all(Some(passed(index, survey.walks.get(index)?, Phase::Tls, safe))))
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

/// What is safe to set, for people who configure tunnels.
fn safe(survey: &Survey, mtu: &Mtu) -> Option<String> {
    let size = mtu.up.passes.min(mtu.down.passes)?;
    let headers = if survey.baseline()?.address?.is_ipv6() { 60 } else { 40 };
    Some(format!("safe both ways: MTU {size}, MSS {}", size.saturating_sub(headers)))
}
