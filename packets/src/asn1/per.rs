//! The aligned Packed Encoding Rules, [X.691], as far as T.124 needs them in the GCC Conference Create PDUs, and T.125
//! in the domain PDUs.

use crate::codec::{DecodeError, Fault, Reader};

/// The longest content in one piece, bytes.
pub const LONGEST: usize = 0x3fff;

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

/// Reads a whole number that has no upper bound, [X.691] 10.7, as far as it fits 32 bits: a length, and as many bytes.
pub fn integer(reader: &mut Reader<'_>, field: &'static str) -> Result<u32, DecodeError> {
    let at = reader.offset();
    let length = length(reader, field)?;
    match reader.bytes(field, length)? {
        bytes @ ([_] | [_, _] | [_, _, _] | [_, _, _, _]) => {
            Ok(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
        }
        _ => Err(reader.error_at(at, field, Fault::Form { expected: "a number of 1 to 4 bytes" })),
    }
}

/// Writes a whole number that has no upper bound, in the fewest bytes.
pub fn put_integer(out: &mut Vec<u8>, number: u32) {
    let bytes = number.to_be_bytes();
    let redundant = bytes.iter().take(3).take_while(|byte| **byte == 0).count();
    put_length(out, bytes.len().saturating_sub(redundant));
    out.extend(bytes.iter().skip(redundant));
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
    fn whole_numbers_are_written_in_the_fewest_bytes_and_read_back() {
        for (number, written) in
            [(0, &[1, 0][..]), (0xff, &[1, 0xff]), (0x100, &[2, 1, 0]), (u32::MAX, &[4, 0xff, 0xff, 0xff, 0xff])]
        {
            let mut out = Vec::new();
            put_integer(&mut out, number);
            assert_eq!(out, written);
            assert_eq!(integer(&mut Reader::new("test", &out), "number"), Ok(number));
        }
        let said = integer(&mut Reader::new("test", &[0]), "number").unwrap_err().to_string();
        assert_eq!(said, "test: `number` at byte 0 is not a number of 1 to 4 bytes");
    }

    #[test]
    fn a_length_in_pieces_is_refused() {
        let said = length(&mut Reader::new("test", &[0xc1, 0]), "length").unwrap_err().to_string();
        assert_eq!(said, "test: `length` at byte 0 holds 0xc1, not the length of something in one piece");
    }
}
