//! The fleet: many targets, read from a list, several of them walked at a time, and no host by two runs at once.

mod list;
mod queue;
mod tables;
mod turn;

use std::panic;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

pub use list::{Entry, List, Mistake};

use crate::clock::Clock;
use crate::evidence::Senses;
use crate::plan::{Attempt, Plan};
use crate::survey::{self, Survey};
use crate::wire::Halt;
use queue::Queue;
pub(crate) use tables::toml;
use turn::Turn;

/// How fast runs begin, and in which order they are told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    /// The shortest time from the begin of one run to that of the next.
    pub apart: Duration,
    /// Whether they are told in the order of their plans; else each as soon as it is over.
    pub ordered: bool,
}

/// Runs plans: as many at a time as there are senses, which are given back. `announce` hears of every walk over TCP
/// before it begins; `tell` gets each plan's place and what was learned. Where it fails, all that is under way ends; a
/// wish to stop ends that too, and what has not begun is left.
pub async fn run<E>(
    plans: Vec<Plan>,
    mut senses: Vec<Senses>,
    pace: Pace,
    halt: &Halt,
    announce: impl Fn(&Plan, &Attempt) + Send + Sync + 'static,
    mut tell: impl FnMut(usize, Survey) -> Result<(), E>,
) -> Result<Vec<Senses>, E> {
    let (clock, announce) = (Clock::start(), Arc::new(announce));
    let mut due = clock.now();
    let (mut queue, mut turn, mut running) = (Queue::new(plans), Turn::default(), JoinSet::new());
    loop {
        let next = queue.next().filter(|_| !senses.is_empty() && !halt.is_wished());
        if next.is_none() && running.is_empty() {
            break;
        }
        tokio::select! {
            () = clock.rest(due), if next.is_some() => {
                let (Some((index, plan)), Some(sense)) = (next.and_then(|at| queue.take(at)), senses.pop()) else { break };
                running.spawn(one(index, plan, sense, halt.clone(), Arc::clone(&announce)));
                due = clock.now().after(pace.apart);
            }
            Some(ended) = running.join_next() => {
                let (index, sense, survey) = ended.unwrap_or_else(|error| panic::resume_unwind(error.into_panic()));
                senses.push(sense);
                queue.free(&survey.target);
                if pace.ordered {
                    turn.put(index, survey);
                    while let Some((index, survey)) = turn.take() {
                        tell(index, survey)?;
                    }
                } else {
                    tell(index, survey)?;
                }
            }
            () = halt.wished(), if next.is_some() => {}
        }
    }
    // Where the user stopped the run, not every turn came.
    turn.rest().try_for_each(|(index, survey)| tell(index, survey))?;
    Ok(senses)
}

/// One run, with all that it needs.
async fn one(
    index: usize,
    plan: Plan,
    mut senses: Senses,
    halt: Halt,
    announce: Arc<impl Fn(&Plan, &Attempt)>,
) -> (usize, Senses, Survey) {
    let told = |attempt: &Attempt, _: &[_]| announce(&plan, attempt);
    let survey = survey::run(&plan, &mut senses, &Clock::start(), &halt, told).await;
    (index, senses, survey)
}
