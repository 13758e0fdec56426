use super::diagnose::{Outcome, Runs, keeps_clients_out};
use super::rule::{Finding, Severity};
use super::rules;
use crate::clock::time;
use crate::fact::{Authentication, Nla};
use crate::phase::Phase;
use crate::phases::credssp;
use crate::stop::{Cause, Stop};
use crate::survey::Survey;
use crate::walk::Walk;

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
    let alike = !survey.baseline().is_some_and(Walk::logs_on);
    let often = if runs.walked > 1 && alike { format!("; {} of {}", runs.stopped, runs.walked) } else { String::new() };
    let line = match (outcome, stop) {
        (_, None) if survey.is_over_udp_alone() => over_udp(survey, outcome),
        (Outcome::Stopped, Some(stop)) => {
            let behind = elsewhere(survey).map(|host| format!(" behind a redirection to {host}")).unwrap_or_default();
            let end = match rules::cure(survey) {
                Some(variant) => format!("{}; passes as `{variant}`", stop.cause),
                None => ended(survey, stop),
            };
            format!("{} at {}{behind}: {end}{often}", word(survey, findings), stop.phase)
        }
        (Outcome::Inconclusive, _) => inconclusive(survey),
        (Outcome::Ready | Outcome::Gate | Outcome::Partial, _) if fault(findings).is_some() => {
            format!("PASSED {}, but {}", reached(survey), fault(findings).unwrap_or_default())
        }
        (Outcome::Partial, _) => format!("PASSED as far as asked: {}", reached(survey)),
        (Outcome::Ready, _) => {
            let there = elsewhere(survey).map(|host| format!(" at {host}, where we were sent")).unwrap_or_default();
            format!("READY: the session came up{there}{}", gate(survey))
        }
        _ if authentication(survey) == Some(Authentication::Accepted) => {
            format!("PASSED the credential gate, logged on{}", gate(survey))
        }
        _ => format!("PASSED to the credential gate{}", gate(survey)),
    };
    cut(line)
}

/// The fault that was found though the walk passed.
fn fault(findings: &[Finding]) -> Option<&str> {
    findings.iter().find(|finding| finding.severity == Severity::Fault).map(|finding| finding.title.as_str())
}

/// What UDP alone came to.
fn over_udp(survey: &Survey, outcome: Outcome) -> String {
    let word = match outcome {
        Outcome::Ready | Outcome::Gate | Outcome::Partial => "PASSED",
        Outcome::Stopped => "STOPPED",
        Outcome::Inconclusive => "INCONCLUSIVE",
    };
    let stop = survey.walks.iter().find_map(|walk| walk.stop.as_ref()).map(|stop| stop.detail.clone());
    let because = survey.path().udp.map(|udp| udp.because).or(stop);
    format!("{word} over UDP: {}", because.unwrap_or_else(|| "it answers".to_owned()))
}

/// Why nothing can be said.
fn inconclusive(survey: &Survey) -> String {
    let Some(walk) = survey.last_link() else { return "INCONCLUSIVE: there was no time to walk".to_owned() };
    match &walk.stop {
        Some(stop) => {
            let awaiting = stop.awaiting.as_deref().unwrap_or("an answer");
            format!("INCONCLUSIVE at {}: {}, awaiting {awaiting}", stop.phase, stop.cause)
        }
        None if authentication(survey) == Some(Authentication::Withheld) => {
            let why = walk.facts.tls.distrust.as_ref().map_or_else(
                || format!("the server does not do {}", walk.facts.negotiate.mode.as_deref().unwrap_or_default()),
                |why| format!("the certificate is not trusted: {why}"),
            );
            format!("INCONCLUSIVE at credssp: no credentials sent, {why}")
        }
        None => {
            let server = elsewhere(survey)
                .map_or_else(|| "this server".to_owned(), |host| format!("{host}, where we were sent,"));
            format!("INCONCLUSIVE: {server} lets us go to {} and no further", reached(survey))
        }
    }
}

/// The server that a redirection has led us to.
fn elsewhere(survey: &Survey) -> Option<&str> {
    survey.followed()?.1.target.as_ref().map(|target| target.host.as_str())
}

/// What became of the credentials.
fn authentication(survey: &Survey) -> Option<Authentication> {
    survey.baseline()?.facts.credssp.authentication
}

/// STOPPED, unless nothing that was found keeps mstsc from connecting.
fn word(survey: &Survey, findings: &[Finding]) -> &'static str {
    if keeps_clients_out(survey, findings) { "STOPPED" } else { "NO FAULT, but our walk stopped" }
}

/// How it ended, and when.
fn ended(survey: &Survey, stop: &Stop) -> String {
    let waited = stop.waited_us.map(|us| format!(" in {}", time(us))).unwrap_or_default();
    let awaiting = stop.awaiting.as_deref().unwrap_or("an answer");
    let after = match (stop.partial, stop.after_last_send_us, stop.rtts) {
        (Some(bytes), ..) => format!(" {bytes} bytes into {awaiting}"),
        (None, Some(us), Some(rtts)) if stop.phase > Phase::Connect => {
            format!(" {} ({rtts} round trips) after our {}", time(us), ours(survey, stop))
        }
        _ => String::new(),
    };
    match &stop.cause {
        Cause::Silence => match stop.partial {
            Some(bytes) => format!("only {bytes} bytes of {awaiting}{waited}"),
            None => format!("no {awaiting}{waited}"),
        },
        Cause::Refused => format!("connection refused by {}", address(survey)),
        Cause::Reset => format!("connection reset{after}"),
        Cause::Closed => format!("closed{after}"),
        Cause::Unreachable { .. } | Cause::Declined { .. } | Cause::Garbled(_) | Cause::Local { .. } => {
            stop.cause.to_string()
        }
    }
}

/// What we had sent last: inside TLS the tape has its title, before that it is known by what was awaited.
fn ours<'a>(survey: &'a Survey, stop: &Stop) -> &'a str {
    let sent = || survey.last_link()?.tape.during(stop.phase).filter_map(|(_, entry)| entry.event.sealed()).next_back();
    match (stop.phase, stop.awaiting.as_deref()) {
        (Phase::Negotiate, _) => "Connection Request",
        (Phase::Tls, Some("ServerHello")) => "ClientHello",
        (Phase::Settings, _) => "MCS Connect Initial",
        _ => sent().map_or("last message", credssp::content),
    }
}

/// What the gate is like.
fn gate(survey: &Survey) -> String {
    let Some(walk) = survey.last_link() else { return String::new() };
    let (negotiate, tls) = (&walk.facts.negotiate, &walk.facts.tls);
    let selected = negotiate.selected.as_deref().unwrap_or("?");
    let version = tls.version.as_deref().map(|version| format!(" over {version}")).unwrap_or_default();
    let nla = match negotiate.nla {
        Some(nla) if nla != Nla::Unknown => format!(", NLA {}", nla.id()),
        _ => String::new(),
    };
    let name = walk.facts.credssp.ntlm.as_ref().and_then(|ntlm| {
        ntlm.dns_computer.as_ref().or(ntlm.netbios_computer.as_ref()).map(|name| format!(", server {name}"))
    });
    format!(": {selected}{version}{nla}{}", name.unwrap_or_default())
}

fn reached(survey: &Survey) -> String {
    survey
        .last_link()
        .and_then(Walk::reached)
        .map_or_else(|| "nothing was walked".to_owned(), |phase| phase.to_string())
}

fn address(survey: &Survey) -> String {
    let address = survey.last_link().and_then(|walk| walk.address);
    address.map_or_else(|| survey.target.to_string(), |address| address.to_string())
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
    fn a_long_line_is_cut_to_a_hundred_columns() {
        assert_eq!(cut("é".repeat(200)).chars().count(), 100);
    }
}
