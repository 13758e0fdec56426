//! What was received and what was not.
//!
//! ```text
//! 0              2
//! uAckVectorSize elements (uAckVectorSize bytes, each two bits of state and six of a run's length minus one), padding
//! ```

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

/// The longest ACK vector there may be, in elements of one byte.
pub const LONGEST_VECTOR: usize = 2048;

/// The longest run that one element tells of, in packets.
const LONGEST_RUN: u32 = 64;

/// The vector and the size in front of it are padded to a multiple of this, in bytes.
const ALIGNMENT: usize = 4;

open_enum! {
    /// What became of a run of packets, `VECTOR_ELEMENT_STATE`, [MS-RDPEUDP] 2.2.1.1.
    AckState: u8 {
        /// They were received.
        RECEIVED = 0, "DATAGRAM_RECEIVED";
        /// They were not received yet.
        NOT_YET_RECEIVED = 3, "DATAGRAM_NOT_YET_RECEIVED";
    }
}

/// Packets in a row with the same fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Their fate.
    pub state: AckState,
    /// How many they are.
    pub length: u32,
}

/// `RDPUDP_ACK_VECTOR_HEADER`, [MS-RDPEUDP] 2.2.2.7: the fate of the last packets up to the datagram's `source_ack`,
/// oldest first. It is kept as it stands on the wire, a byte for up to 64 packets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AckVector {
    elements: Vec<u8>,
}

impl AckVector {
    /// The vector of these runs, oldest first. Where they need more than [`LONGEST_VECTOR`] elements, the oldest are
    /// left out.
    pub fn new(runs: &[Run]) -> Self {
        let mut elements = Vec::new();
        for run in runs.iter().rev() {
            let mut left = run.length;
            while left > 0 && elements.len() < LONGEST_VECTOR {
                let length = left.min(LONGEST_RUN);
                let low = u8::try_from(length.saturating_sub(1)).unwrap_or(u8::MAX);
                elements.push(run.state.0 << 6 | low);
                left = left.saturating_sub(length);
            }
        }
        elements.reverse();
        Self { elements }
    }

    /// The runs, oldest first, each of at most 64 packets.
    pub fn runs(&self) -> impl DoubleEndedIterator<Item = Run> {
        self.elements
            .iter()
            .map(|element| Run { state: AckState(element >> 6), length: u32::from(element & 0x3f).saturating_add(1) })
    }

    /// How many packets it tells of.
    pub fn packets(&self) -> u32 {
        self.runs().map(|run| run.length).fold(0, u32::saturating_add)
    }

    /// How many of them were received.
    pub fn received(&self) -> u32 {
        let received = self.runs().filter(|run| run.state == AckState::RECEIVED);
        received.map(|run| run.length).fold(0, u32::saturating_add)
    }

    /// What became of packet `number`, in a datagram with this `source_ack`; `None` when the vector does not reach it.
    pub fn state(&self, source_ack: u32, number: u32) -> Option<AckState> {
        let mut back = source_ack.wrapping_sub(number);
        for run in self.runs().rev() {
            if back < run.length {
                return Some(run.state);
            }
            back = back.saturating_sub(run.length);
        }
        None
    }
}

impl Encode for AckVector {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(u16::try_from(self.elements.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend(&self.elements);
        out.extend(std::iter::repeat_n(0, padding(self.elements.len())));
    }
}

impl Decode<'_> for AckVector {
    const NAME: &'static str = "RDP-UDP ACK vector";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let size = reader.u16_be("uAckVectorSize")?;
        let length = usize::from(size);
        if length > LONGEST_VECTOR {
            return Err(reader.refuse("uAckVectorSize", 2, size.into(), "at most 0x800"));
        }
        let elements = reader.bytes("AckVector", length)?.to_owned();
        // Windows leaves there what its memory held.
        reader.bytes("AckVector padding", padding(length))?;
        Ok(Self { elements })
    }
}

/// How many bytes follow this many elements and the size in front of them.
fn padding(elements: usize) -> usize {
    let length = elements.saturating_add(2);
    length.next_multiple_of(ALIGNMENT).saturating_sub(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED: AckState = AckState::RECEIVED;
    const MISSING: AckState = AckState::NOT_YET_RECEIVED;

    #[test]
    fn a_run_is_written_one_less_than_it_is_long() {
        let vector = AckVector::new(&[Run { state: RECEIVED, length: 5 }]);
        assert_eq!(vector.to_bytes(), [0, 1, 4, 0]);
        let vector = AckVector::new(&[Run { state: MISSING, length: 65 }, Run { state: RECEIVED, length: 1 }]);
        assert_eq!(vector.to_bytes(), [0, 3, 0xc0, 0xff, 0, 0, 0, 0]);
    }

    #[test]
    fn a_vector_tells_the_fate_of_each_packet_back_from_the_last() {
        let vector = AckVector::decode(&[0, 3, 0x00, 0xc1, 0x00, 7, 7, 7]).unwrap();
        let fates = [5, 4, 3, 2, 1, 6].map(|number| vector.state(5, number));
        assert_eq!(fates, [Some(RECEIVED), Some(MISSING), Some(MISSING), Some(RECEIVED), None, None]);
        assert_eq!((vector.packets(), vector.received()), (4, 2));
        assert_eq!(vector.state(1, u32::MAX), Some(MISSING), "numbers wrap");
    }

    #[test]
    fn runs_beyond_all_measure_lose_their_oldest() {
        let vector = AckVector::new(&[
            Run { state: MISSING, length: 1 },
            Run { state: RECEIVED, length: u32::MAX },
            Run { state: MISSING, length: 1 },
        ]);
        assert_eq!(vector.runs().count(), LONGEST_VECTOR);
        assert_eq!(vector.packets(), 64 * 2047 + 1);
    }

    #[test]
    fn a_vector_that_is_too_long_is_refused_by_its_size() {
        let said = AckVector::decode(&[8, 1]).unwrap_err().to_string();
        assert_eq!(said, "RDP-UDP ACK vector: `uAckVectorSize` at byte 0 holds 0x801, not at most 0x800");
    }
}
