use std::iter;
use std::time::Duration;

use crate::clock::Moment;
use crate::evidence::{Direction, Event, Flag, Frame, Recording, Sense, TcpOption};

/// The packet that ended a connection, among those before and after it.
pub(super) struct End<'a> {
    pub(super) entry: usize,
    pub(super) at: Moment,
    pub(super) frame: &'a Frame,
    /// The SYN+ACK that came before.
    pub(super) syn_ack: Option<&'a Frame>,
    /// The sequence number that was due from the other side; `None` when it had not said any.
    pub(super) awaited: Option<u32>,
    /// All packets of the connection, in order.
    pub(super) frames: Vec<(usize, Moment, &'a Frame)>,
    /// Whether the capture missed none.
    pub(super) whole: bool,
}

/// What was said before a packet.
#[derive(Clone, Copy, Default)]
struct Before<'a> {
    syn_ack: Option<&'a Frame>,
    /// The furthest number that we have acknowledged, or that the other side has come to.
    next: Option<u32>,
}

impl<'a> Before<'a> {
    fn hear(&mut self, frame: &'a Frame) {
        let number = if is_theirs(frame) {
            self.syn_ack = self.syn_ack.or(Some(frame).filter(|frame| frame.has(Flag::Syn)));
            (!frame.has(Flag::Rst)).then(|| frame.next_seq())
        } else {
            frame.has(Flag::Ack).then_some(frame.ack)
        };
        self.next = self.next.into_iter().chain(number).reduce(|most, next| ahead(next, most).map_or(most, |_| next));
    }

    /// The number that is due from the other side, once it has said any.
    fn awaited(self) -> Option<u32> {
        self.syn_ack.and(self.next)
    }
}

impl<'a> End<'a> {
    /// The first RST or FIN that our own host can have believed, or else the first of all.
    pub(super) fn find(tape: &'a Recording) -> Option<Self> {
        let frames: Vec<_> = tape.frames().collect();
        let whole = !tape.entries().any(|(_, e)| matches!(e.event, Event::Blind { sense: Sense::Capture, .. }));
        let before = frames.iter().scan(Before::default(), |before, (.., frame)| {
            let then = *before;
            before.hear(frame);
            Some(then)
        });
        let mut ends = frames
            .iter()
            .zip(before)
            .filter(|((.., frame), _)| is_theirs(frame) && (frame.has(Flag::Rst) || frame.has(Flag::Fin)));
        let first = ends.next()?;
        let believed = iter::once(first)
            .chain(ends)
            .find(|((.., frame), before)| before.awaited().is_none_or(|due| frame.seq == due));
        let (&(entry, at, frame), before) = believed.unwrap_or(first);
        Some(Self { entry, at, frame, syn_ack: before.syn_ack, awaited: before.awaited(), frames, whole })
    }

    /// What it is, in a word.
    pub(super) fn name(&self) -> &'static str {
        if self.frame.has(Flag::Rst) { "RST" } else { "FIN" }
    }

    /// Our packets before it.
    pub(super) fn ours(&self) -> impl DoubleEndedIterator<Item = (Moment, &'a Frame)> {
        let before = self.frames.iter().filter(|(entry, _, frame)| *entry < self.entry && !is_theirs(frame));
        before.map(|(_, at, frame)| (*at, *frame))
    }

    /// Packets of the other side before it.
    pub(super) fn theirs(&self) -> impl DoubleEndedIterator<Item = &'a Frame> {
        let before = self.frames.iter().filter(|(entry, _, frame)| *entry < self.entry && is_theirs(frame));
        before.map(|(_, _, frame)| *frame)
    }

    /// Packets of the other side after it.
    pub(super) fn afterwards(&self) -> impl Iterator<Item = (usize, Moment, &'a Frame)> {
        self.frames.iter().filter(|(entry, _, frame)| *entry > self.entry && is_theirs(frame)).copied()
    }

    /// Our last SYN or data before it, and when it was sent.
    pub(super) fn last_of_ours(&self) -> Option<(Moment, &'a Frame)> {
        self.ours().rfind(|(_, frame)| says_something(frame))
    }

    /// How long it came after our last SYN or data.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        Some(self.at - self.last_of_ours()?.0)
    }

    /// Whether both sides have agreed on timestamps.
    pub(super) fn has_agreed_on_timestamps(&self) -> bool {
        let ours = self.ours().find(|(_, frame)| frame.has(Flag::Syn));
        ours.is_some_and(|(_, frame)| timestamps(frame).is_some()) && self.syn_ack.and_then(timestamps).is_some()
    }
}

/// Whether the other side ended the connection sooner than a packet to it and back takes, by the kernel's times of the
/// packets; `None` when they were not seen.
pub(in crate::verdict) fn early(tape: &Recording) -> Option<bool> {
    let elapsed = End::find(tape)?.elapsed()?;
    // The round trip is one sample or few, and need not be the least that is possible.
    Some(elapsed < tape.least_rtt()?.mul_f64(0.9))
}

pub(super) fn is_theirs(frame: &Frame) -> bool {
    frame.direction == Direction::Theirs
}

/// Whether a packet wants an answer.
pub(super) fn says_something(frame: &Frame) -> bool {
    frame.payload > 0 || frame.has(Flag::Syn)
}

/// How far one sequence number is ahead of another; `None` when it is behind.
pub(super) fn ahead(number: u32, of: u32) -> Option<u32> {
    Some(number.wrapping_sub(of)).filter(|distance| *distance < 1 << 31)
}

/// The sender's own timestamp, and the one that it gives back.
pub(super) fn timestamps(frame: &Frame) -> Option<(u32, u32)> {
    frame.options.iter().find_map(|option| {
        if let TcpOption::Timestamps { value, echo } = option { Some((*value, *echo)) } else { None }
    })
}
