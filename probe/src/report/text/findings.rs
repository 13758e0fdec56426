//! What was found, what mstsc would show, what to do next, and what was not tested.

use anstyle::Style;

use super::page::Page;
use super::{BAD, BOLD, DIM, DOUBTFUL, PLAIN};
use crate::report::advice::advice;
use crate::verdict::{Severity, Verdict};

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
            page.item("        - ", PLAIN, &cite.to_string());
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
    for pair in &verdict.mstsc {
        page.item(lead, BOLD, &pair.to_string());
        lead = "              or: ";
    }
    if verdict.mstsc.iter().any(|pair| SHARED.contains(&pair.code.as_str())) {
        let shared = "The numbers name no phase: many faults share them, and the table above tells which one this is.";
        page.item("  ", PLAIN, shared);
    }
}

/// What to do, the most urgent first.
pub(super) fn next_steps(page: &mut Page, verdict: &Verdict) {
    page.heading("NEXT STEPS");
    for (number, step) in advice(verdict).iter().enumerate() {
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

const fn style(severity: Severity) -> Style {
    match severity {
        Severity::Fault => BAD,
        Severity::Risk => DOUBTFUL,
        Severity::Note => DIM,
    }
}
