//! Pieces of handshake messages.
//!
//! ```text
//! 0         1       4            6                9                12
//! msg_type  length  message_seq  fragment_offset  fragment_length  body (fragment_length bytes)
//! ```

use crate::codec::{Decode, DecodeError, Encode, Reader, length_u24_be};
use crate::tls::{HandshakeType, LONGEST_MESSAGE};

/// A piece of a handshake message, or all of it: RFC 6347 section 4.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// The message's kind.
    pub kind: HandshakeType,
    /// The length of the message's whole body in bytes: 24 bits.
    pub length: u32,
    /// The message's number, the same when it is sent again.
    pub message_seq: u16,
    /// Where in the body this piece begins: 24 bits.
    pub offset: u32,
    /// The piece.
    pub data: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// A message in one piece.
    pub fn whole(kind: HandshakeType, message_seq: u16, data: &'a [u8]) -> Self {
        Self { kind, length: u32::try_from(data.len()).unwrap_or(u32::MAX), message_seq, offset: 0, data }
    }
}

impl Encode for Fragment<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let [_, length @ ..] = self.length.to_be_bytes();
        let [_, offset @ ..] = self.offset.to_be_bytes();
        out.push(self.kind.0);
        out.extend(length);
        out.extend(self.message_seq.to_be_bytes());
        out.extend(offset);
        length_u24_be(out, |out| out.extend(self.data));
    }
}

impl<'a> Decode<'a> for Fragment<'a> {
    const NAME: &'static str = "DTLS handshake fragment";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let kind = HandshakeType(reader.u8("msg_type")?);
        let length = reader.u24_be("length")?;
        if usize::try_from(length).is_ok_and(|length| length > LONGEST_MESSAGE) {
            return Err(reader.refuse("length", 3, length.into(), "at most 0x40000"));
        }
        let message_seq = reader.u16_be("message_seq")?;
        let offset = reader.u24_be("fragment_offset")?;
        let size = reader.u24_be("fragment_length")?;
        if offset.saturating_add(size) > length {
            return Err(reader.refuse("fragment_length", 3, size.into(), "at most what is left of the message"));
        }
        let data = reader.bytes("body", usize::try_from(size).unwrap_or(usize::MAX))?;
        Ok(Self { kind, length, message_seq, offset, data })
    }
}
