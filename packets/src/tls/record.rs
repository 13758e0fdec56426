//! The record layer.
//!
//! ```text
//! 0             1        3       5
//! content type  version  length  fragment (length bytes)
//! ```

use crate::codec::{Decode, DecodeError, Encode, Frame, Reader, length_u16_be, once_there};
use crate::open::open_enum;

/// The length of a record's header in bytes.
pub const RECORD_HEADER: usize = 5;

/// The longest fragment in clear, in bytes.
pub const LONGEST_PLAIN: usize = 1 << 14;

/// The longest fragment there may be, in bytes: TLS 1.2 lets encryption add 2048.
pub const LONGEST_FRAGMENT: usize = LONGEST_PLAIN + 2048;

open_enum! {
    /// A protocol version, `ProtocolVersion`.
    Version: u16 {
        /// SSL 3.0.
        SSL_3_0 = 0x0300, "SSL 3.0";
        /// TLS 1.0.
        TLS_1_0 = 0x0301, "TLS 1.0";
        /// TLS 1.1.
        TLS_1_1 = 0x0302, "TLS 1.1";
        /// TLS 1.2; also what the version fields of TLS 1.3 hold.
        TLS_1_2 = 0x0303, "TLS 1.2";
        /// TLS 1.3; stands in `supported_versions` alone.
        TLS_1_3 = 0x0304, "TLS 1.3";
        /// DTLS 1.2.
        DTLS_1_2 = 0xfefd, "DTLS 1.2";
        /// DTLS 1.0.
        DTLS_1_0 = 0xfeff, "DTLS 1.0";
    }
}

open_enum! {
    /// What a record carries, `ContentType`.
    ContentType: u8 {
        /// The switch to the keys just agreed upon.
        CHANGE_CIPHER_SPEC = 20, "change_cipher_spec";
        /// An [`Alert`](super::Alert), in clear or encrypted.
        ALERT = 21, "alert";
        /// Bytes of [`Handshake`](super::Handshake) messages, in clear or encrypted.
        HANDSHAKE = 22, "handshake";
        /// Encrypted bytes; in TLS 1.3 also the later handshake.
        APPLICATION_DATA = 23, "application_data";
        /// RFC 6520.
        HEARTBEAT = 24, "heartbeat";
    }
}

/// `TLSPlaintext` or `TLSCiphertext`, RFC 5246 section 6.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// What the fragment belongs to.
    pub content_type: ContentType,
    /// The record's own version: 1.0 in a first flight, frozen at 1.2 in TLS 1.3.
    pub version: Version,
    /// The content, or a part of it.
    pub fragment: &'a [u8],
}

impl Encode for Record<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.content_type.0);
        out.extend(self.version.0.to_be_bytes());
        length_u16_be(out, |out| out.extend(self.fragment));
    }
}

impl<'a> Decode<'a> for Record<'a> {
    const NAME: &'static str = "TLS record";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (content_type, version, length) = header(reader)?;
        Ok(Self { content_type, version, fragment: reader.bytes("fragment", length)? })
    }
}

impl Frame for Record<'_> {
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError> {
        let header = once_there(header(&mut Reader::new(Self::NAME, prefix)))?;
        Ok(header.map(|(.., length)| length.saturating_add(RECORD_HEADER)))
    }
}

/// Reads the header: type, version and the fragment's length. A type or major version that no TLS ever had is refused
/// at its own byte, before a length is believed.
fn header(reader: &mut Reader<'_>) -> Result<(ContentType, Version, usize), DecodeError> {
    let content_type = ContentType(reader.u8("type")?);
    if content_type.name().is_none() {
        return Err(reader.refuse("type", 1, content_type.0.into(), "a TLS content type, 20 to 24"));
    }
    let major = reader.u8("version")?;
    if major != 3 {
        return Err(reader.refuse("version", 1, major.into(), "3, the major version of all TLS"));
    }
    let version = Version(u16::from_be_bytes([major, reader.u8("version")?]));
    let length = reader.u16_be("length")?;
    if usize::from(length) > LONGEST_FRAGMENT {
        return Err(reader.refuse("length", 2, length.into(), "at most 0x4800"));
    }
    Ok((content_type, version, length.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_from_the_fifth_byte_on() {
        let bytes = [0x16, 3, 1, 0x40, 0];
        for end in 0..5 {
            assert_eq!(Record::length(&bytes[..end]), Ok(None));
        }
        assert_eq!(Record::length(&bytes), Ok(Some(0x4005)));
    }

    #[test]
    fn what_is_not_tls_is_refused_at_its_first_wrong_byte() {
        let said = |bytes: &[u8]| Record::length(bytes).unwrap_err().to_string();
        assert_eq!(said(b"H"), "TLS record: `type` at byte 0 holds 0x48, not a TLS content type, 20 to 24");
        assert_eq!(said(&[0x16, 2]), "TLS record: `version` at byte 1 holds 0x02, not 3, the major version of all TLS");
        assert_eq!(said(&[0x15, 3, 3, 0x48, 1]), "TLS record: `length` at byte 3 holds 0x4801, not at most 0x4800");
    }
}
