use super::seen::{declined, stopped};
use crate::phase::Phase;
use crate::stop::CauseKind;
use crate::verdict::rule::{Certainty, Rule, Severity};

/// Names by which resolvers say that a name does not exist.
const NO_SUCH_NAME: &[&str] = &["EAI_NONAME", "EAI_NODATA"];

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "resolve.no-such-name",
        title: "the name does not resolve on this host",
        why: "The name is misspelt, or it lives in a DNS that this host does not ask: a VPN that is not up, or a split \
              DNS that sends the question elsewhere. No packet went to the target.",
        advice: "Check the spelling, then `getent hosts NAME` here and on the user's machine; with a VPN, ask its DNS \
                 server for the full name.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |survey| declined(survey, Phase::Resolve, |_, name| NO_SUCH_NAME.contains(&name)),
    },
    Rule {
        code: "resolve.resolver-failed",
        title: "the resolver could not answer, so nothing is known of the name",
        why: "No DNS server answered this host, or it answered with a failure of its own. The name may well exist.",
        advice: "Check that the DNS servers in /etc/resolv.conf can be reached, then try the address itself.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |survey| declined(survey, Phase::Resolve, |_, name| !NO_SUCH_NAME.contains(&name)),
    },
    Rule {
        code: "resolve.silence",
        title: "the resolver did not answer in time",
        why: "The DNS servers of this host are slow or cannot be reached.",
        advice: "Check the DNS servers in /etc/resolv.conf, then try the address itself, or a longer --timeout.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |survey| stopped(survey, Phase::Resolve, CauseKind::Silence, |_, _| true),
    },
];
