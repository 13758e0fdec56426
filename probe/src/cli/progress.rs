use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::Report;
use crate::verdict::Outcome;

const LOOK: &str = "rdp-probe: [{bar:24}] {pos} of {len} targets done, {msg}";

/// A bar on stderr that tells how far a fleet is, for people who watch.
pub(super) struct Progress {
    bar: ProgressBar,
    all: usize,
    done: usize,
    stopped: usize,
}

impl Progress {
    /// Nothing is shown where it is not `wanted`, nor where stderr is no terminal.
    pub(super) fn new(wanted: bool, all: usize) -> Self {
        let target = if wanted { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(u64::try_from(all).ok(), target);
        if let Ok(look) = ProgressStyle::with_template(LOOK) {
            bar.set_style(look.progress_chars("=> "));
        }
        Self { bar, all, done: 0, stopped: 0 }
    }

    /// Shows it as it is now.
    pub(super) fn show(&self) {
        self.bar.set_message(format!("{} stopped", self.stopped));
        self.bar.tick();
    }

    /// Counts a report, and makes room while it is told.
    pub(super) fn count<T>(&mut self, report: Report, tell: impl FnOnce(Report) -> T) -> T {
        self.done += 1;
        self.stopped += usize::from(report.verdict.outcome == Outcome::Stopped);
        self.bar.inc(1);
        self.bar.set_message(format!("{} stopped", self.stopped));
        self.bar.suspend(|| tell(report))
    }

    /// Takes it away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Says how many targets an end that came too soon has left.
    pub(super) fn warn_of_rest(&self) {
        let Self { all, done, .. } = self;
        if done < all {
            anstream::eprintln!("warning: interrupted: {} of {all} targets were not begun", all - done);
        }
    }
}
