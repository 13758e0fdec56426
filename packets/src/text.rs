//! Text in a field of fixed width, filled up with zeros, and text of a length that stands elsewhere.

use crate::codec::{DecodeError, Reader};

/// Reads UTF-16 of `width` bytes, up to the first zero; the last unit is taken for one. What is not Unicode is replaced.
pub(crate) fn utf16(reader: &mut Reader<'_>, field: &'static str, width: usize) -> Result<String, DecodeError> {
    let units = reader.bytes(field, width.saturating_sub(2))?;
    reader.array::<2>(field)?;
    Ok(from_utf16(units))
}

/// The text that UTF-16 holds up to the first zero, or to the end. What is not Unicode is replaced.
pub(crate) fn from_utf16(bytes: &[u8]) -> String {
    let (units, _) = bytes.as_chunks();
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit)).take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The text as UTF-16, without a zero at its end.
pub(crate) fn to_utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The text as UTF-16, with a zero at its end.
pub(crate) fn to_utf16_zero(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// The text that bytes of one character each hold up to the first zero, or to the end.
pub(crate) fn from_ansi(bytes: &[u8]) -> String {
    bytes.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
}

/// The text in bytes of one character each; what has none becomes a question mark.
pub(crate) fn to_ansi(text: &str) -> impl Iterator<Item = u8> {
    text.chars().map(|character| u8::try_from(character).unwrap_or(b'?'))
}

/// Writes UTF-16 of `width` bytes: the text, cut to what leaves a zero at its end.
pub(crate) fn put_utf16(out: &mut Vec<u8>, text: &str, width: usize) {
    fill(out, text.encode_utf16().flat_map(u16::to_le_bytes), width, 2);
}

/// Reads `width` bytes of one character each, up to the first zero; the last byte is taken for one.
pub(crate) fn ansi(reader: &mut Reader<'_>, field: &'static str, width: usize) -> Result<String, DecodeError> {
    let bytes = reader.bytes(field, width.saturating_sub(1))?;
    reader.u8(field)?;
    Ok(from_ansi(bytes))
}

/// Writes `width` bytes of one character each: the text, cut to what leaves a zero at its end.
pub(crate) fn put_ansi(out: &mut Vec<u8>, text: &str, width: usize) {
    fill(out, to_ansi(text), width, 1);
}

/// Writes `width` bytes: the text's, and at least `end` zeros.
fn fill(out: &mut Vec<u8>, text: impl Iterator<Item = u8>, width: usize, end: usize) {
    let filled = out.len().saturating_add(width);
    out.extend(text.take(width.saturating_sub(end)));
    out.resize(filled, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_too_long_for_its_field_is_cut_before_the_zero() {
        let mut out = Vec::new();
        put_ansi(&mut out, "drdynvc and more", 8);
        assert_eq!(out, b"drdynvc\0");
        put_utf16(&mut out, "rdp-probe", 6);
        assert_eq!(out[8..], *b"r\0d\0\0\0");
        let mut reader = Reader::new("test", &out);
        assert_eq!(ansi(&mut reader, "name", 8).unwrap(), "drdynvc");
        assert_eq!(utf16(&mut reader, "name", 6).unwrap(), "rd");
    }
}
