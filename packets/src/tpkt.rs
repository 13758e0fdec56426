//! TPKT, the packet format that carries X.224 over TCP: [RFC 1006] section 6 and [T.123] section 8.
//!
//! ```text
//! 0        1         2         3
//! version  reserved  length (16 bits, big-endian, of the whole packet)
//! ```

use crate::codec::{Decode, DecodeError, Encode, Frame, Reader, once_there};
use crate::x224;

/// The only version there is.
pub const VERSION: u8 = 3;

/// The header's length in bytes.
pub const HEADER: usize = 4;

/// A header and the smallest X.224 TPDU: no packet is shorter.
pub const SHORTEST: usize = 7;

/// The packet that carries one X.224 TPDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tpkt<T>(pub T);

impl<T> Tpkt<T> {
    /// Reads the header and hands out a reader over the packet's content.
    pub fn open<'a>(reader: &mut Reader<'a>, content: &'static str) -> Result<Reader<'a>, DecodeError> {
        let length = header(reader)?;
        reader.nested(content, "content", length.saturating_sub(HEADER))
    }
}

impl<T: Encode> Encode for Tpkt<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        let content = self.0.to_bytes();
        let length = u16::try_from(content.len().saturating_add(HEADER)).unwrap_or(u16::MAX);
        out.extend([VERSION, 0]);
        out.extend(length.to_be_bytes());
        out.extend(content);
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Tpkt<T> {
    const NAME: &'static str = "TPKT";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        T::whole(Self::open(reader, T::NAME)?).map(Self)
    }
}

impl<T> Frame for Tpkt<T> {
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError> {
        let mut reader = Reader::new("TPKT", prefix);
        let length = header(&mut reader);
        // A length that disagrees with the TPDU's own would be waited for in vain.
        once_there(length.and_then(|length| {
            x224::header(&mut reader.named("X.224 TPDU"), length.saturating_sub(HEADER)).map(|_| length)
        }))
    }
}

/// Reads the header: the packet's whole length.
fn header(reader: &mut Reader<'_>) -> Result<usize, DecodeError> {
    let version = reader.u8("version")?;
    if version != VERSION {
        return Err(reader.refuse("version", 1, version.into(), "3"));
    }
    reader.u8("reserved")?;
    let length = reader.u16_be("length")?;
    if usize::from(length) < SHORTEST {
        return Err(reader.refuse("length", 2, length.into(), "at least 7, the header and an X.224 TPDU"));
    }
    Ok(length.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_known_from_six_bytes_on() {
        for end in 0..6 {
            assert_eq!(Tpkt::<()>::length(&[3, 0, 1, 0, 2, 0xf0][..end]), Ok(None));
        }
        assert_eq!(Tpkt::<()>::length(&[3, 0, 1, 0, 2, 0xf0]), Ok(Some(256)));
    }

    #[test]
    fn a_length_that_disagrees_with_the_tpdu_is_refused_at_once() {
        let said = Tpkt::<()>::length(&[3, 0, 0xff, 0xff, 14, 0xd0]).unwrap_err().to_string();
        assert_eq!(said, "X.224 TPDU: `length indicator` at byte 4 holds 0x0e, not the number of bytes that follow it");
    }

    #[test]
    fn a_length_that_holds_no_tpdu_is_refused_at_once() {
        let said = Tpkt::<()>::length(&[3, 0, 0, 3]).unwrap_err().to_string();
        assert_eq!(said, "TPKT: `length` at byte 2 holds 0x03, not at least 7, the header and an X.224 TPDU");
    }

    #[test]
    fn other_services_are_refused_at_their_first_byte() {
        let said = Tpkt::<()>::length(b"H").unwrap_err().to_string();
        assert_eq!(said, "TPKT: `version` at byte 0 holds 0x48, not 3");
    }
}
