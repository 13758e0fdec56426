//! Where the walks of each path ended, and the first phase at which the paths part.

use schemars::JsonSchema;
use serde::Serialize;

use super::chance::Chance;
use super::rate::Rate;
use super::row::see;
use crate::evidence::Outcome;
use crate::fact::Authentication;
use crate::path::Share;
use crate::phase::{Leg, Phase};
use crate::report::Report;
use crate::stop::Cause;
use crate::walk::Walk;

/// How rare it must be that as many walks ended alike by chance.
const RARE: f64 = 0.01;

/// Ends of a phase that are no stop, in words.
const PASSED: &str = "passed";
const LEFT_OUT: &str = "left out";

/// The first phase at which the paths part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Divergence {
    /// The phase.
    pub phase: Phase,
    /// What came of it on each path, in words.
    pub ends: Vec<String>,
    /// So few walks cannot rule out that it comes and goes on every path.
    pub few: bool,
}

/// Whether credentials were used on a path.
pub(super) fn logs_on(report: &Report) -> bool {
    report.survey.repeats().any(brings_credentials)
}

fn brings_credentials(walk: &Walk) -> bool {
    walk.logs_on() || walk.facts.credssp.authentication == Some(Authentication::Withheld)
}

/// What came of one phase, over all walks of a path.
#[derive(Debug, Default)]
struct Ends {
    /// Each end in words, and how many walks had it.
    kinds: Vec<(String, u32)>,
    passed: u32,
    stopped: u32,
}

impl Ends {
    /// What came of it on each path. What credentials came to is fair to hold only against what others came to.
    fn of_each(reports: &[&Report], phase: Phase) -> Vec<Self> {
        let fair = phase < Phase::Credssp || reports.iter().all(|report| logs_on(report));
        reports.iter().map(|report| Self::of(report, phase, fair)).collect()
    }

    fn of(report: &Report, phase: Phase, with_credentials: bool) -> Self {
        let mut ends = Self::default();
        for walk in report.survey.repeats().filter(|walk| with_credentials || !brings_credentials(walk)) {
            let Some(end) = end(walk, phase) else { continue };
            let (kind, passed, stopped) = match end {
                End::Passed => (PASSED.to_owned(), 1, 0),
                End::Stopped(cause) => (kind(cause), 0, 1),
                End::LeftOut => (LEFT_OUT.to_owned(), 0, 0),
            };
            ends.passed = ends.passed.saturating_add(passed);
            ends.stopped = ends.stopped.saturating_add(stopped);
            match ends.kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => ends.kinds.push((kind, 1)),
            }
        }
        ends
    }

    /// Those that stopped, of all that came so far.
    fn share(&self) -> Option<Share> {
        Share::of(self.stopped, self.stopped.saturating_add(self.passed))
    }

    fn walks(&self) -> u32 {
        self.kinds.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// Whether both were seen, and no end on both.
    fn is_apart(&self, other: &Self) -> bool {
        let common = self.kinds.iter().any(|(kind, _)| other.kinds.iter().any(|(known, _)| known == kind));
        !self.kinds.is_empty() && !other.kinds.is_empty() && !common
    }

    /// Whether chance can have made each of them end in its own way, though both do both.
    fn are_few(&self, other: &Self) -> bool {
        are_few(self.walks(), other.walks())
    }

    fn told(&self) -> String {
        let walks = self.walks();
        let told = self.kinds.iter().map(|(kind, count)| match walks {
            1 => kind.clone(),
            _ => format!("{kind}, {count} of {walks}"),
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() { "not reached".to_owned() } else { told.join("; ") }
    }
}

/// Whether chance can have made so many walks all meet one thing, and so many others all meet another, though every walk
/// may meet both.
pub(super) fn are_few(walks: u32, others: u32) -> bool {
    let shares = Share::of(walks, walks).zip(Share::of(0, others));
    shares.is_none_or(|(all, none)| Chance::of_shares(all, none).p > RARE)
}

enum End<'a> {
    Passed,
    LeftOut,
    Stopped(&'a Cause),
}

/// What came of a phase in one walk; `None` where it was not reached, or is not on the way.
fn end(walk: &Walk, phase: Phase) -> Option<End<'_>> {
    match (&walk.stop, walk.outcome(phase)) {
        (Some(stop), Outcome::Stopped) => Some(End::Stopped(&stop.cause)),
        (_, Outcome::Passed) => Some(End::Passed),
        // Before the first message to the target, it is the user's way that has a phase or does not.
        (_, Outcome::NotApplicable) if phase >= Phase::Negotiate => Some(End::LeftOut),
        (_, Outcome::NotApplicable | Outcome::Stopped | Outcome::NotReached) => None,
    }
}

/// A cause in words, without what is another one each time.
fn kind(cause: &Cause) -> String {
    match cause {
        Cause::Unreachable { icmp } => icmp.says.clone(),
        Cause::Garbled(garbled) => format!("garbled {}", garbled.message),
        Cause::Silence
        | Cause::Refused
        | Cause::Reset
        | Cause::Closed
        | Cause::Declined { .. }
        | Cause::Local { .. } => cause.to_string(),
    }
}

/// How often the walks of each path stopped, for each phase at which any did.
pub(super) fn stops(reports: &[&Report]) -> Vec<(Phase, Rate)> {
    let rate = |phase: Phase| {
        let ends = Ends::of_each(reports, phase);
        let shares: Vec<Option<Share>> = ends.iter().map(Ends::share).collect();
        let mut kinds = Vec::new();
        for (kind, _) in ends.into_iter().flat_map(|ends| ends.kinds) {
            see(&mut kinds, kind);
        }
        kinds.retain(|kind| kind != PASSED && kind != LEFT_OUT);
        let stopped = shares.iter().flatten().any(|share| share.k > 0);
        Some((phase, Rate::of(format!("{phase}: {}", kinds.join(", ")), &shares).filter(|_| stopped)?))
    };
    Phase::of(Leg::Tcp).filter_map(rate).collect()
}

/// The first phase at which a path parts from the first: it never ends there as the first does, or it stops more or
/// less often than chance alone makes it. What few walks came to counts where there were no more: `of_few`.
pub(super) fn divergence(reports: &[&Report], stops: &[(Phase, Rate)], of_few: bool) -> Option<Divergence> {
    Phase::of(Leg::Tcp).find_map(|phase| {
        let ends = Ends::of_each(reports, phase);
        let (first, others) = ends.split_first()?;
        let apart: Vec<&Ends> = others.iter().filter(|other| first.is_apart(other)).collect();
        let by_rate = stops.iter().any(|(stopped, rate)| *stopped == phase && rate.differs());
        let few = !by_rate && apart.iter().all(|other| first.are_few(other));
        let counts = by_rate || (!apart.is_empty() && (of_few || !few));
        counts.then(|| Divergence { phase, ends: ends.iter().map(Ends::told).collect(), few })
    })
}
