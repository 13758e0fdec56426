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
    /// All packets of the connection, in order.
    pub(super) frames: Vec<(usize, Moment, &'a Frame)>,
    /// Whether the capture missed none.
    pub(super) whole: bool,
}

impl<'a> End<'a> {
    /// The first RST or FIN that our own host can have believed, or else the first of all.
    pub(super) fn find(tape: &'a Recording) -> Option<Self> {
        let frames: Vec<_> = tape.frames().collect();
        let whole = !tape.entries().any(|(_, e)| matches!(e.event, Event::Blind { sense: Sense::Capture, .. }));
        let ends =
            frames.iter().filter(|(_, _, frame)| is_theirs(frame) && (frame.has(Flag::Rst) || frame.has(Flag::Fin)));
        let ends = ends.map(|(entry, at, frame)| {
            let before = frames.iter().take_while(|(other, ..)| other < entry).map(|(_, _, frame)| *frame);
            let syn_ack = before.filter(|frame| is_theirs(frame)).find(|frame| frame.has(Flag::Syn));
            Self { entry: *entry, at: *at, frame, syn_ack, frames: frames.clone(), whole }
        });
        let mut ends: Vec<_> = ends.collect();
        let believed = ends.iter().position(|end| end.awaited().is_none_or(|next| end.frame.seq == next));
        (!ends.is_empty()).then(|| ends.swap_remove(believed.unwrap_or_default()))
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

    /// The sequence number that was due from the other side; `None` when it had not said any.
    pub(super) fn awaited(&self) -> Option<u32> {
        self.syn_ack?;
        let acknowledged = self.ours().filter(|(_, frame)| frame.has(Flag::Ack)).map(|(_, frame)| frame.ack);
        let sent = self.theirs().filter(|frame| !frame.has(Flag::Rst)).map(Frame::next_seq);
        acknowledged.chain(sent).reduce(|most, next| if ahead(next, most).is_some() { next } else { most })
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
