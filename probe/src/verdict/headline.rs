use super::diagnose::{Outcome, Runs};
use super::rule::{Finding, Severity};
use crate::fact::Nla;
use crate::phase::Phase;
use crate::stop::{Cause, Stop};
use crate::survey::Survey;
use crate::walk::{Variant, Walk};

/// The longest headline, in columns.
const WIDTH: usize = 100;

/// The verdict in one line.
pub(super) fn write(
    survey: &Survey,
    outcome: Outcome,
    stop: Option<&Stop>,
    runs: &Runs,
    findings: &[Finding],
) -> String {
    let often = if runs.walked > 1 { format!("; {} of {}", runs.stopped, runs.walked) } else { String::new() };
    let line = match (outcome, stop) {
        (Outcome::Stopped, Some(stop)) => {
            format!("{} at {}: {}{often}", word(findings), stop.phase, ended(survey, stop))
        }
        (Outcome::Inconclusive, Some(_)) => "INCONCLUSIVE: interrupted before the walk was over".to_owned(),
        (Outcome::Inconclusive, None) => {
            format!("INCONCLUSIVE: this server lets us go to {} and no further", reached(survey))
        }
        (Outcome::Partial, _) => format!("PASSED as far as asked: {}", reached(survey)),
        _ => format!("PASSED to the credential gate{}", gate(survey)),
    };
    cut(line)
}

/// STOPPED, unless nothing that was found keeps mstsc from connecting.
fn word(findings: &[Finding]) -> &'static str {
    let fault = findings.iter().any(|finding| finding.severity == Severity::Fault);
    if fault || findings.is_empty() { "STOPPED" } else { "NO FAULT, but our walk stopped" }
}

/// How it ended, and when.
fn ended(survey: &Survey, stop: &Stop) -> String {
    let waited = stop.waited_us.map(|us| format!(" in {}", time(us))).unwrap_or_default();
    let awaiting = stop.awaiting.as_deref().unwrap_or("an answer");
    let after = match (stop.after_last_send_us, stop.rtts) {
        (Some(us), Some(rtts)) if stop.phase > Phase::Connect => {
            format!(" {} ({rtts} round trips) after our {}", time(us), ours(stop))
        }
        _ => String::new(),
    };
    match &stop.cause {
        Cause::Silence => format!("no {awaiting}{waited}"),
        Cause::Refused => format!("connection refused by {}", address(survey)),
        Cause::Reset => format!("connection reset{after}"),
        Cause::Closed => format!("closed{after}"),
        Cause::Unreachable { .. } | Cause::Declined { .. } | Cause::Garbled(_) | Cause::Local { .. } => {
            stop.cause.to_string()
        }
    }
}

/// What we had sent last, by what was awaited.
fn ours(stop: &Stop) -> &'static str {
    match (stop.phase, stop.awaiting.as_deref()) {
        (Phase::Negotiate, _) => "Connection Request",
        (Phase::Tls, Some("ServerHello")) => "ClientHello",
        (Phase::Credssp, _) => "NTLM NEGOTIATE",
        (Phase::Settings, _) => "MCS Connect Initial",
        _ => "last message",
    }
}

/// What the gate is like.
fn gate(survey: &Survey) -> String {
    let Some(baseline) = survey.baseline() else { return String::new() };
    let (negotiate, tls) = (&baseline.facts.negotiate, &baseline.facts.tls);
    let selected = negotiate.selected.as_deref().unwrap_or("?");
    let version = tls.version.as_deref().map(|version| format!(" over {version}")).unwrap_or_default();
    let nla = match negotiate.nla {
        Some(nla) if nla != Nla::Unknown => format!(", NLA {}", nla.id()),
        _ => String::new(),
    };
    let name = baseline.facts.credssp.ntlm.as_ref().and_then(|ntlm| {
        ntlm.dns_computer.as_ref().or(ntlm.netbios_computer.as_ref()).map(|name| format!(", server {name}"))
    });
    format!(": {selected}{version}{nla}{}", name.unwrap_or_default())
}

fn reached(survey: &Survey) -> String {
    survey.baseline().and_then(Walk::reached).map_or_else(|| "nothing was walked".to_owned(), |phase| phase.to_string())
}

fn address(survey: &Survey) -> String {
    let address = survey.variant(Variant::Baseline).and_then(|(_, walk)| walk.address);
    address.map_or_else(|| survey.target.to_string(), |address| address.to_string())
}

/// A duration for people: three figures at most.
pub(crate) fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
    }
}

/// Cuts a line to the width, at a character.
fn cut(line: String) -> String {
    if line.chars().count() <= WIDTH {
        return line;
    }
    line.chars().take(WIDTH - 1).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_at_most_three_figures() {
        let told = [0, 999, 1_000, 9_950, 12_300, 999_999, 1_000_000, 5_000_123].map(time);
        assert_eq!(told, ["0 µs", "999 µs", "1.0 ms", "9.9 ms", "12 ms", "999 ms", "1.0 s", "5.0 s"]);
    }

    #[test]
    fn a_long_line_is_cut_to_a_hundred_columns() {
        assert_eq!(cut("é".repeat(200)).chars().count(), 100);
    }
}
