use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Direction, End, Entry, Event, Flag, Frame, Outcome};
use crate::clock::Moment;
use crate::phase::Phase;
use crate::sys::TcpInfo;

/// Whose clock a time was read off, the most exact first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The kernel's time stamps of packets on the wire.
    Wire,
    /// The kernel's own measurement (`TCP_INFO`).
    Kernel,
    /// Ours, around system calls: scheduling is in it.
    Userspace,
}

/// A sealed tape: pure questions about what was seen and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Recording(pub Vec<Entry>);

impl Recording {
    /// The entries with their index, which citations use.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (usize, &Entry)> + ExactSizeIterator {
        self.0.iter().enumerate()
    }

    /// When a phase began, and when it ended. It may have been entered more than once: then from the first time to the
    /// end of the last.
    pub fn span(&self, phase: Phase) -> Option<(Moment, Moment)> {
        let enter = self.0.iter().find(|entry| entry.event.enter() == Some(phase))?;
        let leave = self.0.iter().rfind(|entry| entry.event.leave().is_some_and(|(left, _)| left == phase));
        Some((enter.at, leave.or(self.0.last())?.at))
    }

    /// How a phase ended, when it was entered.
    pub fn outcome(&self, phase: Phase) -> Option<Outcome> {
        let mut left = self.0.iter().rev().filter_map(|entry| entry.event.leave());
        left.find_map(|(left, how)| (left == phase).then_some(how))
    }

    /// The entries between a phase's marks, with their index.
    pub fn during(&self, phase: Phase) -> impl DoubleEndedIterator<Item = (usize, &Entry)> {
        let enter = self.0.iter().position(|entry| entry.event.enter() == Some(phase)).unwrap_or(self.0.len());
        let leave = self.0.iter().rposition(|entry| entry.event.leave().is_some_and(|(left, _)| left == phase));
        let end = leave.unwrap_or(self.0.len()).max(enter);
        self.entries().take(end).skip(enter)
    }

    /// The phases that passed, in order.
    pub fn passed(&self) -> impl Iterator<Item = Phase> {
        let left = self.0.iter().filter_map(|entry| entry.event.leave());
        left.filter_map(|(phase, how)| (how == Outcome::Passed).then_some(phase))
    }

    /// How often the other side answered what we had sent: each turn from our bytes to theirs is one round trip.
    /// A TCP connection that is established took one.
    pub fn round_trips(&self, phase: Phase) -> u32 {
        if phase == Phase::Connect {
            return u32::from(self.outcome(phase) == Some(Outcome::Passed));
        }
        let mut turns: u32 = 0;
        let mut ours_is_last = false;
        for (_, entry) in self.during(phase) {
            if entry.event.sent().is_some() {
                ours_is_last = true;
            } else if entry.event.received().is_some() && ours_is_last {
                turns = turns.saturating_add(1);
                ours_is_last = false;
            }
        }
        turns
    }

    /// What the kernel knew of the connection when a phase ended.
    pub fn kernel(&self, phase: Phase) -> Option<&TcpInfo> {
        self.during(phase).filter_map(|(_, entry)| entry.event.kernel()).next_back()
    }

    /// The path's round-trip time, as [`round_trip`](Self::round_trip) has it.
    pub fn path_rtt(&self) -> Option<Duration> {
        self.round_trip().map(|(_, rtt)| rtt)
    }

    /// The least round trip that was seen, by whichever clock: a SYN+ACK may take longer than what follows it.
    pub fn least_rtt(&self) -> Option<Duration> {
        self.path_rtt().into_iter().chain(self.kernel_rtt()).min()
    }

    /// The least round trip that the kernel measured.
    fn kernel_rtt(&self) -> Option<Duration> {
        let samples = self.0.iter().filter_map(|entry| entry.event.kernel()?.min_rtt_us);
        samples.min().map(Duration::from_micros)
    }

    /// The path's round-trip time by the best clock that saw it: what the SYN+ACK took on the wire, or else the smallest
    /// that the kernel measured, or else the time that the connection took, when no SYN was sent twice.
    pub fn round_trip(&self) -> Option<(Source, Duration)> {
        let kernel = || self.kernel_rtt().map(|rtt| (Source::Kernel, rtt));
        let userspace = || {
            let (enter, leave) = self.span(Phase::Connect)?;
            let at_once = self.kernel(Phase::Connect).is_none_or(|info| info.retransmits.unwrap_or_default() == 0);
            // A walk of packets that were sent for their fate makes no connection.
            let connects = !self.0.iter().any(|entry| matches!(entry.event, Event::Probe { .. }));
            let passed = self.outcome(Phase::Connect) == Some(Outcome::Passed);
            (passed && connects && at_once).then(|| (Source::Userspace, leave - enter))
        };
        self.syn_rtt().map(|rtt| (Source::Wire, rtt)).or_else(kernel).or_else(userspace)
    }

    /// The packets that the capture saw, with their index and the kernel's time.
    pub fn frames(&self) -> impl DoubleEndedIterator<Item = (usize, Moment, &Frame)> {
        self.entries().filter_map(|(index, entry)| Some((index, entry.at, entry.event.frame()?)))
    }

    /// The first SYN+ACK of the other side, and when it came.
    pub fn syn_ack(&self) -> Option<(Moment, &Frame)> {
        let answer =
            |frame: &Frame| frame.direction == Direction::Theirs && frame.has(Flag::Syn) && frame.has(Flag::Ack);
        self.frames().find_map(|(_, at, frame)| answer(frame).then_some((at, frame)))
    }

    /// How long the SYN+ACK took on the wire; `None` when our SYN was sent twice, since nobody knows which one it
    /// answers.
    pub fn syn_rtt(&self) -> Option<Duration> {
        let (answered, _) = self.syn_ack()?;
        let mut ours = self
            .frames()
            .filter(|(_, at, frame)| frame.direction == Direction::Ours && frame.has(Flag::Syn) && *at <= answered);
        let (_, sent, _) = ours.next()?;
        ours.next().is_none().then(|| answered - sent)
    }

    /// The last entry that `pick` accepts, with its index.
    pub fn last(&self, pick: impl Fn(&Event) -> bool) -> Option<(usize, &Entry)> {
        self.entries().rfind(|(_, entry)| pick(&entry.event))
    }

    /// Our last bytes before `moment`, with their index.
    pub fn last_sent(&self, before: Moment) -> Option<(usize, &Entry)> {
        self.entries().rfind(|(_, entry)| entry.at <= before && entry.event.sent().is_some())
    }

    /// The first end of the connection, with its index.
    pub fn ended(&self) -> Option<(usize, &Entry, End)> {
        self.entries().find_map(|(index, entry)| entry.event.ended().map(|how| (index, entry, how)))
    }

    /// How many bytes came during a phase.
    pub fn received(&self, phase: Phase) -> usize {
        self.during(phase).filter_map(|(_, entry)| entry.event.received()).map(|bytes| bytes.length).sum()
    }
}
