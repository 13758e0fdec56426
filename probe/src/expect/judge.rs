//! Judges expectations: pure functions of the survey and its verdict.

use serde_json::{Value as Json, json};

use super::subject::{Quantile, Source};
use super::value::{Value, shown};
use super::{Answer, Expectation, Judged, parse};
use crate::evidence::Outcome;
use crate::fact::Kind;
use crate::phase::{Leg, Phase};
use crate::survey::Survey;
use crate::verdict::Verdict;
use crate::walk::{Variant, Walk};

/// The words that say that something is not known.
const UNKNOWN: [&str; 2] = ["unknown", "inconclusive"];

impl Expectation {
    /// Holds what was learned against it.
    pub fn judge(&self, survey: &Survey, verdict: &Verdict) -> Judged {
        let kind = &self.subject.kind;
        let found = found(&self.subject.source, survey, verdict);
        let learned = found.as_ref().ok().and_then(|found| Value::learned(kind, found));
        let unknown = |why: &str| (Answer::Unknown, Some(why.to_owned()));
        let (result, why) = match (&found, &learned) {
            (Err(why), _) => unknown(why),
            (Ok(_), None) => unknown("what was found is not of its kind"),
            (Ok(_), Some(learned)) if self.operator.holds(learned, &self.value) && !self.is_open(learned) => {
                (Answer::Pass, None)
            }
            (Ok(_), Some(learned)) if self.is_open(learned) => unknown("the walk could not tell"),
            (Ok(_), Some(_)) if self.could_go_on(survey) => unknown("the run was cut short there"),
            (Ok(_), Some(_)) => (Answer::Fail, None),
        };
        Judged { expect: self.text.clone(), result, found: found.ok().map(|found| shown(kind, &found)), why }
    }

    /// Whether a word was found that says that it is not known, and the expectation does not ask for just that.
    fn is_open(&self, learned: &Value) -> bool {
        let is_open = |word: &str| UNKNOWN.contains(&word);
        let says = |value: &Value| matches!(value, Value::Text(word) if is_open(word));
        matches!(self.subject.kind, Kind::Word(_)) && says(learned) && !says(&self.value)
    }

    /// Whether it asks how far the walk went, and that was not the target's doing.
    fn could_go_on(&self, survey: &Survey) -> bool {
        matches!(self.subject.source, Source::Reached) && survey.last_link().is_none_or(Walk::is_cut)
    }
}

impl Judged {
    /// Judges it anew.
    #[must_use]
    pub fn again(self, survey: &Survey, verdict: &Verdict) -> Self {
        let anew = parse(&self.expect).ok().and_then(|read| Some(read.first()?.judge(survey, verdict)));
        // What a later version expects stays as it was judged there.
        anew.unwrap_or(self)
    }
}

/// What was found, or why nothing was.
fn found(source: &Source, survey: &Survey, verdict: &Verdict) -> Result<Json, String> {
    match source {
        Source::Fact(phase, name) => fact(*phase, name, survey),
        Source::Timing(phase, quantile) => timing(*phase, *quantile, survey),
        Source::Outcome => Ok(json!(verdict.outcome.id())),
        Source::Who => {
            let stop = verdict.stop.as_ref().ok_or("the walk did not stop")?;
            Ok(json!(stop.who.id()))
        }
        Source::Reached => {
            let reached = survey.last_link().and_then(Walk::reached).ok_or("no phase has passed")?;
            Ok(json!(reached.id()))
        }
    }
}

/// A fact, of the first walk that learned it.
fn fact(phase: Phase, name: &str, survey: &Survey) -> Result<Json, String> {
    let learned = |walk: &Walk| walk.facts.get(phase, name);
    let mut walks: Vec<&Walk> = match phase.leg() {
        Leg::Tcp => survey.last_link().into_iter().chain(survey.repeats()).collect(),
        Leg::Udp => survey.walks.iter().filter(|walk| walk.variant.leg() == Leg::Udp).collect(),
    };
    let Some(first) = walks.first().copied() else { return Err("nothing was walked".to_owned()) };
    // Who could not come through TLS has described the server instead.
    if phase == Phase::Tls {
        let described = |walk: &&Walk| matches!(walk.variant, Variant::Described | Variant::DescribedTls10);
        walks.extend(survey.walks.iter().filter(described));
    }
    walks.into_iter().find_map(learned).ok_or_else(|| why_not(first, phase))
}

fn why_not(walk: &Walk, phase: Phase) -> String {
    match walk.outcome(phase) {
        Outcome::Passed => format!("`{phase}` passed, and did not show it"),
        Outcome::Stopped => format!("`{phase}` stopped"),
        Outcome::NotReached => format!("`{phase}` was not reached"),
        Outcome::NotApplicable => format!("`{phase}` was not needed"),
    }
}

/// How long a phase took: of one walk its time; of several that of those behind the first, which finds caches cold.
fn timing(phase: Phase, quantile: Quantile, survey: &Survey) -> Result<Json, String> {
    let phases = survey.path().latency.phases;
    let timed = phases.into_iter().find(|timed| timed.phase == phase);
    let timing = timed.ok_or_else(|| format!("`{phase}` has not passed"))?.timing;
    let Some(spread) = timing.repeats else { return Ok(json!(timing.least_us)) };
    let us = match quantile {
        Quantile::Min => Some(spread.min_us),
        Quantile::Median => Some(spread.median_us),
        Quantile::P95 => spread.p95_us,
        Quantile::Max => Some(spread.max_us),
    };
    us.map(|us| json!(us)).ok_or_else(|| format!("it takes 20 walks behind the first, and there were {}", spread.n))
}
