//! The Basic Encoding Rules, [X.690] section 8, as far as T.125 needs them in MCS Connect Initial and Connect Response:
//! definite lengths, and integers that are never negative.

use crate::codec::{DecodeError, Fault, Reader};

/// The octets that say what a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// The identifier octets: one, or two for numbers above 30.
    pub octets: &'static [u8],
    /// What they stand for, in words that follow "not".
    pub name: &'static str,
}

/// BOOLEAN.
pub const BOOLEAN: Tag = Tag { octets: &[0x01], name: "0x01, a BOOLEAN" };
/// INTEGER.
pub const INTEGER: Tag = Tag { octets: &[0x02], name: "0x02, an INTEGER" };
/// OCTET STRING.
pub const OCTET_STRING: Tag = Tag { octets: &[0x04], name: "0x04, an OCTET STRING" };
/// ENUMERATED.
pub const ENUMERATED: Tag = Tag { octets: &[0x0a], name: "0x0a, an ENUMERATED" };
/// SEQUENCE.
pub const SEQUENCE: Tag = Tag { octets: &[0x30], name: "0x30, a SEQUENCE" };

/// Opens a value: a reader over its content, which is `message`.
pub fn open<'a>(
    reader: &mut Reader<'a>,
    message: &'static str,
    field: &'static str,
    tag: Tag,
) -> Result<Reader<'a>, DecodeError> {
    let width = tag.octets.len();
    let found = reader.bytes(field, width)?;
    if found != tag.octets {
        return Err(reader.refuse(field, width, number(found), tag.name));
    }
    let length = length(reader, field)?;
    reader.nested(message, field, length)
}

/// Reads an OCTET STRING.
pub fn octet_string<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<&'a [u8], DecodeError> {
    open(reader, "OCTET STRING", field, OCTET_STRING).map(|mut content| content.rest())
}

/// Reads a BOOLEAN: every value but 0 is true.
pub fn boolean(reader: &mut Reader<'_>, field: &'static str) -> Result<bool, DecodeError> {
    let mut content = open(reader, "BOOLEAN", field, BOOLEAN)?;
    let value = content.u8(field)?;
    content.finish()?;
    Ok(value != 0)
}

/// Reads an INTEGER or an ENUMERATED, as its `tag` says. Its first bit is no sign: real clients write 65535 as `ff ff`.
pub fn unsigned(reader: &mut Reader<'_>, field: &'static str, tag: Tag) -> Result<u32, DecodeError> {
    let mut content = open(reader, "INTEGER", field, tag)?;
    let fault = |expected| content.error(field, Fault::Form { expected });
    let mut octets = content.clone().rest();
    if octets.is_empty() {
        return Err(fault("an integer of at least one byte"));
    }
    while let [0, rest @ ..] = octets {
        octets = rest;
    }
    let value = u32::try_from(number(octets)).ok().filter(|_| octets.len() <= 4);
    let value = value.ok_or_else(|| fault("an integer of 32 bits at most"))?;
    content.rest();
    Ok(value)
}

/// Reads a length: one byte below 128, or a byte that counts the bytes of the length.
fn length(reader: &mut Reader<'_>, field: &'static str) -> Result<usize, DecodeError> {
    let first = reader.u8(field)?;
    match first {
        0..=0x7f => Ok(first.into()),
        0x81..=0x84 => {
            let octets = reader.bytes(field, usize::from(first & 0x7f))?;
            usize::try_from(number(octets)).map_err(|_| reader.error(field, Fault::Form { expected: "that long" }))
        }
        0x80 | 0x85.. => Err(reader.refuse(field, 1, first.into(), "a definite length of 4 bytes at most")),
    }
}

/// The big-endian number that stands in the last eight of `octets`.
fn number(octets: &[u8]) -> u64 {
    octets.iter().fold(0, |number, octet| number << 8 | u64::from(*octet))
}

/// Writes a value: its tag, its length in the shortest form, and what `content` writes.
pub fn put(out: &mut Vec<u8>, tag: Tag, content: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    content(&mut inner);
    out.extend(tag.octets);
    match u8::try_from(inner.len()) {
        Ok(short @ ..0x80) => out.push(short),
        Ok(long) => out.extend([0x81, long]),
        Err(_) => {
            out.push(0x82);
            out.extend(u16::try_from(inner.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    out.extend(inner);
}

/// Writes an INTEGER or an ENUMERATED in the fewest bytes that do not look negative.
pub fn put_unsigned(out: &mut Vec<u8>, tag: Tag, value: u32) {
    let octets = u64::from(value).to_be_bytes();
    let redundant = octets.windows(2).take_while(|pair| matches!(pair, [0, ..0x80])).count();
    put(out, tag, |out| out.extend(octets.iter().skip(redundant)));
}

/// Writes an INTEGER in the fewest bytes, whatever its first bit: so mstsc writes the parameters of its Connect Initial.
pub fn put_bare(out: &mut Vec<u8>, tag: Tag, value: u32) {
    let octets = value.to_be_bytes();
    let redundant = octets.iter().take(3).take_while(|octet| **octet == 0).count();
    put(out, tag, |out| out.extend(octets.iter().skip(redundant)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_written_in_the_fewest_bytes_and_read_back() {
        for (value, written) in [
            (0, &[2, 1, 0][..]),
            (0x7f, &[2, 1, 0x7f]),
            (0x80, &[2, 2, 0, 0x80]),
            (65535, &[2, 3, 0, 0xff, 0xff]),
            (u32::MAX, &[2, 5, 0, 0xff, 0xff, 0xff, 0xff]),
        ] {
            let mut out = Vec::new();
            put_unsigned(&mut out, INTEGER, value);
            assert_eq!(out, written);
            assert_eq!(unsigned(&mut Reader::new("test", &out), "value", INTEGER), Ok(value));
        }
    }

    #[test]
    fn an_integer_whose_first_bit_is_set_is_not_negative() {
        assert_eq!(unsigned(&mut Reader::new("test", &[2, 2, 0xff, 0xff]), "value", INTEGER), Ok(65535));
    }

    #[test]
    fn lengths_that_lie_name_the_field() {
        for (bytes, said) in [
            (&[4, 0x80, 0][..], "test: `data` at byte 1 holds 0x80, not a definite length of 4 bytes at most"),
            (&[4, 0x84, 0xff, 0xff, 0xff, 0xff, 0], "test: `data` at byte 6 needs 4294967295 bytes, 1 are left"),
            (&[2, 0], "test: `data` at byte 0 holds 0x02, not 0x04, an OCTET STRING"),
        ] {
            assert_eq!(octet_string(&mut Reader::new("test", bytes), "data").unwrap_err().to_string(), said);
        }
    }
}
