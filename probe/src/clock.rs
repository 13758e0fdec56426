//! The one clock: every moment of a run lies on one monotonic axis, in microseconds since the run began.

use std::ops::Sub;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point on the run's axis: microseconds since the run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Moment(pub u64);

impl Moment {
    /// The moment `later` after this one.
    #[must_use]
    pub fn after(self, later: Duration) -> Self {
        Self(self.0.saturating_add(micros(later)))
    }

    /// The moment of a wall time on an axis that began at `epoch`; its begin, when that is later.
    pub fn since(epoch: SystemTime, wall: SystemTime) -> Self {
        Self(micros(wall.duration_since(epoch).unwrap_or_default()))
    }
}

impl Sub for Moment {
    type Output = Duration;

    /// The time from `earlier` to this moment; nothing when `earlier` is not earlier.
    fn sub(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// A duration in whole microseconds, as the report has them.
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The wall time that is now.
#[expect(clippy::disallowed_methods, reason = "this is the one place where time is read")]
pub fn wall_now() -> SystemTime {
    SystemTime::now()
}

/// The run's axis, and the wall time at which it began.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
    started: Timestamp,
}

impl Clock {
    /// Begins the axis now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place where time is read")]
    pub fn start() -> Self {
        let started = Timestamp::try_from(wall_now()).unwrap_or(Timestamp::UNIX_EPOCH);
        Self { origin: Instant::now(), started }
    }

    /// The moment that is now.
    pub fn now(&self) -> Moment {
        Moment(micros(self.origin.elapsed()))
    }

    /// The moment on the runtime's own clock, to sleep until.
    pub fn instant(&self, moment: Moment) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.origin + Duration::from_micros(moment.0))
    }

    /// Rests until a moment; not at all where it has come. A timer takes a millisecond also for what is due at once.
    pub async fn rest(&self, until: Moment) {
        if self.now() < until {
            tokio::time::sleep_until(self.instant(until)).await;
        }
    }

    /// The wall time at which the axis began.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// The wall time at which the axis began, as the wall clock stands now: it is another once that was set. With it the
    /// wall times of others, such as the kernel's of a packet, find their place on the axis.
    pub fn epoch(&self) -> SystemTime {
        let reading = || {
            let (before, now, after) = (self.origin.elapsed(), wall_now(), self.origin.elapsed());
            (after.saturating_sub(before), before, now)
        };
        // Between the two readings we may have been interrupted: the quickest of a few was not.
        let (_, elapsed, now) = [reading(), reading(), reading()].into_iter().min().unwrap_or_else(reading);
        now.checked_sub(elapsed).unwrap_or(now)
    }

    /// The wall time of a moment.
    pub fn wall(&self, moment: Moment) -> Timestamp {
        self.started.checked_add(Duration::from_micros(moment.0)).unwrap_or(self.started)
    }
}

/// Microseconds for people: three figures at most.
pub fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_time_lies_where_it_was_read() {
        let clock = Clock::start();
        let (before, wall, after) = (clock.now(), wall_now(), clock.now());
        std::thread::sleep(Duration::from_millis(5));
        let moment = Moment::since(clock.epoch(), wall);
        // A microsecond for the readings, which are not taken at once.
        assert!(before.0 <= moment.0 + 1 && moment.0 <= after.0 + 1, "{before:?} {moment:?} {after:?}");
    }

    #[test]
    fn a_time_has_at_most_three_figures() {
        let told = [0, 999, 1_000, 9_950, 12_300, 999_999, 1_000_000, 5_000_123].map(time);
        assert_eq!(told, ["0 µs", "999 µs", "1.0 ms", "9.9 ms", "12 ms", "999 ms", "1.0 s", "5.0 s"]);
    }
}
