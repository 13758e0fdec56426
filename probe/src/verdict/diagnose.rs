use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule::{Certainty, Finding, Severity};
use super::who::{self, Conclusion};
use super::{headline, rules};
use crate::codes;
use crate::codes::mstsc::{self, Pair};
use crate::evidence::{NOT_PERMITTED, Sense};
use crate::fact::Authentication;
use crate::phase::{Leg, Phase};
use crate::plan::Until;
use crate::stop::{Cause, Stop};
use crate::survey::{Ended, Survey};
use crate::walk::Walk;

/// What is concluded of a target: a pure function of the survey, so that a saved report gives the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The verdict in one line of at most 100 columns.
    pub headline: String,
    /// How far it went, in one word.
    pub outcome: Outcome,
    /// The last phase that passed in the baseline walk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<Phase>,
    /// Where it stopped, and who ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<Ending>,
    /// How often it was walked, and how often it stopped.
    pub runs: Runs,
    /// What mstsc would show.
    pub mstsc: Vec<Pair>,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// What was not tested, and why.
    pub not_tested: Vec<NotTested>,
}

/// How far a target let us go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "VerdictOutcome")]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// To the Font Map: the session was up.
    Ready,
    /// To the credential gate.
    Gate,
    /// As far as was asked, short of the gate.
    Partial,
    /// It stopped before.
    Stopped,
    /// Nothing can be concluded: the walk was interrupted, or this server does not let it go where it was to go.
    Inconclusive,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Ready, Self::Gate, Self::Partial, Self::Stopped, Self::Inconclusive];

    /// The word that stands in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Gate => "gate",
            Self::Partial => "partial",
            Self::Stopped => "stopped",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Whether it went as far as was asked.
    pub const fn is_goal(self) -> bool {
        matches!(self, Self::Ready | Self::Gate | Self::Partial)
    }
}

/// Where it stopped, and who ended it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ending {
    /// Which walk: the baseline, or else the first of its repeats that stopped.
    #[serde(default)]
    pub walk: usize,
    /// The phase.
    pub phase: Phase,
    /// The cause's name.
    pub cause: String,
    /// Who ended it: a conclusion.
    pub who: Who,
    /// What shows it, or why it cannot be told, in a few words; empty where the cause says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Who ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The host we spoke to, or something that imitates it perfectly.
    Peer,
    /// Something between us and the host.
    Path,
    /// Our own side.
    Local,
    /// It cannot be told from what was seen.
    Unknown,
}

impl Who {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Peer, Self::Path, Self::Local, Self::Unknown];

    /// The word that stands in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Path => "path",
            Self::Local => "local",
            Self::Unknown => "unknown",
        }
    }
}

/// How often it was walked, and how often it stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Runs {
    /// The baseline and its repeats.
    pub walked: usize,
    /// Those that stopped.
    pub stopped: usize,
    /// Where and how, the commonest first.
    pub by: Vec<Same>,
}

/// Stops of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Same {
    /// The phase.
    pub phase: Phase,
    /// The cause's name.
    pub cause: String,
    /// How many.
    pub count: usize,
}

/// Something that was not tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotTested {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Concludes.
pub fn diagnose(survey: &Survey) -> Verdict {
    let stop = decisive(survey);
    let mut findings: Vec<Finding> = rules::all().filter_map(|rule| rule.apply(survey)).collect();
    doubt_what_comes_and_goes(survey, &mut findings);
    findings.sort_by_key(|finding| std::cmp::Reverse((finding.severity, finding.certainty)));
    let outcome = outcome(survey, stop);
    let runs = runs(survey);
    Verdict {
        headline: headline::write(survey, outcome, stop, &runs, &findings),
        outcome,
        reached: survey.baseline().and_then(Walk::reached),
        stop: ended(survey).map(|(walk, stopped, stop)| {
            let cause = stop.cause.kind().id().to_owned();
            let Conclusion { who, why, .. } = who::conclude(survey, walk, stopped, stop);
            Ending { walk, phase: stop.phase, cause, who, why }
        }),
        runs,
        mstsc: stop
            .filter(|stop| survey.via().is_none() || stop.phase > Phase::Proxy)
            .filter(|_| keeps_clients_out(survey, &findings))
            .map_or_else(Vec::new, predict),
        findings,
        not_tested: not_tested(survey),
    }
}

/// What explains a stop that other repeats did not meet cannot be a lasting state of the target.
fn doubt_what_comes_and_goes(survey: &Survey, findings: &mut [Finding]) {
    let Some((index, walk, stop)) = ended(survey) else { return };
    if !survey.repeats().chain(survey.controls()).any(|other| other.reached() >= Some(stop.phase)) {
        return;
    }
    let end = rules::end(index, walk, stop);
    for finding in findings.iter_mut().filter(|finding| finding.rule != "run.intermittent") {
        if finding.evidence.cites().iter().any(|cite| end.cites().contains(cite)) {
            finding.certainty = Certainty::Possible;
            finding.why = format!("Other walks of this run passed the same phase. {}", finding.why);
        }
    }
}

/// Whether the stop keeps mstsc from connecting too. It does, unless what explains it is no fault.
pub(super) fn keeps_clients_out(survey: &Survey, findings: &[Finding]) -> bool {
    let Some((index, walk, stop)) = ended(survey) else { return false };
    let end = rules::end(index, walk, stop);
    let explains = |finding: &Finding| finding.evidence.cites().iter().any(|cite| end.cites().contains(cite));
    findings.iter().any(|finding| finding.severity == Severity::Fault) || !findings.iter().any(explains)
}

/// The walk that the verdict is about, when it stopped: the baseline, or else the first of its repeats.
fn ended(survey: &Survey) -> Option<(usize, &Walk, &Stop)> {
    survey.numbered_repeats().find_map(|(index, walk)| Some((index, walk, walk.stop.as_ref()?)))
}

/// The stop that the outcome is about: where a redirection was followed, that of the last walk.
fn decisive(survey: &Survey) -> Option<&Stop> {
    match survey.followed() {
        Some((_, last)) => last.stop.as_ref(),
        None => ended(survey).map(|(_, _, stop)| stop),
    }
}

fn outcome(survey: &Survey, stop: Option<&Stop>) -> Outcome {
    let Some(last) = survey.last_link() else { return Outcome::Inconclusive };
    match (stop, survey.until) {
        (Some(_), _) => Outcome::Stopped,
        _ if survey.is_over_udp_alone() => over_udp(survey),
        _ if survey.repeats().next().is_none() => Outcome::Inconclusive,
        // Whether the user gets in was asked, and is not known.
        _ if last.facts.credssp.authentication == Some(Authentication::Withheld) => Outcome::Inconclusive,
        (None, Until::Ready) if last.reached() == Some(Phase::Finalization) => Outcome::Ready,
        (None, Until::Gate) if last.reached() >= Some(Phase::Credssp) => Outcome::Gate,
        (None, Until::Phase(goal)) if last.reached() >= Some(goal) => Outcome::Partial,
        (None, _) => Outcome::Inconclusive,
    }
}

/// How far UDP let us go, where that alone was asked for. Silence is no answer.
fn over_udp(survey: &Survey) -> Outcome {
    let walks = || survey.walks.iter().filter(|walk| walk.variant.leg() == Leg::Udp);
    if walks().any(|walk| walk.reached().is_some()) {
        Outcome::Partial
    } else if walks().any(|walk| !walk.is_cut() && walk.stop.as_ref().is_some_and(|it| it.cause != Cause::Silence)) {
        Outcome::Stopped
    } else {
        Outcome::Inconclusive
    }
}

fn runs(survey: &Survey) -> Runs {
    let mut by: Vec<Same> = Vec::new();
    for stop in survey.repeats().filter_map(|walk| walk.stop.as_ref()) {
        match by.iter_mut().find(|same| same.phase == stop.phase && same.cause == stop.cause.kind().id()) {
            Some(same) => same.count += 1,
            None => by.push(Same { phase: stop.phase, cause: stop.cause.kind().id().to_owned(), count: 1 }),
        }
    }
    by.sort_by_key(|same| std::cmp::Reverse(same.count));
    Runs { walked: survey.repeats().count(), stopped: by.iter().map(|same| same.count).sum(), by }
}

/// What mstsc would show after this stop.
fn predict(stop: &Stop) -> Vec<Pair> {
    let refusal = stop.refusal().and_then(|no| Some((no.kind, codes::number(&no.code)?)));
    mstsc::pairs(stop.phase, stop.cause.kind(), refusal)
}

/// Why a sense was missing, with the one command that grants it where there is one.
fn with_remedy(reason: &str) -> String {
    if reason == NOT_PERMITTED {
        format!("{reason}: `sudo setcap cap_net_raw+ep $(command -v rdp-probe)`")
    } else {
        reason.to_owned()
    }
}

/// What cannot be tested where something stands between us and the target.
const THROUGH: [&str; 4] = [
    "who sent a reset or a FIN",
    "the path's round trip, loss and hops",
    "the largest packet that passes",
    "UDP transports",
];

fn not_tested(survey: &Survey) -> Vec<NotTested> {
    let line = |what: &str, why: &str| NotTested { what: what.to_owned(), why: why.to_owned() };
    let mut lines = Vec::new();
    let stopped = decisive(survey);
    let through = survey.via().map(|via| format!("the way leads through {via}, and only that is seen of it"));
    for what in THROUGH.iter().filter(|_| through.is_some()) {
        lines.push(line(what, through.as_deref().unwrap_or_default()));
    }
    if through.is_none()
        && matches!(stopped, Some(Stop { cause: Cause::Reset | Cause::Closed | Cause::Refused, .. }))
        && let Some((_, reason)) = survey.blind().into_iter().find(|(sense, _)| *sense == Sense::Capture)
    {
        lines.push(line("who sent the packet that ended it", &with_remedy(&reason)));
    }
    match survey.ended {
        Ended::Complete => {}
        Ended::Deadline => lines.push(line("the walks that were still planned", "the run's deadline was reached")),
        Ended::Interrupted => lines.push(line("the walks that were still planned", "interrupted by the user")),
    }
    if stopped.is_some_and(Stop::is_redirection) {
        let why =
            if survey.followed().is_some() { "a run follows no more redirections" } else { "--follow goes there" };
        lines.push(line("the server that the session was sent to", why));
    }
    if stopped.is_none() && survey.baseline().is_some() {
        let reached = survey.last_link().and_then(Walk::reached);
        if reached < Some(Phase::Finalization) {
            lines
                .push(line("what lies behind the gate", "a session costs the server something: --until ready goes on"));
        }
    }
    if through.is_none() && survey.path().mtu.is_none() {
        lines.push(line("the largest packet that passes", "it takes more connections: --mtu looks for it"));
    }
    if through.is_none() && !survey.walks.iter().any(|walk| walk.variant.leg() == Leg::Udp) {
        lines.push(line("UDP transports", "left out, or no address was found"));
    }
    lines
}
