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

/// Waits for `work`, but no longer than to `until`, and not against the user's wish.
pub(super) async fn bounded<T>(
    clock: &Clock,
    until: Moment,
    halt: &Halt,
    work: impl Future<Output = T>,
) -> Result<T, Cause> {
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = halt.wished() => Err(Cause::local("wait", "interrupted by the user")),
        () = tokio::time::sleep_until(clock.instant(until)) => Err(Cause::Silence),
    }
}
