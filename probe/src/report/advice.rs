use crate::verdict::rules;
use crate::verdict::{Finding, Outcome, Severity, Verdict};

/// Next steps that are told: who has more to do does nothing.
const STEPS: usize = 3;

/// What to do, the most urgent first.
pub(super) fn advice(verdict: &Verdict) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    for finding in verdict.findings.iter().filter(|finding| calls_for_action(finding, verdict)) {
        if !steps.contains(&finding.advice) {
            steps.push(finding.advice.clone());
        }
    }
    let last = match (&verdict.stop, verdict.outcome) {
        (Some(stop), _) => format!("`rdp-probe explain {}` tells what else can end this phase.", stop.phase),
        (None, Outcome::Inconclusive) => "Run it again to its end; --deadline gives it more time.".to_owned(),
        (None, Outcome::Ready | Outcome::Gate | Outcome::Partial | Outcome::Stopped) => {
            "If users still cannot connect: on their Windows, events 226 and 1026 of TerminalServices-RDPClient/\
             Operational name the step and the code. Run rdp-probe from where they are, too."
                .to_owned()
        }
    };
    steps.push(last);
    steps.truncate(STEPS);
    steps
}

/// Whether it names a step. A note is only good to know, unless it is all that there is to say of a stop.
fn calls_for_action(finding: &Finding, verdict: &Verdict) -> bool {
    let worst = verdict.findings.first().map(|worst| worst.severity);
    let matters = finding.severity > Severity::Note || (verdict.stop.is_some() && worst == Some(Severity::Note));
    matters && rules::find(&finding.rule).is_some_and(|rule| rule.step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn where_nothing_has_to_be_done_there_is_no_step() {
        let mut verdict = sample::reset_at_client_hello().verdict;
        for (rule, steps) in [("connect.refused", 2), ("negotiate.rdp-security-only", 1)] {
            verdict.findings.truncate(1);
            let found = verdict.findings.first_mut().unwrap();
            (found.rule, found.severity) = (rule.to_owned(), Severity::Risk);
            assert_eq!(advice(&verdict).len(), steps, "{rule}");
        }
    }
}
