//! The walks of plans over TCP: one at a time, and of several plans in turns.

use crate::clock::{Clock, Moment};
use crate::evidence::Senses;
use crate::handshake;
use crate::pairing::Pairing;
use crate::plan::{Attempt, Plan};
use crate::survey::{Ended, Survey};
use crate::walk::Walk;
use crate::wire::Halt;

/// The walks of one plan over TCP, and how far they are.
pub(super) struct Course<'a> {
    plan: &'a Plan,
    pairing: Pairing,
    walks: Vec<Walk>,
    /// When the last of them ended; at first, when they may begin.
    since: Moment,
    ended: Ended,
}

impl<'a> Course<'a> {
    pub(super) fn new(plan: &'a Plan, pairing: Pairing, clock: &Clock) -> Self {
        Self { plan, pairing, walks: Vec::new(), since: clock.now(), ended: Ended::Complete }
    }

    /// Walks once more, and tells whether there was something to walk.
    async fn step(
        &mut self,
        senses: &mut Senses,
        clock: &Clock,
        halt: &Halt,
        announce: &mut impl FnMut(&Plan, &Attempt, &[Walk]),
    ) -> bool {
        let Self { plan, pairing, walks, since, ended } = self;
        let Some(attempt) = plan.next(walks).filter(|_| *ended == Ended::Complete) else { return false };
        tokio::select! {
            biased;
            () = halt.wished() => *ended = Ended::Interrupted,
            () = tokio::time::sleep_until(clock.instant(plan.deadline())) => *ended = Ended::Deadline,
            () = clock.rest(since.after(attempt.pause)) => {}
        }
        if *ended != Ended::Complete {
            return false;
        }
        announce(plan, &attempt, walks);
        walks.push(handshake::walk(plan, attempt, senses, clock, halt, pairing).await);
        *since = clock.now();
        true
    }

    /// What its walks came to.
    fn end(self, clock: &Clock, halt: &Halt) -> Survey {
        let Self { plan, walks, mut ended, .. } = self;
        if halt.is_wished() {
            ended = Ended::Interrupted;
        } else if walks.iter().any(Walk::is_cut) {
            ended = Ended::Deadline;
        }
        Survey::of(plan, walks, ended, clock)
    }
}

/// Walks courses to their ends, one walk of each in turn: what changes meanwhile changes for all of them. Each round begins
/// with another, so that none always walks behind a rest, or always meets the same of two servers that take turns.
/// `announce` hears of every walk before it begins.
pub(super) async fn in_turns(
    mut courses: Vec<Course<'_>>,
    senses: &mut Senses,
    clock: &Clock,
    halt: &Halt,
    mut announce: impl FnMut(&Plan, &Attempt, &[Walk]),
) -> Vec<Survey> {
    for first in (0..courses.len()).cycle() {
        let (before, from) = courses.split_at_mut(first);
        let mut walked = false;
        for course in from.iter_mut().chain(before) {
            walked |= course.step(senses, clock, halt, &mut announce).await;
        }
        if !walked {
            break;
        }
    }
    courses.into_iter().map(|course| course.end(clock, halt)).collect()
}
