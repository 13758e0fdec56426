//! RDP-UDP2, [MS-RDPEUDP2] 2.2.1, little-endian: what a connection of version 3 speaks once it is open.
//!
//! ```text
//! 0       1                        3
//! prefix  flags (12 bits)          [ack] [overhead] [delay ack info] [ack of acks] [data header] [ack vector] [data]
//!         window's log2 (4 bits)
//! ```
//!
//! On the wire the first byte has changed places with the eighth, so no datagram is shorter than eight bytes.

mod ack;

pub use ack::{Ack, Code, CodedVector, MOST_CODES, Stamp};

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::{open_bits, open_enum};

/// The number that Windows gives its first packet of data.
pub const FIRST_DATA: u16 = 100;

/// The window that Windows has room for, as a power of two.
pub const WINDOW_LOG: u8 = 12;

/// The byte that changes places with the prefix.
const SWAPPED: usize = 7;

/// The length in the prefix of a packet that is not short.
const LONG: u8 = 7;

open_enum! {
    /// What a packet is for, `Packet_Type_Index`, [MS-RDPEUDP2] 2.2.1.3.
    PacketType: u8 {
        /// It is meant.
        DATA = 0, "data";
        /// It measures the path: nobody reads what it carries, and it is not sent again.
        DUMMY = 8, "dummy";
    }
}

open_bits! {
    /// What a packet holds, `Flags`, [MS-RDPEUDP2] 2.2.1.1 as corrected in August 2021.
    PacketFlags: u16 {
        /// An [`Ack`].
        ACK = 0x001, "ACK";
        /// A [`Data`].
        DATA = 0x004, "DATA";
        /// A [`CodedVector`].
        ACKVEC = 0x008, "ACKVEC";
        /// The number below which the peer shall not acknowledge any more.
        AOA = 0x010, "AOA";
        /// How many bytes the sender's layers below take.
        OVERHEADSIZE = 0x040, "OVERHEADSIZE";
        /// A [`DelayAckInfo`].
        DELAYACKINFO = 0x100, "DELAYACKINFO";
    }
}

/// A packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// What it is for.
    pub kind: PacketType,
    /// What it says beside, 12 bits. Written, the flags of what is there or not follow the fields.
    pub flags: PacketFlags,
    /// How many packets the sender has room for, as a power of two: 4 bits.
    pub window_log: u8,
    /// All up to a packet has come.
    pub ack: Option<Ack>,
    /// How many bytes the layers around the stream take in each of the sender's packets.
    pub overhead: Option<u8>,
    /// How long the peer may hold an acknowledgement back.
    pub delay_ack: Option<DelayAckInfo>,
    /// `AckOfAcksSeqNum`: the peer need not tell of what is before this number.
    pub ack_of_acks: Option<u16>,
    /// Some packets have come, and some not; never together with `ack`.
    pub ack_vector: Option<CodedVector>,
    /// What is sent.
    pub data: Option<Data>,
}

/// `DelayAckInfo` Payload, [MS-RDPEUDP2] 2.2.1.2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DelayAckInfo {
    /// How many acknowledgements the peer may hold back.
    pub most: u8,
    /// How long it may do so, in milliseconds.
    pub timeout_ms: u16,
}

/// `DataHeader` and `DataBody` Payload, [MS-RDPEUDP2] 2.2.1.2.5 and 2.2.1.2.7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// `DataSeqNum`, the low 16 bits: this transmission's number.
    pub number: u16,
    /// `ChannelSeqNum`, the low 16 bits: where the bytes stand in the stream, the same when they are sent again. A
    /// dummy has its first two bytes there.
    pub channel_number: u16,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Packet {
    /// A packet that says nothing yet.
    pub fn new(kind: PacketType) -> Self {
        Self {
            kind,
            flags: PacketFlags(0),
            window_log: WINDOW_LOG,
            ack: None,
            overhead: None,
            delay_ack: None,
            ack_of_acks: None,
            ack_vector: None,
            data: None,
        }
    }

    /// The flags, of which those that announce a part say what is there.
    fn flags_of_content(&self) -> PacketFlags {
        self.flags
            .saying(PacketFlags::ACK, self.ack.is_some())
            .saying(PacketFlags::DATA, self.data.is_some())
            .saying(PacketFlags::ACKVEC, self.ack_vector.is_some())
            .saying(PacketFlags::AOA, self.ack_of_acks.is_some())
            .saying(PacketFlags::OVERHEADSIZE, self.overhead.is_some())
            .saying(PacketFlags::DELAYACKINFO, self.delay_ack.is_some())
    }

    /// Writes what follows the prefix.
    fn encode_layout(&self, out: &mut Vec<u8>) {
        let header = self.flags_of_content().0 & 0x0fff | u16::from(self.window_log) << 12;
        out.extend(header.to_le_bytes());
        if let Some(ack) = &self.ack {
            ack.encode(out);
        }
        out.extend(self.overhead);
        if let Some(DelayAckInfo { most, timeout_ms }) = self.delay_ack {
            out.push(most);
            out.extend(timeout_ms.to_le_bytes());
        }
        out.extend(self.ack_of_acks.iter().flat_map(|number| number.to_le_bytes()));
        out.extend(self.data.iter().flat_map(|data| data.number.to_le_bytes()));
        if let Some(vector) = &self.ack_vector {
            vector.encode(out);
        }
        if let Some(data) = &self.data {
            out.extend(data.channel_number.to_le_bytes());
            out.extend(&data.bytes);
        }
    }

    /// Reads what follows the prefix.
    fn read_layout(kind: PacketType, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let header = reader.u16_le("Header")?;
        let flags = PacketFlags(header & 0x0fff);
        let [_, high] = header.to_le_bytes();
        let has = |flag| flags.contains(flag);
        let ack = if has(PacketFlags::ACK) { Some(Ack::read(reader)?) } else { None };
        let overhead = if has(PacketFlags::OVERHEADSIZE) { Some(reader.u8("OverheadSize")?) } else { None };
        let delay_ack = if has(PacketFlags::DELAYACKINFO) { Some(DelayAckInfo::read(reader)?) } else { None };
        let ack_of_acks = if has(PacketFlags::AOA) { Some(reader.u16_le("AckOfAcksSeqNum")?) } else { None };
        let number = if has(PacketFlags::DATA) { Some(reader.u16_le("DataSeqNum")?) } else { None };
        let ack_vector = if has(PacketFlags::ACKVEC) { Some(CodedVector::read(reader)?) } else { None };
        let data = match number {
            Some(number) => {
                let channel_number = reader.u16_le("ChannelSeqNum")?;
                Some(Data { number, channel_number, bytes: reader.rest().to_owned() })
            }
            None => None,
        };
        let window_log = high >> 4;
        Ok(Self { kind, flags, window_log, ack, overhead, delay_ack, ack_of_acks, ack_vector, data })
    }
}

impl DelayAckInfo {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { most: reader.u8("MaxDelayedAcks")?, timeout_ms: reader.u16_le("DelayedAckTimeoutInMs")? })
    }
}

impl Encode for Packet {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut packet = vec![0];
        self.encode_layout(&mut packet);
        let length = u8::try_from(packet.len().saturating_sub(1)).unwrap_or(LONG).min(LONG);
        if let Some(prefix) = packet.first_mut() {
            *prefix = length << 5 | (self.kind.0 & 0x0f) << 1;
        }
        packet.resize(packet.len().max(SWAPPED.saturating_add(1)), 0);
        packet.swap(0, SWAPPED);
        out.extend(packet);
    }
}

impl Decode<'_> for Packet {
    const NAME: &'static str = "RDP-UDP2 packet";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.clone().bytes("PacketPrefixByte and seven more", SWAPPED.saturating_add(1))?;
        let mut bytes = reader.rest().to_owned();
        bytes.swap(0, SWAPPED);
        let mut packet = Reader::new(Self::NAME, &bytes);
        let prefix = packet.u8("PacketPrefixByte")?;
        // Nothing fills up a packet that is not short; the specification has 0 for such a one too.
        let padding = match prefix >> 5 {
            0 => 0,
            length => LONG.saturating_sub(length),
        };
        let length = packet.left().saturating_sub(padding.into());
        let mut layout = packet.nested(Self::NAME, "Header", length)?;
        let read = Self::read_layout(PacketType(prefix >> 1 & 0x0f), &mut layout)?;
        layout.finish()?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_changes_places_with_the_eighth() {
        let data = Data { number: FIRST_DATA, channel_number: 1, bytes: vec![0xaa, 0xbb] };
        let packet = Packet { data: Some(data), ..Packet::new(PacketType::DATA) };
        let bytes = packet.to_bytes();
        assert_eq!(bytes, [0xaa, 0x04, 0xc0, 100, 0, 1, 0, 0xe0, 0xbb]);
        assert_eq!(Packet::decode(&bytes).unwrap().to_bytes(), bytes);
    }

    #[test]
    fn a_short_packet_is_padded_to_eight_bytes_and_its_prefix_says_how_long_it_is() {
        let packet = Packet { ack_of_acks: Some(FIRST_DATA), ..Packet::new(PacketType::DUMMY) };
        let bytes = packet.to_bytes();
        assert_eq!(bytes, [0, 0x10, 0xc0, 100, 0, 0, 0, 0x90]);
        assert_eq!(Packet::decode(&bytes).unwrap().ack_of_acks, Some(FIRST_DATA));
        let said = Packet::decode(&bytes[..7]).unwrap_err().to_string();
        assert_eq!(said, "RDP-UDP2 packet: `PacketPrefixByte and seven more` at byte 0 needs 8 bytes, 7 are left");
    }

    #[test]
    fn flags_without_a_name_survive() {
        let bytes = [0, 0x00, 0xc2, 0, 0, 0, 0, 0x40];
        assert_eq!(Packet::decode(&bytes).unwrap().flags, PacketFlags(0x200));
        assert_eq!(Packet::decode(&bytes).unwrap().to_bytes(), bytes);
    }
}
