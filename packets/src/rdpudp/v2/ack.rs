use crate::codec::{Decode, DecodeError, Encode, Reader};

/// The longest ACK vector there may be, in codes of one byte.
pub const MOST_CODES: usize = 127;

/// How many delays an [`Ack`] can tell of.
const MOST_DELAYS: usize = 15;

/// The bit of a [`CodedVector`]'s size that says that a [`Stamp`] follows.
const STAMPED: u8 = 0x80;

/// Acknowledgement Payload, [MS-RDPEUDP2] 2.2.1.2.1: all up to a packet has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// `SeqNum`, the low 16 bits.
    pub number: u16,
    /// When that packet came.
    pub stamp: Stamp,
    /// `delayAckTimeScale`, 4 bits: the unit of the delays is the microsecond, times two to this.
    pub scale: u8,
    /// `delayAckTimeAdditions`: how long before that packet each of those before it came, at most 15.
    pub delays: Vec<u8>,
}

/// When a packet was received, and how long ago that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// By the receiver's clock, in units of 4 microseconds: 24 bits.
    pub received: u32,
    /// How long the receiver has waited since, in milliseconds; 255 says nothing.
    pub waited_ms: u8,
}

/// Acknowledgement Vector Payload, [MS-RDPEUDP2] 2.2.1.2.6: what has come and what has not, from a packet on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodedVector {
    /// `BaseSeqNum`, the low 16 bits: the first packet that it tells of.
    pub base: u16,
    /// When the last packet came.
    pub stamp: Option<Stamp>,
    /// `codedAckVector`, as it stands on the wire; see [`Self::codes`].
    coded: Vec<u8>,
}

/// What one byte of a [`CodedVector`] tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Of seven packets, a bit each: set for those that have come. Which of the bits is the first packet's, the
    /// specification does not say.
    Map(u8),
    /// Of packets in a row with the same fate.
    Run {
        /// Whether they have come.
        received: bool,
        /// How many they are: 6 bits.
        length: u8,
    },
}

impl CodedVector {
    /// The vector of these codes, of which [`MOST_CODES`] are kept.
    pub fn new(base: u16, stamp: Option<Stamp>, codes: &[Code]) -> Self {
        let bytes = codes.iter().take(MOST_CODES).map(|code| match *code {
            Code::Map(bits) => bits & 0x7f,
            Code::Run { received, length } => 0x80 | u8::from(received) << 6 | length & 0x3f,
        });
        Self { base, stamp, coded: bytes.collect() }
    }

    /// What it tells, first packet first.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        self.coded.iter().map(|byte| match byte {
            0..0x80 => Code::Map(*byte),
            0x80.. => Code::Run { received: byte & 0x40 != 0, length: byte & 0x3f },
        })
    }

    /// How many packets have come.
    pub fn received(&self) -> u32 {
        let received = self.codes().map(|code| match code {
            Code::Map(bits) => bits.count_ones(),
            Code::Run { received, length } => u32::from(length).saturating_mul(received.into()),
        });
        received.fold(0, u32::saturating_add)
    }
}

impl Encode for Ack {
    fn encode(&self, out: &mut Vec<u8>) {
        let delays = self.delays.iter().take(MOST_DELAYS);
        out.extend(self.number.to_le_bytes());
        self.stamp.encode(out);
        out.push(u8::try_from(delays.len()).unwrap_or(0x0f) | self.scale << 4);
        out.extend(delays);
    }
}

impl Decode<'_> for Ack {
    const NAME: &'static str = "RDP-UDP2 Acknowledgement";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let number = reader.u16_le("SeqNum")?;
        let stamp = Stamp::read(reader)?;
        let delays = reader.u8("numDelayedAcks and delayAckTimeScale")?;
        let scale = delays >> 4;
        let delays = reader.bytes("delayAckTimeAdditions", (delays & 0x0f).into())?.to_owned();
        Ok(Self { number, stamp, scale, delays })
    }
}

impl Encode for Stamp {
    fn encode(&self, out: &mut Vec<u8>) {
        let [low, middle, high, _] = self.received.to_le_bytes();
        out.extend([low, middle, high, self.waited_ms]);
    }
}

impl Decode<'_> for Stamp {
    const NAME: &'static str = "RDP-UDP2 timestamp";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let [low, middle, high] = reader.array("TimeStamp")?;
        let received = u32::from_le_bytes([low, middle, high, 0]);
        Ok(Self { received, waited_ms: reader.u8("SendAckTimeGapInMs")? })
    }
}

impl Encode for CodedVector {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.base.to_le_bytes());
        let stamped = if self.stamp.is_some() { STAMPED } else { 0 };
        out.push(u8::try_from(self.coded.len()).unwrap_or(!STAMPED) | stamped);
        if let Some(stamp) = self.stamp {
            stamp.encode(out);
        }
        out.extend(&self.coded);
    }
}

impl Decode<'_> for CodedVector {
    const NAME: &'static str = "RDP-UDP2 Acknowledgement Vector";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let base = reader.u16_le("BaseSeqNum")?;
        let size = reader.u8("codedAckVecSize")?;
        let stamp = if size & STAMPED == 0 { None } else { Some(Stamp::read(reader)?) };
        let coded = reader.bytes("codedAckVector", (size & !STAMPED).into())?.to_owned();
        Ok(Self { base, stamp, coded })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_counts_what_has_come_in_maps_and_in_runs() {
        let run = |received, length| Code::Run { received, length };
        let codes = [run(true, 36), run(false, 2), Code::Map(0b101)];
        let vector = CodedVector::new(100, None, &codes);
        assert_eq!(vector.to_bytes(), [100, 0, 3, 0xe4, 0x82, 5]);
        assert_eq!((vector.received(), vector.codes().collect::<Vec<_>>()), (38, codes.to_vec()));
    }

    #[test]
    fn a_vector_is_cut_where_its_size_cannot_say_more() {
        let vector = CodedVector::new(0, None, &[Code::Map(0x7f); 200]);
        assert_eq!((vector.codes().count(), vector.to_bytes().get(2)), (MOST_CODES, Some(&127)));
    }
}
