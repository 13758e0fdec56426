use std::collections::BTreeMap;

use rdp_probe::phase::Phase;
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Outcome, Verdict};
use serde::Deserialize;
use serde_json::Value;

/// What the probe is to find. What is not named is not asked.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// How far it went.
    pub outcome: Option<Outcome>,
    /// Where it stopped.
    pub phase: Option<Phase>,
    /// By which cause, named as in the report.
    pub cause: Option<String>,
    /// What every one of these is part of: the headline.
    #[serde(default)]
    pub headline: Vec<String>,
    /// Codes of rules that must hold.
    #[serde(default)]
    pub findings: Vec<String>,
    /// Codes of rules that must not hold.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Facts of the baseline walk by their place in the report, e.g. `tls.version`.
    #[serde(default)]
    pub facts: BTreeMap<String, Value>,
    /// What numbers must keep to.
    #[serde(default)]
    pub bounds: Bounds,
}

/// What numbers must keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Connections that the server saw, exactly.
    pub connections: Option<usize>,
    /// Round trips of the baseline walk, exactly.
    pub round_trips: Option<u32>,
    /// The greatest time of the whole run, in milliseconds.
    pub took_ms: Option<u64>,
}

impl Expect {
    /// Whether nothing is expected at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is not as expected, a line each: of the survey, of its verdict, and of how many connections the server saw.
    pub fn differences(&self, survey: &Survey, verdict: &Verdict, connections: usize) -> Vec<String> {
        let mut lines = self.outcome_and_stop(verdict);
        let mut check = |holds: bool, line: String| {
            if !holds {
                lines.push(line);
            }
        };
        let found: Vec<&str> = verdict.findings.iter().map(|finding| finding.rule.as_str()).collect();
        for part in &self.headline {
            check(verdict.headline.contains(part), format!("the headline does not say `{part}`"));
        }
        for code in &self.findings {
            check(found.contains(&code.as_str()), format!("{code} does not hold, but {found:?}"));
        }
        for code in &self.absent {
            check(!found.contains(&code.as_str()), format!("{code} holds"));
        }
        for (place, wanted) in &self.facts {
            let fact = fact(survey, place).unwrap_or_default();
            check(fact == *wanted, format!("{place} is {fact}, not {wanted}"));
        }
        let (bounds, trips, took) = (self.bounds, round_trips(survey), survey.took_us / 1000);
        check(bounds.connections.is_none_or(|wanted| wanted == connections), format!("{connections} connections"));
        check(bounds.round_trips.is_none_or(|wanted| wanted == trips), format!("{trips} round trips"));
        check(bounds.took_ms.is_none_or(|most| took <= most), format!("took {took} ms"));
        lines
    }

    /// What of a verdict's outcome and stop is not as expected, a line each.
    fn outcome_and_stop(&self, verdict: &Verdict) -> Vec<String> {
        let mut lines = Vec::new();
        let mut compare = |what: &str, wanted: Option<String>, found: String| {
            if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
                lines.push(format!("{what} is {found}, not {wanted}"));
            }
        };
        let stop = verdict.stop.as_ref();
        compare("outcome", self.outcome.map(|outcome| format!("{outcome:?}")), format!("{:?}", verdict.outcome));
        let phase = stop.map_or("none", |stop| stop.phase.id());
        compare("phase", self.phase.map(|phase| phase.id().to_owned()), phase.to_owned());
        let cause = stop.map_or("none", |stop| stop.cause.as_str());
        compare("cause", self.cause.clone(), cause.to_owned());
        lines
    }

    /// The expected stop in a few words.
    pub fn stop(&self) -> String {
        match (self.phase, &self.cause) {
            (Some(phase), Some(cause)) => format!("{phase}: {cause}"),
            _ => "none".to_owned(),
        }
    }
}

/// A fact of the baseline walk by its place, e.g. `tls.version`.
fn fact(survey: &Survey, place: &str) -> Option<Value> {
    let (phase, name) = place.split_once('.')?;
    survey.baseline()?.facts.get(phase.parse().ok()?, name)
}

/// Round trips of the baseline walk.
fn round_trips(survey: &Survey) -> u32 {
    survey.baseline().map_or(0, |walk| Phase::ALL.iter().map(|phase| walk.tape.round_trips(*phase)).sum())
}
