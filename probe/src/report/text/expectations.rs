//! What the user expects, and whether it holds.

use super::page::Page;
use super::{BAD, DOUBTFUL, GOOD};
use crate::expect::Answer;
use crate::report::Report;

/// A line each, where anything is expected.
pub(super) fn lines(page: &mut Page, report: &Report) {
    if report.expectations.is_empty() {
        return;
    }
    page.heading("EXPECTATIONS");
    for judged in &report.expectations {
        let (sign, style) = match judged.result {
            Answer::Pass => ("✓", GOOD),
            Answer::Fail => ("✗", BAD),
            Answer::Unknown => ("?", DOUBTFUL),
        };
        let because = judged.because();
        page.item(&format!("{sign} {:<9}", judged.result.id()), style, &format!("{} ({because})", judged.expect));
    }
}
