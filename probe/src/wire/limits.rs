use std::time::Duration;

use tokio::sync::watch;

use crate::clock::{Clock, Moment};
use crate::stop::Cause;

/// How long anything may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One awaited message, from the moment we await it to its last byte.
    pub timeout: Duration,
    /// The whole run.
    pub deadline: Moment,
}

/// The user's wish to stop. Whoever waits, waits for it too, so that what was learned is still told.
#[derive(Debug, Clone)]
pub struct Halt(watch::Receiver<bool>);

impl Halt {
    /// A wish that is made by sending `true`.
    pub fn new(wished: watch::Receiver<bool>) -> Self {
        Self(wished)
    }

    /// Whether it was made.
    pub fn is_wished(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is made; for ever when nobody can make it any more.
    pub async fn wished(&self) {
        let mut wished = self.0.clone();
        if wished.wait_for(|wished| *wished).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Until when a wait may take, and what it means when it takes longer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Until {
    moment: Moment,
    over: Cause,
}

impl Limits {
    /// The limit of a wait that begins now. One that the run's deadline cuts short proves no silence.
    pub(super) fn until(&self, now: Moment) -> Until {
        let moment = now.after(self.timeout);
        if moment <= self.deadline {
            Until { moment, over: Cause::Silence }
        } else {
            Until { moment: self.deadline, over: Cause::cut_by_the_deadline() }
        }
    }

    /// The limit of listening on after the end: nobody is to blame when it is over.
    pub(super) fn linger(&self, now: Moment, time: Duration) -> Until {
        Until { moment: now.after(time).min(self.deadline), over: Cause::Silence }
    }
}

/// Waits for `work`, but no longer than it may take, and not against the user's wish. Both are asked before the work:
/// a peer that never stops sending would let the work always be first.
pub(super) async fn bounded<T>(
    clock: &Clock,
    until: &Until,
    halt: &Halt,
    work: impl Future<Output = T>,
) -> Result<T, Cause> {
    if clock.now() >= until.moment {
        return Err(until.over.clone());
    }
    tokio::select! {
        biased;
        () = halt.wished() => Err(Cause::interrupted()),
        () = tokio::time::sleep_until(clock.instant(until.moment)) => Err(until.over.clone()),
        done = work => Ok(done),
    }
}
