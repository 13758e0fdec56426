use super::{Bytes, Entry, Event, Recording};
use crate::clock::{Clock, Moment};
use crate::phase::Phase;

/// Bytes of one entry that are kept.
const ENTRY_CAP: usize = 4 * 1024;

/// Bytes of one walk that are kept.
const WALK_CAP: usize = 64 * 1024;

/// Entries of one walk that are kept; a peer that drips cannot fill our memory.
const ENTRIES_CAP: usize = 16 * 1024;

/// The log while it is written. It only grows, and nobody counts its entries before it is sealed.
#[derive(Debug)]
pub struct Tape {
    clock: Clock,
    recording: Recording,
    stored: usize,
}

impl Tape {
    /// An empty tape on a clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, recording: Recording::default(), stored: 0 }
    }

    /// The tape's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Notes what is seen now.
    pub fn note(&mut self, event: Event) {
        self.note_at(self.clock.now(), event);
    }

    /// Notes what was seen at `at`.
    pub fn note_at(&mut self, at: Moment, event: Event) {
        // What marks a phase cannot be missing, and there is a bound of their own to frames.
        let always = matches!(event, Event::Enter { .. } | Event::Leave { .. } | Event::Ended { .. } | Event::Frame(_));
        if self.recording.0.len() < ENTRIES_CAP || always {
            self.recording.0.push(Entry { at, event });
        }
    }

    /// Gives the phase that began last another name: what came in it may show that it was another.
    pub fn rename(&mut self, phase: Phase) {
        if let Some(begin) = self.recording.0.iter_mut().rfind(|entry| entry.event.enter().is_some()) {
            begin.event = Event::Enter { phase };
        }
    }

    /// Cuts bytes to what is left of the caps.
    pub fn keep(&mut self, bytes: &[u8]) -> Bytes {
        let kept = bytes.len().min(ENTRY_CAP).min(WALK_CAP.saturating_sub(self.stored));
        self.stored = self.stored.saturating_add(kept);
        Bytes { bytes: bytes.iter().take(kept).copied().collect(), length: bytes.len() }
    }

    /// Overwrites a secret with zeros in every entry that holds it whole.
    pub fn forget(&mut self, secret: &[u8]) {
        for entry in &mut self.recording.0 {
            let (Event::Received(kept) | Event::Opened { bytes: kept, .. }) = &mut entry.event else { continue };
            let windows = kept.bytes.windows(secret.len().max(1)).enumerate();
            let places: Vec<usize> = windows.filter(|(_, window)| *window == secret).map(|(at, _)| at).collect();
            for at in places {
                kept.bytes.iter_mut().skip(at).take(secret.len()).for_each(|byte| *byte = 0);
            }
        }
    }

    /// What is on the tape so far.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Seals the tape, in the order of time: what was seen by others than us was noted late. It grows no more, and needs
    /// no room for it.
    pub fn seal(mut self) -> Recording {
        self.recording.0.sort_by_key(|entry| entry.at);
        self.recording.0.shrink_to_fit();
        self.recording
    }
}
