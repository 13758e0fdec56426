//! The record layer.
//!
//! ```text
//! 0             1        3      5                          11      13
//! content type  version  epoch  sequence number (48 bits)  length  fragment (length bytes)
//! ```

use crate::codec::{Decode, DecodeError, Encode, Reader, length_u16_be};
use crate::tls::{ContentType, LONGEST_FRAGMENT, Version};

/// `DTLSPlaintext` or `DTLSCiphertext`, RFC 6347 section 4.1. Several may stand in a datagram, and none spans two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// What the fragment belongs to.
    pub content_type: ContentType,
    /// The record's own version: 1.0 in a first flight.
    pub version: Version,
    /// How many times the keys have changed: in epoch 0 all is in clear.
    pub epoch: u16,
    /// The record's number in its epoch: 48 bits.
    pub sequence_number: u64,
    /// The content.
    pub fragment: &'a [u8],
}

impl Encode for Record<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let [_, _, number @ ..] = self.sequence_number.to_be_bytes();
        out.push(self.content_type.0);
        out.extend(self.version.0.to_be_bytes());
        out.extend(self.epoch.to_be_bytes());
        out.extend(number);
        length_u16_be(out, |out| out.extend(self.fragment));
    }
}

impl<'a> Decode<'a> for Record<'a> {
    const NAME: &'static str = "DTLS record";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let content_type = ContentType(reader.u8("type")?);
        if content_type.name().is_none() {
            return Err(reader.refuse("type", 1, content_type.0.into(), "a TLS content type, 20 to 24"));
        }
        let version = Version(reader.u16_be("version")?);
        if version.0 >> 8 != 0xfe {
            return Err(reader.refuse("version", 2, version.0.into(), "0xfe.., as all DTLS begins"));
        }
        let epoch = reader.u16_be("epoch")?;
        let high = reader.u16_be("sequence_number")?;
        let sequence_number = u64::from(high) << 32 | u64::from(reader.u32_be("sequence_number")?);
        let length = reader.u16_be("length")?;
        if usize::from(length) > LONGEST_FRAGMENT {
            return Err(reader.refuse("length", 2, length.into(), "at most 0x4800"));
        }
        let fragment = reader.bytes("fragment", length.into())?;
        Ok(Self { content_type, version, epoch, sequence_number, fragment })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_dtls_is_refused_at_its_first_wrong_byte() {
        let said = |bytes: &[u8]| Record::decode(bytes).unwrap_err().to_string();
        assert_eq!(said(b"H"), "DTLS record: `type` at byte 0 holds 0x48, not a TLS content type, 20 to 24");
        assert_eq!(said(&[22, 3, 3]), "DTLS record: `version` at byte 1 holds 0x303, not 0xfe.., as all DTLS begins");
        let long = [22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x48, 1];
        assert_eq!(said(&long), "DTLS record: `length` at byte 11 holds 0x4801, not at most 0x4800");
    }
}
