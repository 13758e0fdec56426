use std::collections::VecDeque;

use super::{AckState, AckVector, Run};

/// How many packets from the next one on are kept when they come before their turn, and how far back the ACK vector
/// goes.
pub const WINDOW: u16 = 256;

/// How many bytes are kept that nobody has taken, in order or not.
const LONGEST_STREAM: usize = 256 * 1024;

/// The byte stream of the reliable mode out of its source packets, in whatever order they come; and the ACK vector
/// that tells the peer of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reassembly {
    /// The number of the packet whose turn it is.
    next: u32,
    /// How many packets before that one the ACK vector tells of.
    told: u16,
    /// The packets from that one on, up to the last that has come; the first is always missing.
    waiting: VecDeque<Option<Vec<u8>>>,
    ready: Vec<u8>,
    arrivals: Arrivals,
}

/// How packets came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrivals {
    /// All, but those that were refused.
    pub packets: u32,
    /// Those that had come before.
    pub duplicates: u32,
    /// Those that came after one of a higher number: overtaken on the way, or sent again.
    pub overtaken: u32,
}

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was its turn: the stream grew.
    InOrder,
    /// It waits for one before it.
    Ahead,
    /// It had come before, and was dropped.
    Duplicate,
}

/// Why a packet was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is too far ahead.
    #[error("packet {number} is beyond the window of {WINDOW} packets from {next} on")]
    BeyondWindow {
        /// Its number.
        number: u32,
        /// The packet whose turn it is.
        next: u32,
    },
    /// Too many bytes wait already.
    #[error("packet of {length} bytes does not fit beside the {held} bytes held, of {LONGEST_STREAM} at most")]
    Full {
        /// Its length in bytes.
        length: usize,
        /// How many bytes wait to be taken.
        held: usize,
    },
}

impl Reassembly {
    /// A stream whose first packet has the number `first`: the one after the peer's initial sequence number.
    pub fn new(first: u32) -> Self {
        let (waiting, ready) = (VecDeque::new(), Vec::new());
        Self { next: first, told: 0, waiting, ready, arrivals: Arrivals::default() }
    }

    /// Takes packet `number`, which carries `data`.
    pub fn take(&mut self, number: u32, data: &[u8]) -> Result<Taken, Refusal> {
        let distance = number.wrapping_sub(self.next);
        let place = usize::try_from(distance).unwrap_or(usize::MAX);
        if distance > u32::MAX / 2 || self.waiting.get(place).is_some_and(Option::is_some) {
            self.arrivals.packets = self.arrivals.packets.saturating_add(1);
            self.arrivals.duplicates = self.arrivals.duplicates.saturating_add(1);
            return Ok(Taken::Duplicate);
        }
        if distance >= WINDOW.into() {
            return Err(Refusal::BeyondWindow { number, next: self.next });
        }
        let held = self.held();
        if held.saturating_add(data.len()) > LONGEST_STREAM {
            return Err(Refusal::Full { length: data.len(), held });
        }
        self.arrivals.packets = self.arrivals.packets.saturating_add(1);
        if let Some(gap) = self.waiting.get_mut(place) {
            self.arrivals.overtaken = self.arrivals.overtaken.saturating_add(1);
            *gap = Some(data.to_owned());
        } else {
            self.waiting.resize(place, None);
            self.waiting.push_back(Some(data.to_owned()));
        }
        while let Some(data) = self.waiting.pop_front_if(|packet| packet.is_some()) {
            self.ready.extend(data.into_iter().flatten());
            self.next = self.next.wrapping_add(1);
            self.told = self.told.saturating_add(1).min(WINDOW);
        }
        Ok(if distance == 0 { Taken::InOrder } else { Taken::Ahead })
    }

    /// Takes out the bytes that are in order.
    pub fn stream(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.ready)
    }

    /// The peer need not be told of packet `number` or those before it: its `snResetSeqNum`. A number that has not
    /// come in order changes nothing.
    pub fn reset(&mut self, number: u32) {
        let after = self.next.wrapping_sub(1).wrapping_sub(number);
        self.told = u16::try_from(after).unwrap_or(u16::MAX).min(self.told);
    }

    /// The packet whose turn it is: all before it have come.
    pub fn next(&self) -> u32 {
        self.next
    }

    /// The highest number that has come, `snSourceAck`; before the first packet, the one before it.
    pub fn highest(&self) -> u32 {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        self.next.wrapping_add(waiting).wrapping_sub(1)
    }

    /// What to tell the peer, together with [`Self::highest`]: the fate of every packet since its last reset, but of
    /// none more than [`WINDOW`] before the one whose turn it is.
    pub fn vector(&self) -> AckVector {
        let mut runs = vec![Run { state: AckState::RECEIVED, length: self.told.into() }];
        for packet in &self.waiting {
            let state = if packet.is_some() { AckState::RECEIVED } else { AckState::NOT_YET_RECEIVED };
            match runs.last_mut() {
                Some(run) if run.state == state => run.length = run.length.saturating_add(1),
                Some(_) | None => runs.push(Run { state, length: 1 }),
            }
        }
        AckVector::new(&runs)
    }

    /// How packets came so far.
    pub fn arrivals(&self) -> Arrivals {
        self.arrivals
    }

    /// How many bytes wait to be taken.
    fn held(&self) -> usize {
        self.waiting.iter().flatten().map(Vec::len).fold(self.ready.len(), usize::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Encode;

    /// Takes packets that carry their own number, and says what came out.
    fn taken(first: u32, numbers: &[u32]) -> (Reassembly, Vec<u32>) {
        let mut stream = Reassembly::new(first);
        for number in numbers {
            stream.take(*number, &number.to_be_bytes()).unwrap();
        }
        let bytes = stream.stream();
        let (chunks, _) = bytes.as_chunks();
        (stream, chunks.iter().map(|chunk| u32::from_be_bytes(*chunk)).collect())
    }

    #[test]
    fn packets_come_out_in_order_and_once() {
        let (stream, out) = taken(u32::MAX, &[2, u32::MAX, 0, 0, 1, u32::MAX, 3]);
        assert_eq!(out, [u32::MAX, 0, 1, 2, 3]);
        assert_eq!((stream.next(), stream.highest()), (4, 3));
        assert_eq!(stream.arrivals(), Arrivals { packets: 7, duplicates: 2, overtaken: 3 });
    }

    #[test]
    fn the_vector_tells_of_a_gap_and_forgets_what_was_reset() {
        let (mut stream, out) = taken(10, &[10, 11, 13]);
        assert_eq!((out, stream.highest()), (vec![10, 11], 13));
        assert_eq!(stream.vector().to_bytes(), [0, 3, 1, 0xc0, 0, 0, 0, 0]);
        stream.reset(10);
        assert_eq!(stream.vector().to_bytes(), [0, 3, 0, 0xc0, 0, 0, 0, 0]);
        stream.reset(9);
        stream.reset(12);
        stream.reset(u32::MAX);
        assert_eq!(stream.vector().packets(), 3, "a reset to what was reset, or has not come, changes nothing");
        stream.reset(11);
        assert_eq!(stream.vector().to_bytes(), [0, 2, 0xc0, 0]);
    }

    #[test]
    fn before_the_first_packet_the_vector_is_empty() {
        let stream = Reassembly::new(10);
        assert_eq!((stream.highest(), stream.vector()), (9, AckVector::default()));
    }

    #[test]
    fn the_vector_stays_short_however_long_the_stream() {
        let (stream, _) = taken(0, &(0..1000).collect::<Vec<_>>());
        assert_eq!(stream.vector().to_bytes(), [0, 4, 63, 63, 63, 63, 0, 0]);
    }

    #[test]
    fn what_is_too_far_ahead_or_too_much_is_refused() {
        let mut stream = Reassembly::new(5);
        assert_eq!(stream.take(5 + 255, &[]), Ok(Taken::Ahead));
        assert_eq!(stream.take(5 + 256, &[]), Err(Refusal::BeyondWindow { number: 261, next: 5 }));
        let half = vec![0; LONGEST_STREAM / 2];
        assert_eq!((stream.take(5, &half), stream.take(7, &half)), (Ok(Taken::InOrder), Ok(Taken::Ahead)));
        assert_eq!(stream.take(6, &[0]), Err(Refusal::Full { length: 1, held: LONGEST_STREAM }));
        assert_eq!(stream.stream().len(), half.len());
        assert_eq!(stream.take(6, &[0]), Ok(Taken::InOrder));
    }
}
