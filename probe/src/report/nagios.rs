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

/// One thing that is checked.
struct Checked {
    status: Status,
    /// The line of it, and those behind that tell more.
    told: String,
    measured: Vec<String>,
}

/// One check of all reports, the worst first; so many lines of the list of targets name none, and were not probed.
pub fn nagios(reports: &[Report], bad_lines: usize) -> String {
    let list = (bad_lines > 0).then(|| Checked::list(bad_lines));
    let several = reports.len() + list.iter().len() > 1;
    let mut checked: Vec<_> = list.into_iter().chain(reports.iter().map(|it| Checked::report(it, several))).collect();
    checked.sort_by_key(|checked| checked.status.place());
    let measured: Vec<&str> = checked.iter().flat_map(|checked| &checked.measured).map(String::as_str).collect();
    let all: String = checked.iter().map(|checked| checked.told.as_str()).collect();
    let Some((first, rest)) = all.split_once('\n') else { return all };
    format!("{first} | {}\n{rest}", measured.join(" "))
}

impl Checked {
    fn report(report: &Report, several: bool) -> Self {
        let status = Status::of(report);
        let target = if several { format!("{}: ", report.name()) } else { String::new() };
        let short = shortfall(&report.expectations).map(|short| format!("; {short}")).unwrap_or_default();
        let line = status.line(&format!("{target}{}{short}", report.verdict.headline));
        Self { status, told: line + &details(report), measured: measured(report, several) }
    }

    fn list(bad_lines: usize) -> Self {
        let [lines, name] = if bad_lines == 1 { ["line", "names"] } else { ["lines", "name"] };
        let told = Status::Unknown.line(&format!("{bad_lines} {lines} of the list {name} no target"));
        Self { status: Status::Unknown, told, measured: Vec::new() }
    }
}

/// What was expected in vain, and what was found, a line each.
fn details(report: &Report) -> String {
    let short = report.expectations.iter().filter(|judged| judged.result != Answer::Pass);
    let short =
        short.map(|judged| format!("expectation, {}: {} ({})", judged.result.id(), judged.expect, judged.because()));
    let findings = report.verdict.findings.iter().map(ToString::to_string);
    short.chain(findings).map(|line| plain(&line) + "\n").collect()
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
    fn lines_that_name_no_target_are_a_check_of_their_own() {
        let mut good = sample::gate();
        good.verdict.findings.clear();
        let stopped = sample::reset_at_client_hello();
        for (report, bad_lines, first) in [
            (&good, 0, "RDP OK - PASSED to the credential gate"),
            (&good, 1, "RDP UNKNOWN - 1 line of the list names no target | "),
            (&good, 2, "RDP UNKNOWN - 2 lines of the list name no target | "),
            (&stopped, 1, "RDP CRITICAL - srv01.zorg.example:3389 (vpn): STOPPED at tls"),
        ] {
            let told = nagios(std::slice::from_ref(report), bad_lines);
            assert!(told.starts_with(first) && told.contains(&report.verdict.headline), "{told}");
        }
    }

    #[test]
    fn what_a_peer_sent_begins_no_measurement() {
        assert_eq!(Status::Unknown.line("a | b\nc"), "RDP UNKNOWN - a / b?c\n");
    }
}
