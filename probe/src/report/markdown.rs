//! Markdown for a ticket.

use super::Report;
use super::advice::advice;
use super::clean::clean;
use super::steps::{Step, steps, word};
use crate::clock::time;
use crate::expect::Answer;

/// One report: what it comes to, then what shows it, then what to do about it.
pub(super) fn markdown(report: &Report) -> String {
    let survey = &report.survey;
    let label = report.label.as_ref().map(|label| format!(", {}", escaped(label))).unwrap_or_default();
    let from = report.host.as_ref().map(|host| format!(" from {}", escaped(host))).unwrap_or_default();
    let started = survey.started.strftime("%Y-%m-%d %H:%M:%S UTC");
    let mut lines = vec![
        format!("## {}", escaped(&report.verdict.headline)),
        String::new(),
        format!("{}, {started}{from}{label}", escaped(&survey.target.to_string())),
    ];
    section(&mut lines, "Expectations", expectations(report));
    section(&mut lines, "Phases", phases(report));
    section(&mut lines, "Findings", findings(report));
    section(&mut lines, "mstsc would show", report.verdict.mstsc.iter().map(|pair| item(&pair.to_string())).collect());
    let steps = advice(&report.verdict);
    section(
        &mut lines,
        "Next steps",
        steps.iter().zip(1..).map(|(step, number)| format!("{number}. {step}")).collect(),
    );
    let not_tested = report.verdict.not_tested.iter();
    section(&mut lines, "Not tested", not_tested.map(|line| item(&format!("{}: {}", line.what, line.why))).collect());
    lines.push(String::new());
    lines.join("\n")
}

/// A section, where there is anything in it.
fn section(lines: &mut Vec<String>, title: &str, content: Vec<String>) {
    if !content.is_empty() {
        lines.extend([String::new(), format!("### {title}"), String::new()]);
        lines.extend(content);
    }
}

fn expectations(report: &Report) -> Vec<String> {
    let rows = report.expectations.iter().map(|judged| {
        let result = if judged.result == Answer::Pass { "pass" } else { &format!("**{}**", judged.result.id()) };
        format!("| {} | {result} | {} |", escaped(&judged.expect), escaped(judged.because()))
    });
    table(["| expectation | result | found |", "| --- | --- | --- |"], rows.collect())
}

fn phases(report: &Report) -> Vec<String> {
    let rows = steps(report).into_iter().map(|Step { phase, outcome, took_us, round_trips, stop }| {
        let took = took_us.map(time).unwrap_or_default();
        let trips = if round_trips > 0 { round_trips.to_string() } else { String::new() };
        let what = stop.map_or_else(|| word(outcome).to_owned(), |stop| format!("**{}**", escaped(&stop.detail)));
        format!("| `{phase}` | {took} | {trips} | {what} |")
    });
    table(["| phase | time | trips | what came of it |", "| --- | ---: | ---: | --- |"], rows.collect())
}

/// A table, where there is anything in it.
fn table(head: [&str; 2], rows: Vec<String>) -> Vec<String> {
    if rows.is_empty() {
        return rows;
    }
    head.into_iter().map(str::to_owned).chain(rows).collect()
}

fn findings(report: &Report) -> Vec<String> {
    let findings = report.verdict.findings.iter();
    findings
        .flat_map(|finding| {
            let (severity, certainty) = (finding.severity.id(), finding.certainty.id());
            let title = format!("- **{severity}**, {certainty}: {} (`{}`)", finding.title, finding.rule);
            let cites = finding.evidence.cites().iter().map(|cite| format!("  {}", item(&cite.to_string())));
            std::iter::once(title).chain(cites)
        })
        .collect()
}

/// A line of a list, with nothing in it that means anything but itself.
fn item(text: &str) -> String {
    format!("- {}", escaped(text))
}

/// A text that is no markup, whoever wrote it.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in clean(text).chars() {
        if "\\`*_[]<>|#@&~!".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_sent_is_no_markup() {
        assert_eq!(escaped("![x](http://a)|<b>\n"), "\\!\\[x\\](http://a)\\|\\<b\\>?");
    }
}
