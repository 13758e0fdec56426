use super::seen::{end, passed};
use crate::stop::{Cause, Stop};
use crate::survey::Survey;
use crate::verdict::rule::{Certainty, Evidence, Rule, Severity};
use crate::walk::Walk;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "run.intermittent",
        title: "the same walk does not always end alike",
        why: "Packet loss, a load balancer with an unwell member, a limit that is reached at times, or a server under \
              load.",
        advice: "Repeat with a higher `--count`, and compare the walks that stopped with the server's log by their times.",
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: intermittent,
    },
    Rule {
        code: "run.detour",
        title: "mstsc goes another way than this probe",
        why: "The .rdp file names a gateway or a connection broker. The probe went straight to the full address, so it did \
              not test what the user tests.",
        advice: "Probe the gateway's own name on port 443 with your usual HTTPS tool, and run rdp-probe from behind it.",
        severity: Severity::Risk,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| Some(Evidence::new(0, 0, s.target.detour.clone()?)),
    },
    Rule {
        code: "run.local",
        title: "our own side could not go on",
        why: "The operating system refused what the walk needed. Nothing is concluded of the target.",
        advice: "Read the error in the evidence: it is about this host.",
        severity: Severity::Fault,
        needs: &[],
        ceiling: Certainty::Certain,
        holds: |s| {
            let walk = s.baseline()?;
            let stop = walk.stop.as_ref()?;
            let ours = matches!(stop.cause, Cause::Local { .. }) && !stop.cause.is_cut() && !stop.cause.is_library();
            ours.then(|| end(0, walk, stop))
        },
    },
];

/// Two repeats that ended differently.
fn intermittent(survey: &Survey) -> Option<Evidence> {
    let ended = |walk: &Walk| walk.stop.as_ref().map(|stop: &Stop| (stop.phase, stop.cause.id()));
    let (first, one) = survey.numbered_repeats().next()?;
    let (second, other) = survey.numbered_repeats().find(|(_, walk)| ended(walk) != ended(one))?;
    let cite = |index: usize, walk: &Walk| match (&walk.stop, walk.reached()) {
        (Some(stop), _) => Some(end(index, walk, stop)),
        (None, Some(reached)) => Some(passed(index, walk, reached, format!("repeat {} passed", walk.repeat + 1))),
        (None, None) => None,
    };
    Some(cite(first, one)?.and_all(cite(second, other)))
}
