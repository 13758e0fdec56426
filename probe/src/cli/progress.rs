use std::io::{self, IsTerminal, Write};

use crate::report::Report;
use crate::verdict::Outcome;

/// Takes away what stands on a terminal's line, and goes to its begin.
const CLEAR: &str = "\r\x1b[2K";

/// One line on stderr that tells how far a fleet is, for people who watch.
pub(super) struct Progress {
    shown: bool,
    all: usize,
    done: usize,
    stopped: usize,
}

impl Progress {
    /// Nothing is shown where it is not `wanted`, nor where stderr is no terminal.
    pub(super) fn new(wanted: bool, all: usize) -> Self {
        Self { shown: wanted && io::stderr().is_terminal(), all, done: 0, stopped: 0 }
    }

    /// Counts a report.
    pub(super) fn count(&mut self, report: &Report) {
        self.done += 1;
        self.stopped += usize::from(report.verdict.outcome == Outcome::Stopped);
    }

    /// Makes room for whatever is printed next.
    pub(super) fn clear(&self) {
        self.write(CLEAR);
    }

    /// Shows the line as it is now.
    pub(super) fn show(&self) {
        let Self { all, done, stopped, .. } = self;
        self.write(&format!("{CLEAR}rdp-probe: {done} of {all} targets done, {stopped} stopped"));
    }

    /// Says how many targets an end that came too soon has left.
    pub(super) fn warn_of_rest(&self) {
        let Self { all, done, .. } = self;
        if done < all {
            anstream::eprintln!("warning: interrupted: {} of {all} targets were not begun", all - done);
        }
    }

    fn write(&self, text: &str) {
        if self.shown {
            let mut stderr = io::stderr().lock();
            // Whoever cannot be shown the progress misses nothing else.
            let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
        }
    }
}
