//! The survey: runs the plan, and holds everything that was learned about one target.

mod course;

use std::net::IpAddr;

use futures_util::future::join_all;
use jiff::Timestamp;
use rdp_packets::negotiate::{CorrelationInfo, FailureCode};

use crate::clock::{Clock, micros};
use crate::evidence::{Event, Sense, Senses};
use crate::fact::{Negotiate, Nla};
use crate::handshake;
use crate::pairing::{Beside, pair};
use crate::path::Path;
use crate::phase::{Leg, Phase};
use crate::phases::random;
use crate::plan::{Attempt, Plan, Until};
use crate::stop::Stop;
use crate::target::Target;
use crate::udp;
use crate::walk::{Variant, Walk};
use crate::wire::Halt;
use course::Course;

/// Everything that was learned about one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// The target.
    pub target: Target,
    /// What the user calls the way that the walks took; absent where nothing but the system's routing chose it.
    pub way: Option<String>,
    /// How far the walks were to go.
    pub until: Until,
    /// When the run began, by our own clock.
    pub started: Timestamp,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// Why it ended.
    pub ended: Ended,
    /// Everything that was tried, the baseline first.
    pub walks: Vec<Walk>,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All that was planned is done.
    Complete,
    /// The run's deadline cut what was left.
    Deadline,
    /// The user cut what was left.
    Interrupted,
}

/// Runs a plan: the walks over TCP one after the other, those over UDP beside them. `announce` hears of every walk over
/// TCP before it begins.
pub async fn run(
    plan: &Plan,
    senses: &mut Senses,
    clock: &Clock,
    halt: &Halt,
    mut announce: impl FnMut(&Attempt, &[Walk]),
) -> Survey {
    let told = |_: &Plan, attempt: &Attempt, walks: &[Walk]| announce(attempt, walks);
    let mut surveys = in_turns(std::slice::from_ref(plan), senses, clock, halt, told).await;
    surveys.pop().unwrap_or_else(|| Survey::of(plan, Vec::new(), Ended::Complete, clock))
}

/// Runs plans on one clock, such as those of several paths to one server: a walk of each in turn, so that whatever
/// changes meanwhile changes for all of them, and never two connections at once.
pub async fn in_turns(
    plans: &[Plan],
    senses: &mut Senses,
    clock: &Clock,
    halt: &Halt,
    announce: impl FnMut(&Plan, &Attempt, &[Walk]),
) -> Vec<Survey> {
    let begin = |plan| {
        let (pairing, beside) = pair(CorrelationInfo::from_random(random()));
        (Course::new(plan, pairing, clock), over_udp(plan, beside, clock, halt))
    };
    let (courses, beside): (Vec<_>, Vec<_>) = plans.iter().map(begin).unzip();
    // Both are long: on the heap whoever awaits them stays small.
    let over_tcp = Box::pin(course::in_turns(courses, senses, clock, halt, announce));
    let (mut surveys, over_udp) = tokio::join!(over_tcp, Box::pin(join_all(beside)));
    for (survey, walks) in surveys.iter_mut().zip(over_udp) {
        survey.walks.extend(walks);
        survey.took_us = clock.now().0;
        survey.draw_picture();
    }
    surveys
}

/// The walks over UDP, where any are wanted.
async fn over_udp(plan: &Plan, beside: Beside, clock: &Clock, halt: &Halt) -> Vec<Walk> {
    if plan.udp.is_some() { udp::leg(plan, beside, clock, halt).await } else { Vec::new() }
}

/// Runs the first walk of a plan and nothing else, on a clock that may have gone on for long.
pub async fn once(plan: &Plan, senses: &mut Senses, clock: &Clock, halt: &Halt) -> Survey {
    let (pairing, _) = pair(CorrelationInfo::from_random(random()));
    let began = clock.now();
    let mut walks = Vec::new();
    if let Some(attempt) = plan.next(&walks) {
        walks.push(Box::pin(handshake::walk(plan, attempt, senses, clock, halt, &pairing)).await);
    }
    let took_us = micros(clock.now() - began);
    Survey { started: clock.wall(began), took_us, ..Survey::of(plan, walks, Ended::Complete, clock) }
}

impl Survey {
    /// What a plan's walks came to until now.
    fn of(plan: &Plan, walks: Vec<Walk>, ended: Ended, clock: &Clock) -> Self {
        let Plan { target, until, way, .. } = plan;
        let (target, way) = (target.clone(), way.name.clone());
        Self { target, way, until: *until, started: clock.started(), took_us: clock.now().0, ended, walks }
    }

    /// The walk that the verdict is about.
    pub fn baseline(&self) -> Option<&Walk> {
        self.walks.first().filter(|walk| walk.variant.leg() == Leg::Tcp)
    }

    /// Whether the target was walked over UDP alone: then the baseline goes no further than the address.
    pub fn is_over_udp_alone(&self) -> bool {
        self.baseline().is_some_and(|baseline| baseline.until == Phase::Resolve)
            && self.until != Until::Phase(Phase::Resolve)
    }

    /// The baseline and its repeats, but for those that were cut from outside.
    pub fn repeats(&self) -> impl Iterator<Item = &Walk> {
        self.numbered_repeats().map(|(_, walk)| walk)
    }

    /// The same with their indices.
    pub fn numbered_repeats(&self) -> impl Iterator<Item = (usize, &Walk)> {
        let baselines = self.walks.iter().enumerate().filter(|(_, walk)| walk.variant == Variant::Baseline);
        baselines.filter(|(_, walk)| !walk.is_cut())
    }

    /// What the walks show of the path.
    pub fn path(&self) -> Path {
        Path::of(&self.repeats().collect::<Vec<_>>(), &self.walks)
    }

    /// The unchanged walks after the baseline: its repeats, and the control of the experiments.
    pub fn controls(&self) -> impl Iterator<Item = &Walk> {
        self.numbered_controls().map(|(_, walk)| walk)
    }

    /// The same with their indices.
    pub fn numbered_controls(&self) -> impl Iterator<Item = (usize, &Walk)> {
        let unchanged = |walk: &Walk| matches!(walk.variant, Variant::Baseline | Variant::Control) && !walk.is_cut();
        self.walks.iter().enumerate().skip(1).filter(move |(_, walk)| unchanged(walk))
    }

    /// The senses that were missing in any walk, with the reason.
    pub fn blind(&self) -> Vec<(Sense, String)> {
        let mut blind: Vec<(Sense, String)> = Vec::new();
        for (_, entry) in self.walks.iter().flat_map(|walk| walk.tape.entries()) {
            if let Event::Blind { sense, reason } = &entry.event
                && !blind.iter().any(|(known, _)| known == sense)
            {
                blind.push((*sense, reason.clone()));
            }
        }
        blind
    }

    /// Our address in the first walk that came to a connection.
    pub fn source(&self) -> Option<IpAddr> {
        self.walks.iter().find_map(|walk| walk.facts.connect.local).map(|local| local.ip())
    }

    /// Our network interface, where the user chose one.
    pub fn interface(&self) -> Option<&str> {
        self.walks.iter().find_map(|walk| walk.facts.connect.interface.as_deref())
    }

    /// What the walks went through to the target, where something stands between.
    pub fn via(&self) -> Option<&str> {
        self.walks.iter().find_map(|walk| walk.facts.proxy.via.as_deref())
    }

    /// The walk of a variant, with its index.
    pub fn variant(&self, variant: Variant) -> Option<(usize, &Walk)> {
        self.walks.iter().enumerate().find(|(_, walk)| walk.variant == variant)
    }

    /// The walk with which the redirections that were followed ended, with its index: it tells what comes of a client. Not
    /// where a repeat of the baseline ended in another way than by a redirection: then that does.
    pub fn followed(&self) -> Option<(usize, &Walk)> {
        let (index, walk) = self.walks.iter().enumerate().rfind(|(_, walk)| walk.variant == Variant::Redirected)?;
        let led_here = self.repeats().filter_map(|walk| walk.stop.as_ref()).all(Stop::is_redirection);
        (led_here && !walk.is_cut()).then_some((index, walk))
    }

    /// The walk that tells what comes of a client: the last that followed a redirection, or else the baseline.
    pub fn last_link(&self) -> Option<&Walk> {
        self.followed().map(|(_, walk)| walk).or(self.baseline())
    }

    /// Joins what the exchanges of all walks say about NLA and the offered protocols, and writes it down with the
    /// baseline.
    fn draw_picture(&mut self) {
        let mut offers: Vec<String> = Vec::new();
        let of_the_target = self.walks.iter().filter(|walk| walk.variant != Variant::Redirected);
        let negotiations: Vec<&Negotiate> = of_the_target.map(|walk| &walk.facts.negotiate).collect();
        for selected in negotiations.iter().filter_map(|negotiate| negotiate.selected.clone()) {
            if !offers.contains(&selected) {
                offers.push(selected);
            }
        }
        let nla = nla(&negotiations, &offers);
        let Some(baseline) = self.walks.first_mut() else { return };
        if baseline.tape.span(Phase::Negotiate).is_none() {
            return;
        }
        baseline.facts.negotiate.nla = Some(nla);
        baseline.facts.negotiate.offers = (!offers.is_empty()).then_some(offers);
    }
}

/// Whether the server insists on NLA. An exchange that came to no answer tells nothing.
fn nla(negotiations: &[&Negotiate], offers: &[String]) -> Nla {
    let agreed = |names: &[&str]| offers.iter().any(|offer| names.contains(&offer.as_str()));
    let failed = |negotiate: &Negotiate, code: FailureCode| {
        negotiate.failure.as_deref().is_some_and(|failure| code.name() == Some(failure))
    };
    let insists = negotiations.iter().any(|negotiate| failed(negotiate, FailureCode::HYBRID_REQUIRED_BY_SERVER));
    let turned_down = negotiations.iter().any(|negotiate| {
        let asked = negotiate.requested.as_deref().unwrap_or_default();
        let hybrid = asked.iter().any(|name| name.starts_with("hybrid"));
        let declined = failed(negotiate, FailureCode::SSL_REQUIRED_BY_SERVER)
            || failed(negotiate, FailureCode::SSL_NOT_ALLOWED_BY_SERVER);
        hybrid && (declined || negotiate.selected.as_deref() == Some("rdp"))
    });
    match (agreed(&["hybrid", "hybrid_ex"]), agreed(&["ssl", "rdp"])) {
        _ if insists => Nla::Required,
        (true, true) => Nla::Optional,
        (false, _) if turned_down => Nla::Absent,
        _ => Nla::Unknown,
    }
}
