//! Prometheus' text exposition format, as its textfile collector reads it.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::Report;
use super::clean::clean;
use super::steps::{certificate, seconds, steps};
use crate::evidence::Outcome;
use crate::expect::Answer;
use crate::verdict::{self, Severity};

/// The labels of one sample and its value.
type Sample = (Vec<(&'static str, String)>, String);

/// One metric: all of them are gauges.
struct Family {
    name: &'static str,
    help: &'static str,
    samples: fn(&Report) -> Vec<Sample>,
}

const FAMILIES: &[Family] = &[
    Family {
        name: "rdp_probe_up",
        help: "Whether the walk went as far as it was asked to.",
        samples: |report| vec![(Vec::new(), bit(report.verdict.outcome.is_goal()))],
    },
    Family {
        name: "rdp_probe_outcome",
        help: "What the walk came to: 1 for the outcome that it had.",
        samples: |report| {
            of_one("outcome", &verdict::Outcome::ALL.map(verdict::Outcome::id), report.verdict.outcome.id())
        },
    },
    Family {
        name: "rdp_probe_stop_info",
        help: "Where the walk stopped, how, and who ended it.",
        samples: |report| {
            let stop = report.verdict.stop.iter();
            stop.map(|stop| {
                let labels = [("phase", stop.phase.id()), ("cause", &stop.cause), ("who", stop.who.id())];
                (labels.map(|(name, value)| (name, value.to_owned())).to_vec(), bit(true))
            })
            .collect()
        },
    },
    Family {
        name: "rdp_probe_phase_seconds",
        help: "How long a phase took that passed.",
        samples: |report| {
            let passed = steps(report).into_iter().filter(|step| step.outcome == Outcome::Passed);
            passed.filter_map(|step| Some((labelled("phase", step.phase.id()), seconds(step.took_us?)))).collect()
        },
    },
    Family {
        name: "rdp_probe_certificate_expiry_timestamp_seconds",
        help: "When the server's certificate expires.",
        samples: |report| {
            let expiry = certificate(report).and_then(|certificate| certificate.not_after);
            expiry.map(|time| (Vec::new(), time.as_second().to_string())).into_iter().collect()
        },
    },
    Family {
        name: "rdp_probe_findings",
        help: "How many findings there are of each severity.",
        samples: |report| {
            let count =
                |severity| report.verdict.findings.iter().filter(|finding| finding.severity == severity).count();
            let severities = [Severity::Fault, Severity::Risk, Severity::Note];
            severities.map(|severity| (labelled("severity", severity.id()), count(severity).to_string())).to_vec()
        },
    },
    Family {
        name: "rdp_probe_expectation",
        help: "Whether an expectation holds: 1 for the result that it had.",
        samples: |report| {
            let results = Answer::ALL.map(Answer::id);
            let judged = report.expectations.iter().flat_map(|judged| {
                let samples = of_one("result", &results, judged.result.id()).into_iter();
                samples.map(|(result, value)| ([labelled("expect", &judged.expect), result].concat(), value))
            });
            judged.collect()
        },
    },
    Family {
        name: "rdp_probe_run_seconds",
        help: "How long the whole run took.",
        samples: |report| vec![(Vec::new(), seconds(report.survey.took_us))],
    },
    Family {
        name: "rdp_probe_run_timestamp_seconds",
        help: "When the run began.",
        samples: |report| vec![(Vec::new(), report.survey.started.as_second().to_string())],
    },
];

/// All samples of all reports, family by family.
pub(super) fn prometheus(reports: &[Report]) -> String {
    let mut out = String::new();
    let reports = latest(reports);
    for Family { name, help, samples } in FAMILIES {
        let lines: Vec<String> = reports
            .iter()
            .flat_map(|report| samples(report).into_iter().map(|(labels, value)| sample(name, report, labels, &value)))
            .collect();
        if !lines.is_empty() {
            // A string takes whatever is written.
            let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{}", lines.concat());
        }
    }
    out
}

/// Of reports with the same labels the last: a series has one value.
fn latest(reports: &[Report]) -> Vec<&Report> {
    let mut seen = HashSet::new();
    let mut latest: Vec<&Report> = reports.iter().rev().filter(|report| seen.insert(identity(report))).collect();
    latest.reverse();
    latest
}

/// The labels that all samples of a report have.
fn identity(report: &Report) -> Vec<(&'static str, String)> {
    let label = report.label.iter().map(|label| ("label", label.clone()));
    std::iter::once(("target", report.survey.target.to_string())).chain(label).collect()
}

fn sample(name: &str, report: &Report, labels: Vec<(&'static str, String)>, value: &str) -> String {
    let labels: Vec<String> = identity(report)
        .into_iter()
        .chain(labels)
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(&value)))
        .collect();
    format!("{name}{{{}}} {value}\n", labels.join(","))
}

fn labelled(name: &'static str, value: &str) -> Vec<(&'static str, String)> {
    vec![(name, value.to_owned())]
}

/// A sample for each word, 1 for the one that holds.
fn of_one(label: &'static str, words: &[&str], holds: &str) -> Vec<Sample> {
    words.iter().map(|word| (labelled(label, word), bit(*word == holds))).collect()
}

fn bit(holds: bool) -> String {
    u8::from(holds).to_string()
}

/// A label's value as it stands between quotes.
fn escaped(text: &str) -> String {
    clean(text).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn what_a_user_or_peer_writes_ends_no_label() {
        assert_eq!(escaped("a\"} 1\n\\"), "a\\\"} 1?\\\\");
    }

    #[test]
    fn a_target_that_was_named_twice_has_one_value() {
        let twice = [sample::reset_at_client_hello(), sample::gate()];
        let told = prometheus(&twice);
        assert_eq!(told.matches("rdp_probe_up{").count(), 1);
        assert!(told.contains("rdp_probe_up{target=\"srv01.zorg.example:3389\",label=\"vpn\"} 1\n"), "{told}");
    }
}
