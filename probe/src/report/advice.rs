use crate::verdict::{Finding, Outcome, Severity, Verdict};

/// Next steps that are told: who has more to do does nothing.
const STEPS: usize = 3;

/// What to do, the most urgent first.
pub(super) fn advice(verdict: &Verdict) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    for finding in verdict.findings.iter().filter(|finding| calls_for_action(finding, verdict)) {
        if !steps.contains(&finding.advice) && !finding.advice.starts_with("Nothing") {
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

/// A note is only good to know, unless it is all that there is to say of a stop.
fn calls_for_action(finding: &Finding, verdict: &Verdict) -> bool {
    let worst = verdict.findings.first().map(|worst| worst.severity);
    finding.severity > Severity::Note || (verdict.stop.is_some() && worst == Some(Severity::Note))
}
