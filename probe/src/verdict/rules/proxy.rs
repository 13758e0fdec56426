use super::seen::{end, stopped};
use crate::phase::Phase;
use crate::stop::CauseKind;
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "proxy.not-reached",
        title: "the proxy itself is not reached, so nothing is known of the target",
        why: "No connection came about to the address that `--proxy` names: the proxy is off, it listens elsewhere, or \
              something on the way to it does not let us through.",
        advice: "Check address and port of the proxy, and probe from a host that is known to reach it.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: not_reached,
    },
    Rule {
        code: "proxy.declined",
        title: "the proxy says that it does not connect us to the target",
        why: "The proxy's rules forbid it, it wants to know who asks, or it cannot reach the target itself: the evidence \
              has its own word. Whether the target would answer is not known.",
        advice: "Look in the proxy's log; where it says that the target cannot be reached, probe the target from the \
                 proxy's own network.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |survey| stopped(survey, Phase::Proxy, CauseKind::Declined, |_, _| true),
    },
    Rule {
        code: "proxy.unusable",
        title: "what stands between gives no answer of its protocol",
        why: "It is no proxy of this kind, it is broken, or it hangs while it tries the target; a command ended before \
              it was connected.",
        advice: "Check the kind of proxy (`socks5://` or `http://`) and its port; of a command, run it by hand and read \
                 what it says on stderr.",
        step: true,
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |survey| {
            let ended = |cause| stopped(survey, Phase::Proxy, cause, |_, _| true);
            [CauseKind::Garbled, CauseKind::Closed, CauseKind::Reset, CauseKind::Silence].into_iter().find_map(ended)
        },
    },
];

fn not_reached(survey: &Survey) -> Option<Evidence> {
    survey.via()?;
    survey.numbered_repeats().find_map(|(index, walk)| {
        let stop = walk.stop.as_ref().filter(|stop| stop.phase == Phase::Connect && !stop.cause.is_cut())?;
        Some(end(index, walk, stop))
    })
}
