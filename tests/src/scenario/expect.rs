use std::collections::BTreeMap;

use rdp_probe::phase::Phase;
use rdp_probe::verdict::{Outcome, Verdict};
use serde::Deserialize;

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
    pub facts: BTreeMap<String, toml::Value>,
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
    /// What of a verdict's outcome and stop is not as expected, a line each.
    pub fn differences(&self, verdict: &Verdict) -> Vec<String> {
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
