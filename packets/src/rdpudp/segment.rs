//! The datagrams of an open connection, up to version 2.
//!
//! ```text
//! 0         4             6      8
//! sourceAck receiveWindow flags  [ACK vector] [resetSeqNum] [coded  start [range  index  padding] data]
//! ```

use crate::codec::{Decode, DecodeError, Encode, Reader};

use super::{AckVector, Flags, Opening};

/// A datagram of version 1 or 2 behind the two openings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The highest number of a source packet that the sender has seen.
    pub source_ack: u32,
    /// How many packets the sender has room for.
    pub receive_window: u16,
    /// What is said beside: written, the flags of what is there or not follow the fields.
    pub flags: Flags,
    /// What the sender has received.
    pub ack: Option<AckVector>,
    /// `snResetSeqNum`: the peer's ACK vectors need not go back to this number or before.
    pub reset: Option<u32>,
    /// What is sent.
    pub payload: Option<Payload<'a>>,
}

/// What a datagram carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload<'a> {
    /// Bytes of the stream, or a DTLS datagram: `RDPUDP_SOURCE_PAYLOAD_HEADER`, [MS-RDPEUDP] 2.2.2.4.
    Source {
        /// The number of this transmission.
        coded: u32,
        /// The number of what is transmitted: the same when it is sent again.
        start: u32,
        /// The bytes.
        data: &'a [u8],
    },
    /// Forward error correction: `RDPUDP_FEC_PAYLOAD_HEADER`, [MS-RDPEUDP] 2.2.2.2.
    Fec {
        /// The number of this transmission.
        coded: u32,
        /// The first source packet that it covers.
        start: u32,
        /// How many more it covers.
        range: u8,
        /// Which of the combinations of these packets it is.
        index: u8,
        /// The combination, with two bytes of length at its head.
        data: &'a [u8],
    },
}

impl Payload<'_> {
    /// The flags that announce it.
    fn flags(&self) -> Flags {
        match self {
            Self::Source { .. } => Flags::DATA,
            Self::Fec { .. } => Flags::DATA.with(Flags::FEC),
        }
    }
}

impl Segment<'_> {
    /// An acknowledgement, and nothing else.
    pub fn acknowledging(source_ack: u32, receive_window: u16, vector: AckVector) -> Self {
        Self { source_ack, receive_window, flags: Flags::ACK, ack: Some(vector), reset: None, payload: None }
    }
}

impl<'a> Segment<'a> {
    /// The same, with bytes of the stream: packet `number`, sent for the first time.
    #[must_use]
    pub fn carrying(mut self, number: u32, data: &'a [u8]) -> Self {
        self.payload = Some(Payload::Source { coded: number, start: number, data });
        self.flags = self.flags.with(Flags::DATA);
        self
    }

    /// The flags, of which those that announce a part say what is there. A FEC flag without a payload means nothing,
    /// and stays.
    fn flags_of_content(&self) -> Flags {
        let flags = self
            .flags
            .saying(Flags::SYN, false)
            .saying(Flags::ACK, self.ack.is_some())
            .saying(Flags::ACK_OF_ACKS, self.reset.is_some())
            .saying(Flags::DATA, false);
        self.payload.map_or(flags, |payload| flags.saying(Flags::FEC, false).with(payload.flags()))
    }
}

impl Encode for Segment<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.source_ack.to_be_bytes());
        out.extend(self.receive_window.to_be_bytes());
        out.extend(self.flags_of_content().0.to_be_bytes());
        if let Some(ack) = &self.ack {
            ack.encode(out);
        }
        out.extend(self.reset.iter().flat_map(|reset| reset.to_be_bytes()));
        if let Some(payload) = &self.payload {
            payload.encode(out);
        }
    }
}

impl<'a> Decode<'a> for Segment<'a> {
    const NAME: &'static str = "RDP-UDP datagram";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let source_ack = reader.u32_be("snSourceAck")?;
        let receive_window = reader.u16_be("uReceiveWindowSize")?;
        let flags = Flags(reader.u16_be("uFlags")?);
        if flags.contains(Flags::SYN) {
            return Err(reader.refuse("uFlags", 2, flags.0.into(), "without SYN, 0x0001"));
        }
        let ack = if flags.contains(Flags::ACK) { Some(AckVector::read(reader)?) } else { None };
        let reset = if flags.contains(Flags::ACK_OF_ACKS) { Some(reader.u32_be("snResetSeqNum")?) } else { None };
        let payload = match (flags.contains(Flags::DATA), flags.contains(Flags::FEC)) {
            (true, false) => Some(Payload::source(reader)?),
            (true, true) => Some(Payload::fec(reader)?),
            (false, _) => None,
        };
        Ok(Self { source_ack, receive_window, flags, ack, reset, payload })
    }
}

impl<'a> Payload<'a> {
    fn source(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let coded = reader.u32_be("snCoded")?;
        let start = reader.u32_be("snSourceStart")?;
        Ok(Self::Source { coded, start, data: reader.rest() })
    }

    fn fec(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let coded = reader.u32_be("snCoded")?;
        let start = reader.u32_be("snSourceStart")?;
        let range = reader.u8("uRange")?;
        let index = reader.u8("uFecIndex")?;
        reader.u16_be("uPadding")?;
        Ok(Self::Fec { coded, start, range, index, data: reader.rest() })
    }
}

impl Encode for Payload<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let (Self::Source { coded, start, data } | Self::Fec { coded, start, data, .. }) = *self;
        out.extend(coded.to_be_bytes());
        out.extend(start.to_be_bytes());
        if let Self::Fec { range, index, .. } = *self {
            out.extend([range, index, 0, 0]);
        }
        out.extend(data);
    }
}

/// Any datagram of versions 1 and 2, and the openings of all versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Datagram<'a> {
    /// SYN or SYN+ACK.
    Opening(Opening),
    /// Everything after.
    Segment(Segment<'a>),
}

impl Encode for Datagram<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Opening(opening) => opening.encode(out),
            Self::Segment(segment) => segment.encode(out),
        }
    }
}

impl<'a> Decode<'a> for Datagram<'a> {
    const NAME: &'static str = "RDP-UDP datagram";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        match reader.peek() {
            Some([_, _, _, _, _, _, high, low]) if Flags(u16::from_be_bytes([high, low])).contains(Flags::SYN) => {
                let mut opening = reader.clone().named(Opening::NAME);
                let read = Opening::read(&mut opening)?;
                reader.rest();
                Ok(Self::Opening(read))
            }
            Some(_) | None => Segment::read(reader).map(Self::Segment),
        }
    }
}
