//! What was found, what mstsc would show, what to do next, and what was not tested.

use anstyle::Style;

use super::page::Page;
use super::{BAD, BOLD, DIM, DOUBTFUL, PLAIN};
use crate::codes::mstsc::{Confidence, Pair};
use crate::verdict::{Finding, Outcome, Severity, Verdict};

/// Next steps that are told: who has more to do does nothing.
const STEPS: usize = 3;

/// The findings with their evidence, the worst first.
pub(super) fn findings(page: &mut Page, verdict: &Verdict) {
    if verdict.findings.is_empty() {
        return;
    }
    page.heading("FINDINGS");
    for finding in &verdict.findings {
        let lead = format!("  {:<6}", finding.severity.id());
        let said = format!("{}: {} [{}]", finding.certainty.id(), finding.title, finding.rule);
        page.item(&lead, style(finding.severity), &said);
        for cite in finding.evidence.cites() {
            page.item("        - ", PLAIN, &format!("{} (walk {}, entry {})", cite.says, cite.walk, cite.entry));
        }
        if finding.severity > Severity::Note {
            page.item("        ", PLAIN, &finding.why);
        }
    }
}

/// The codes that mstsc shows for faults of any phase.
const SHARED: &[&str] = &["0x904", "0x108"];

/// The numbers of mstsc's dialog.
pub(super) fn mstsc(page: &mut Page, verdict: &Verdict) {
    if verdict.mstsc.is_empty() {
        return;
    }
    page.line(PLAIN, "");
    let mut lead = "mstsc would show: ";
    for Pair { code, extended, confidence, means } in &verdict.mstsc {
        let extended = extended.as_ref().map(|extended| format!(" / {extended}")).unwrap_or_default();
        let confidence = match confidence {
            Confidence::Documented => "documented",
            Confidence::Observed => "observed",
            Confidence::Inferred => "inferred",
        };
        page.item(lead, BOLD, &format!("{code}{extended} ({confidence}) - {means}"));
        lead = "              or: ";
    }
    if verdict.mstsc.iter().any(|pair| SHARED.contains(&pair.code.as_str())) {
        let shared = "The numbers name no phase: many faults share them, and the table above tells which one this is.";
        page.item("  ", PLAIN, shared);
    }
}

/// What to do, the most urgent first.
pub(super) fn next_steps(page: &mut Page, verdict: &Verdict) {
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
    page.heading("NEXT STEPS");
    for (number, step) in steps.iter().take(STEPS).enumerate() {
        page.item(&format!("  {}. ", number + 1), BOLD, step);
    }
}

/// What the verdict cannot speak of.
pub(super) fn not_tested(page: &mut Page, verdict: &Verdict) {
    if verdict.not_tested.is_empty() {
        return;
    }
    page.heading("NOT TESTED");
    for line in &verdict.not_tested {
        page.item("  - ", DIM, &format!("{}: {}", line.what, line.why));
    }
}

/// A note is only good to know, unless it is all that there is to say of a stop.
fn calls_for_action(finding: &Finding, verdict: &Verdict) -> bool {
    let worst = verdict.findings.first().map(|worst| worst.severity);
    finding.severity > Severity::Note || (verdict.stop.is_some() && worst == Some(Severity::Note))
}

const fn style(severity: Severity) -> Style {
    match severity {
        Severity::Fault => BAD,
        Severity::Risk => DOUBTFUL,
        Severity::Note => DIM,
    }
}
