use super::seen::{caused, declined, stopped, unexplained};
use crate::phase::Phase;
use crate::stop::CauseKind;
use crate::verdict::rule::{Certainty, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "settings.ended",
        title: "the server ended the connection at MCS Connect Initial, without a reason",
        why: "It did not like our settings, or it cannot begin a session: a broker without a target, or a fault of a \
              server that is not Windows.",
        advice: "Read the server's log at this second; for a broker check that its collection has a host.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| {
            unexplained(s, Phase::Settings, CauseKind::Closed, caused)
                .or_else(|| unexplained(s, Phase::Settings, CauseKind::Reset, caused))
        },
    },
    Rule {
        code: "settings.silence",
        title: "MCS Connect Initial is never answered",
        why: "The service hangs while it prepares a session, or the path drops the first larger packet of ours.",
        advice: "Look at the server's load and log; then test the MTU: `ping -M do -s 1372 HOST`.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Likely,
        holds: |s| unexplained(s, Phase::Settings, CauseKind::Silence, |_, _| true),
    },
    Rule {
        code: "settings.declined",
        title: "the server declined our settings in its own protocol",
        why: "The MCS result, ultimatum or alert in the evidence is the reason that it gave.",
        advice: "Read the server's log at this second; `rdp-probe explain settings` says what belongs here.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| declined(s, Phase::Settings, |_, _| true),
    },
    Rule {
        code: "settings.garbled",
        title: "the answer to MCS Connect Initial breaks the protocol",
        why: "A broken imitation, or a device that rewrites the stream.",
        advice: "Look at the bytes in the JSON report's tape.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| stopped(s, Phase::Settings, CauseKind::Garbled, |_, _| true),
    },
];
