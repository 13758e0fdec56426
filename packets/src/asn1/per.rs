//! The aligned Packed Encoding Rules, [X.691], as far as T.124 needs them in the GCC Conference Create PDUs.

use crate::codec::{DecodeError, Reader};

/// Reads a length determinant, [X.691] 10.9: one byte below 128, two below 16384. Fragments are refused.
pub fn length(reader: &mut Reader<'_>, field: &'static str) -> Result<usize, DecodeError> {
    match reader.peek() {
        Some([0xc0..=0xff]) => {
            let first = reader.u8(field)?;
            Err(reader.refuse(field, 1, first.into(), "the length of something in one piece"))
        }
        Some([0x80..=0xbf]) => reader.u16_be(field).map(|long| usize::from(long & 0x3fff)),
        Some([..=0x7f]) | None => reader.u8(field).map(usize::from),
    }
}

/// Writes a length determinant in the shortest form.
pub fn put_length(out: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(short @ ..0x80) => out.push(short),
        Ok(_) | Err(_) => out.extend((u16::try_from(length).unwrap_or(u16::MAX) & 0x3fff | 0x8000).to_be_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_in_the_shortest_form_and_read_back() {
        for (length, written) in [(0, &[0][..]), (127, &[0x7f]), (128, &[0x80, 0x80]), (0x3fff, &[0xbf, 0xff])] {
            let mut out = Vec::new();
            put_length(&mut out, length);
            assert_eq!(out, written);
            assert_eq!(super::length(&mut Reader::new("test", &out), "length"), Ok(length));
        }
    }

    #[test]
    fn a_length_in_pieces_is_refused() {
        let said = length(&mut Reader::new("test", &[0xc1, 0]), "length").unwrap_err().to_string();
        assert_eq!(said, "test: `length` at byte 0 holds 0xc1, not the length of something in one piece");
    }
}
