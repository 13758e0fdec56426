//! `JUnit` XML: a test suite a target, a test case a phase on its way and an expectation. `fixtures/junit.xsd` describes it.

use std::fmt::Write as _;

use super::Report;
use super::clean::clean;
use super::steps::{Step, seconds, steps, word};
use crate::evidence::Outcome;
use crate::expect::{Answer, Judged};
use crate::verdict;

/// One test case.
struct Case {
    name: String,
    took_us: Option<u64>,
    fate: Fate,
}

/// What came of a test case. Each but `Passed` has a message, and a failure has details.
enum Fate {
    Passed,
    Skipped(String),
    /// Nothing can be said: neither passed nor failed.
    Unknown(String),
    Failed {
        message: String,
        kind: String,
        details: Vec<String>,
    },
}

/// One document of all reports.
pub(super) fn junit(reports: &[Report]) -> String {
    let suites: Vec<(&Report, Vec<Case>)> = reports.iter().map(|report| (report, cases(report))).collect();
    let all = || suites.iter().flat_map(|(_, cases)| cases);
    let took = reports.iter().map(|report| report.survey.took_us).fold(0, u64::saturating_add);
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    line(&mut out, 0, &format!("<testsuites name=\"rdp-probe\" {}>", counts(all(), took)));
    for (report, cases) in &suites {
        suite(&mut out, report, cases);
    }
    line(&mut out, 0, "</testsuites>");
    out
}

fn suite(out: &mut String, report: &Report, cases: &[Case]) {
    let survey = &report.survey;
    let name = escaped(&report.name());
    let host = report.host.as_ref().map(|host| format!(" hostname=\"{}\"", escaped(host))).unwrap_or_default();
    let started = survey.started.strftime("%Y-%m-%dT%H:%M:%S");
    let counts = counts(cases.iter(), survey.took_us);
    line(out, 1, &format!("<testsuite name=\"{name}\"{host} timestamp=\"{started}\" {counts}>"));
    for Case { name: case, took_us, fate } in cases {
        let time = took_us.map(|us| format!(" time=\"{}\"", seconds(us))).unwrap_or_default();
        let open = format!("<testcase classname=\"{name}\" name=\"{}\"{time}", escaped(case));
        let inside = match fate {
            Fate::Passed => {
                line(out, 2, &format!("{open}/>"));
                continue;
            }
            Fate::Skipped(message) => format!("<skipped message=\"{}\"/>", escaped(message)),
            Fate::Unknown(message) => format!("<error message=\"{}\" type=\"unknown\"/>", escaped(message)),
            Fate::Failed { message, kind, details } => {
                let details: Vec<String> = details.iter().map(|detail| escaped(detail)).collect();
                let message = escaped(message);
                format!("<failure message=\"{message}\" type=\"{kind}\">{}</failure>", details.join("\n"))
            }
        };
        line(out, 2, &format!("{open}>"));
        line(out, 3, &inside);
        line(out, 2, "</testcase>");
    }
    line(out, 2, &format!("<system-out>{}</system-out>", escaped(&report.verdict.headline)));
    line(out, 1, "</testsuite>");
}

/// The phases, and the verdict itself where no phase tells that it is none to be glad of.
fn cases(report: &Report) -> Vec<Case> {
    let mut cases: Vec<Case> = steps(report).iter().map(|step| phase(report, step)).collect();
    let expectations = report.expectations.iter().map(expectation);
    let bad = cases.iter().any(|case| matches!(case.fate, Fate::Failed { .. } | Fate::Unknown(_)));
    let headline = report.verdict.headline.clone();
    let fate = match report.verdict.outcome {
        verdict::Outcome::Stopped => failed(headline, "stopped", report),
        verdict::Outcome::Inconclusive => Fate::Unknown(headline),
        verdict::Outcome::Ready | verdict::Outcome::Gate | verdict::Outcome::Partial => Fate::Passed,
    };
    if !bad && !matches!(fate, Fate::Passed) {
        cases.push(Case { name: "verdict".to_owned(), took_us: None, fate });
    }
    cases.extend(expectations);
    cases
}

fn expectation(judged: &Judged) -> Case {
    let because = judged.because().to_owned();
    let fate = match judged.result {
        Answer::Pass => Fate::Passed,
        Answer::Fail => {
            Fate::Failed { message: format!("found {because}"), kind: "expectation".to_owned(), details: Vec::new() }
        }
        Answer::Unknown => Fate::Unknown(because),
    };
    Case { name: judged.expect.clone(), took_us: None, fate }
}

fn phase(report: &Report, Step { phase, outcome, took_us, stop, .. }: &Step<'_>) -> Case {
    let fate = match (outcome, stop) {
        (Outcome::Passed, _) => Fate::Passed,
        (Outcome::Stopped, Some(stop)) if stop.cause.is_cut() => Fate::Unknown(stop.detail.clone()),
        (Outcome::Stopped, Some(stop)) => failed(stop.detail.clone(), stop.cause.kind().id(), report),
        (Outcome::Stopped, None) => failed(word(*outcome).to_owned(), "stopped", report),
        (Outcome::NotReached | Outcome::NotApplicable, _) => Fate::Skipped(word(*outcome).to_owned()),
    };
    Case { name: phase.to_string(), took_us: *took_us, fate }
}

/// A failure with all that was found.
fn failed(message: String, kind: &str, report: &Report) -> Fate {
    let verdict = &report.verdict;
    let findings = verdict.findings.iter().flat_map(|finding| {
        std::iter::once(finding.to_string()).chain(finding.evidence.cites().iter().map(|cite| format!("- {cite}")))
    });
    let shown = verdict.mstsc.iter().map(|pair| format!("mstsc would show: {pair}"));
    let details = std::iter::once(verdict.headline.clone()).chain(findings).chain(shown).collect();
    Fate::Failed { message, kind: kind.to_owned(), details }
}

/// The attributes that count test cases.
fn counts<'a>(cases: impl Iterator<Item = &'a Case>, took_us: u64) -> String {
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        tests += 1;
        match case.fate {
            Fate::Passed => {}
            Fate::Skipped(_) => skipped += 1,
            Fate::Unknown(_) => errors += 1,
            Fate::Failed { .. } => failures += 1,
        }
    }
    let time = seconds(took_us);
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{time}\"")
}

fn line(out: &mut String, depth: usize, text: &str) {
    // A string takes whatever is written.
    let _ = writeln!(out, "{}{text}", "  ".repeat(depth));
}

/// A text as it may stand in an attribute or an element.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_sent_closes_no_element() {
        assert_eq!(escaped("\"></a>&\u{0}\u{ffff}"), "&quot;&gt;&lt;/a&gt;&amp;??");
    }
}
