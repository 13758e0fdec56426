//! The Distinguished Encoding Rules, [X.690] section 10: what `CredSSP` and SPNEGO are written in.
//!
//! ```text
//! tag (1 byte)  length (1 to 4 bytes)  content (length bytes)
//! ```
//!
//! Written in the shortest form. Read with definite lengths alone; one with needless leading zeros is let pass, since it
//! misleads nobody.

use std::borrow::Cow;
use std::fmt;

use crate::codec::{DecodeError, Fault, Reader};

/// A tag: class, whether the content is made of elements, and number, in one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag(pub u8);

impl Tag {
    /// INTEGER.
    pub const INTEGER: Self = Self(0x02);
    /// BIT STRING.
    pub const BIT_STRING: Self = Self(0x03);
    /// OCTET STRING.
    pub const OCTET_STRING: Self = Self(0x04);
    /// OBJECT IDENTIFIER.
    pub const OBJECT_IDENTIFIER: Self = Self(0x06);
    /// ENUMERATED.
    pub const ENUMERATED: Self = Self(0x0a);
    /// `GeneralizedTime`.
    pub const GENERALIZED_TIME: Self = Self(0x18);
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: Self = Self(0x30);

    /// `[number]` around another element, `number` below 31.
    #[must_use]
    pub const fn context(number: u8) -> Self {
        Self(0xa0 | (number & 0x1f))
    }

    /// `[APPLICATION number]` around other elements, `number` below 31.
    #[must_use]
    pub const fn application(number: u8) -> Self {
        Self(0x60 | (number & 0x1f))
    }

    /// What an error says where this tag was due.
    const fn expected(self) -> &'static str {
        match self.0 {
            0x02 => "an INTEGER, 0x02",
            0x03 => "a BIT STRING, 0x03",
            0x04 => "an OCTET STRING, 0x04",
            0x06 => "an OBJECT IDENTIFIER, 0x06",
            0x0a => "an ENUMERATED, 0x0a",
            0x18 => "a GeneralizedTime, 0x18",
            0x30 => "a SEQUENCE, 0x30",
            0x60 => "the element [APPLICATION 0], 0x60",
            0xa0 => "the element [0], 0xa0",
            0xa1 => "the element [1], 0xa1",
            _ => "the tag that is due here",
        }
    }
}

/// An OBJECT IDENTIFIER; prints in dotted form.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Oid(Cow<'static, [u8]>);

impl Oid {
    /// An identifier that this crate knows.
    pub(crate) const fn known(bytes: &'static [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }

    /// The identifier whose content is `bytes`; `None` when they are none: empty, cut, or with a number of more than
    /// 63 bits.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let ends = bytes.last().is_some_and(|last| last & 0x80 == 0);
        let fits = bytes.split_inclusive(|byte| byte & 0x80 == 0).all(|number| number.len() <= 9);
        (ends && fits).then(|| Self(Cow::Owned(bytes.to_owned())))
    }

    /// The content.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut numbers = self.0.split_inclusive(|byte| byte & 0x80 == 0).map(base128);
        let first = numbers.next().unwrap_or_default();
        let root = (first / 40).min(2);
        write!(f, "{root}.{}", first.saturating_sub(root.saturating_mul(40)))?;
        numbers.try_for_each(|number| write!(f, ".{number}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A number in groups of seven bits.
fn base128(groups: &[u8]) -> u64 {
    groups.iter().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f))
}

/// Reads a tag and a length: how many bytes of content follow.
pub fn header(reader: &mut Reader<'_>, field: &'static str, tag: Tag) -> Result<usize, DecodeError> {
    let found = reader.u8(field)?;
    if found != tag.0 {
        return Err(reader.refuse(field, 1, found.into(), tag.expected()));
    }
    let first = reader.u8(field)?;
    let width = match first {
        ..0x80 => return Ok(first.into()),
        0x81..=0x84 => first & 0x7f,
        0x80 | 0x85.. => return Err(reader.refuse(field, 1, first.into(), "a definite length of at most 4 bytes")),
    };
    let length = reader.bytes(field, width.into())?.iter().fold(0, |length, byte| length << 8 | u32::from(*byte));
    Ok(usize::try_from(length).unwrap_or(usize::MAX))
}

/// Reads an element that must come: a reader over its content, which goes on to read `message`.
pub fn element<'a>(
    reader: &mut Reader<'a>,
    message: &'static str,
    field: &'static str,
    tag: Tag,
) -> Result<Reader<'a>, DecodeError> {
    let length = header(reader, field, tag)?;
    reader.nested(message, field, length)
}

/// Reads `[number]` and, inside it, `content` and nothing else.
pub fn explicit<'a, T>(
    reader: &mut Reader<'a>,
    message: &'static str,
    field: &'static str,
    number: u8,
    content: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let mut inner = element(reader, message, field, Tag::context(number))?;
    let content = content(&mut inner)?;
    inner.finish()?;
    Ok(content)
}

/// Reads what [`explicit`] reads, if `[number]` is the next element.
pub fn optional<'a, T>(
    reader: &mut Reader<'a>,
    message: &'static str,
    field: &'static str,
    number: u8,
    content: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    let comes = reader.peek() == Some([Tag::context(number).0]);
    comes.then(|| explicit(reader, message, field, number, content)).transpose()
}

/// Reads an OCTET STRING.
pub fn octets<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<&'a [u8], DecodeError> {
    let length = header(reader, field, Tag::OCTET_STRING)?;
    reader.bytes(field, length)
}

/// Reads an OBJECT IDENTIFIER.
pub fn oid(reader: &mut Reader<'_>, field: &'static str) -> Result<Oid, DecodeError> {
    let length = header(reader, field, Tag::OBJECT_IDENTIFIER)?;
    let at = reader.offset();
    let form = Fault::Form { expected: "an object identifier with numbers below 2^63" };
    Oid::new(reader.bytes(field, length)?).ok_or_else(|| reader.error_at(at, field, form))
}

/// Reads an INTEGER or ENUMERATED of 32 bits. A negative one comes out as its two's complement, which is how an
/// NTSTATUS is written; the same number with a zero byte in front is read too.
pub fn integer(reader: &mut Reader<'_>, field: &'static str, tag: Tag) -> Result<u32, DecodeError> {
    let length = header(reader, field, tag)?;
    let at = reader.offset();
    match reader.bytes(field, length)? {
        bytes @ ([first] | [first, _] | [first, _, _] | [first, _, _, _] | [first @ 0, _, _, _, _]) => {
            let sign = if first & 0x80 == 0 { 0 } else { u32::MAX };
            Ok(bytes.iter().fold(sign, |number, byte| number << 8 | u32::from(*byte)))
        }
        _ => Err(reader.error_at(at, field, Fault::Form { expected: "an integer of 32 bits" })),
    }
}

/// Writes an element around `body`.
pub fn write(out: &mut Vec<u8>, tag: Tag, body: impl FnOnce(&mut Vec<u8>)) {
    let mut content = Vec::new();
    body(&mut content);
    let length = content.len().to_be_bytes();
    let length = strip(&length, |byte, _| byte == 0);
    out.push(tag.0);
    match length {
        &[short @ ..0x80] => out.push(short),
        long => {
            out.push(u8::try_from(long.len()).unwrap_or(u8::MAX) | 0x80);
            out.extend(long);
        }
    }
    out.extend(content);
}

/// Writes `[number]` around `content`, if there is a value to put there.
pub fn write_optional<T>(out: &mut Vec<u8>, number: u8, value: Option<T>, content: impl FnOnce(&mut Vec<u8>, T)) {
    if let Some(value) = value {
        write(out, Tag::context(number), |out| content(out, value));
    }
}

/// Writes an OCTET STRING.
pub fn write_octets(out: &mut Vec<u8>, content: &[u8]) {
    write(out, Tag::OCTET_STRING, |out| out.extend(content));
}

/// Writes an OBJECT IDENTIFIER.
pub fn write_oid(out: &mut Vec<u8>, oid: &Oid) {
    write(out, Tag::OBJECT_IDENTIFIER, |out| out.extend(oid.as_bytes()));
}

/// Writes an INTEGER or ENUMERATED, as [`integer`] reads it.
pub fn write_integer(out: &mut Vec<u8>, tag: Tag, number: u32) {
    let bytes = number.to_be_bytes();
    let sign = if bytes[0] & 0x80 == 0 { 0 } else { 0xff };
    write(out, tag, |out| out.extend(strip(&bytes, |byte, next| byte == sign && (byte ^ next) & 0x80 == 0)));
}

/// Leaves out the leading bytes, all but the last, that say nothing in view of the next one.
fn strip(mut bytes: &[u8], empty: impl Fn(u8, u8) -> bool) -> &[u8] {
    while let [byte, rest @ ..] = bytes
        && let Some(next) = rest.first()
        && empty(*byte, *next)
    {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<u32, DecodeError> {
        integer(&mut Reader::new("test", bytes), "number", Tag::INTEGER)
    }

    #[test]
    fn an_integer_is_written_as_short_as_it_can_be() {
        for (number, bytes) in [
            (0, &[2, 1, 0][..]),
            (0x7f, &[2, 1, 0x7f]),
            (0x80, &[2, 2, 0, 0x80]),
            (0x1_0000, &[2, 3, 1, 0, 0]),
            (0xc000_006d, &[2, 4, 0xc0, 0, 0, 0x6d]),
            (u32::MAX, &[2, 1, 0xff]),
        ] {
            let mut out = Vec::new();
            write_integer(&mut out, Tag::INTEGER, number);
            assert_eq!(out, bytes);
            assert_eq!(read(bytes), Ok(number));
        }
        assert_eq!(read(&[2, 5, 0, 0xc0, 0, 0, 0x6d]), Ok(0xc000_006d));
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let said = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert_eq!(said(&[4, 1, 0]), "test: `number` at byte 0 holds 0x04, not an INTEGER, 0x02");
        assert_eq!(
            said(&[2, 0x80, 0, 0]),
            "test: `number` at byte 1 holds 0x80, not a definite length of at most 4 bytes"
        );
        assert_eq!(
            said(&[2, 0x84, 0xff, 0xff, 0xff, 0xff, 1]),
            "test: `number` at byte 6 needs 4294967295 bytes, 1 are left"
        );
        assert_eq!(said(&[2, 0]), "test: `number` at byte 2 is not an integer of 32 bits");
        assert_eq!(said(&[2, 5, 1, 0, 0, 0, 0]), "test: `number` at byte 2 is not an integer of 32 bits");
    }

    #[test]
    fn long_contents_carry_long_lengths() {
        for (size, start) in [(0x7f, &[4, 0x7f][..]), (0x80, &[4, 0x81, 0x80]), (0x1234, &[4, 0x82, 0x12, 0x34])] {
            let mut out = Vec::new();
            write_octets(&mut out, &vec![7; size]);
            assert!(out.starts_with(start));
            assert_eq!(octets(&mut Reader::new("test", &out), "string").map(<[u8]>::len), Ok(size));
        }
    }

    #[test]
    fn object_identifiers_print_with_dots() {
        let text = |bytes| Oid::new(bytes).map(|oid| oid.to_string());
        assert_eq!(text(&[0x2b, 6, 1, 5, 5, 2]).as_deref(), Some("1.3.6.1.5.5.2"));
        assert_eq!(text(&[0x88, 0x37, 1]).as_deref(), Some("2.999.1"));
        assert_eq!(text(&[]), None);
        assert_eq!(text(&[0x2b, 0x86]), None);
        assert_eq!(text(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), None);
    }
}
