//! A check for Nagios and its heirs, by the plugin guidelines: the first line says it all and carries what is measured,
//! the lines behind it tell more.

use super::Report;
use super::clean::clean;
use super::steps::{certificate, steps};
use crate::evidence::Outcome;
use crate::expect::{Answer, shortfall};
use crate::survey::Ended;
use crate::verdict::{self, Severity};

/// The state of a service; its number is the exit code, in this format alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// It goes as far as asked.
    Ok = 0,
    /// It does, and something will hurt.
    Warning = 1,
    /// It stops, or time ran out.
    Critical = 2,
    /// Nothing can be said.
    Unknown = 3,
}

impl Status {
    /// The worst first.
    const ORDER: [Self; 4] = [Self::Critical, Self::Warning, Self::Unknown, Self::Ok];

    /// Of one report.
    pub fn of(report: &Report) -> Self {
        report.expectations.iter().map(|judged| Self::expected(judged.result)).fold(Self::found(report), Self::or)
    }

    /// By what was found.
    fn found(report: &Report) -> Self {
        let verdict = &report.verdict;
        let worst = verdict.findings.first().map(|finding| finding.severity);
        match verdict.outcome {
            verdict::Outcome::Stopped => Self::Critical,
            verdict::Outcome::Inconclusive if report.survey.ended == Ended::Deadline => Self::Critical,
            verdict::Outcome::Inconclusive => Self::Unknown,
            verdict::Outcome::Ready | verdict::Outcome::Gate | verdict::Outcome::Partial => match worst {
                Some(Severity::Fault) => Self::Critical,
                Some(Severity::Risk) => Self::Warning,
                Some(Severity::Note) | None => Self::Ok,
            },
        }
    }

    /// By what was expected.
    const fn expected(answer: Answer) -> Self {
        match answer {
            Answer::Pass => Self::Ok,
            Answer::Fail => Self::Critical,
            Answer::Unknown => Self::Unknown,
        }
    }

    /// The worse of two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.place() <= other.place() { self } else { other }
    }

    /// The line of a check that could not run, or of one state.
    pub fn line(self, said: &str) -> String {
        format!("RDP {} - {}\n", self.word(), plain(said))
    }

    fn place(self) -> usize {
        Self::ORDER.iter().position(|status| *status == self).unwrap_or_default()
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// One check of all reports, the worst first.
pub(super) fn nagios(reports: &[Report]) -> String {
    let mut ordered: Vec<&Report> = reports.iter().collect();
    ordered.sort_by_key(|report| Status::of(report).place());
    let several = reports.len() > 1;
    let measured: Vec<String> = ordered.iter().flat_map(|report| measured(report, several)).collect();
    let mut out = String::new();
    for (index, report) in ordered.iter().enumerate() {
        let target = if several { format!("{}: ", report.name()) } else { String::new() };
        let short = shortfall(&report.expectations).map(|short| format!("; {short}")).unwrap_or_default();
        let line = Status::of(report).line(&format!("{target}{}{short}", report.verdict.headline));
        match index {
            0 => out.extend([line.trim_end(), " | ", &measured.join(" "), "\n"]),
            _ => out.push_str(&line),
        }
        out.extend(details(report));
    }
    out
}

/// What was expected in vain, and what was found, a line each.
fn details(report: &Report) -> impl Iterator<Item = String> {
    let short = report.expectations.iter().filter(|judged| judged.result != Answer::Pass);
    let short =
        short.map(|judged| format!("expectation, {}: {} ({})", judged.result.id(), judged.expect, judged.because()));
    let findings = report.verdict.findings.iter().map(ToString::to_string);
    short.chain(findings).map(|line| format!("{}\n", plain(&line)))
}

/// What was measured, as the guidelines want it: `'label'=value[unit];[warn];[crit];[min]`.
fn measured(report: &Report, several: bool) -> Vec<String> {
    let name = |what: &str| {
        let name = if several { format!("{} {what}", report.name()) } else { what.to_owned() };
        format!("'{}'", plain(&name).replace(['\'', '='], "_"))
    };
    let time = |what: &str, us: u64| format!("{}={us}us;;;0", name(what));
    let steps = steps(report);
    let passed = steps.iter().filter(|step| step.outcome == Outcome::Passed);
    let mut measured: Vec<String> = passed.filter_map(|step| Some(time(step.phase.id(), step.took_us?))).collect();
    measured.push(time("run", report.survey.took_us));
    let certificate = certificate(report).and_then(|certificate| certificate.days_left);
    measured.extend(certificate.map(|days| format!("{}={days}", name("certificate_days_left"))));
    measured
}

/// A text without the sign behind which what is measured begins.
fn plain(text: &str) -> String {
    clean(text).replace('|', "/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_stop_is_critical_and_what_was_cut_short_by_its_time_too() {
        let mut cut = sample::no_walk();
        assert_eq!(Status::of(&cut), Status::Unknown, "interrupted");
        cut.survey.ended = Ended::Deadline;
        assert_eq!(Status::of(&cut), Status::Critical);
        assert_eq!(Status::of(&sample::reset_at_client_hello()), Status::Critical);
        assert_eq!(Status::Unknown.or(Status::Warning), Status::Warning);
    }

    #[test]
    fn what_a_peer_sent_begins_no_measurement() {
        assert_eq!(Status::Unknown.line("a | b\nc"), "RDP UNKNOWN - a / b?c\n");
    }
}
