//! Fields that stand in the message as length and offset, with their bytes behind the fixed part.

use crate::codec::{DecodeError, Fault, Reader};

/// Where a field's bytes lie.
pub(super) struct Span {
    field: &'static str,
    length: u16,
    offset: u32,
    /// Where the offset itself stands.
    at: usize,
}

impl Span {
    /// Reads length, allocated length (which says nothing) and offset.
    pub(super) fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        let length = reader.u16_le(field)?;
        reader.u16_le(field)?;
        let at = reader.offset();
        Ok(Self { field, length, offset: reader.u32_le(field)?, at })
    }

    /// A reader over the field's bytes, which reads `message`. `whole` stands at the message's first byte: offsets
    /// count from there.
    pub(super) fn open<'a>(&self, whole: &Reader<'a>, message: &'static str) -> Result<Reader<'a>, DecodeError> {
        let mut reader = whole.clone();
        if self.length != 0 {
            let inside = usize::try_from(self.offset).is_ok_and(|offset| reader.bytes(self.field, offset).is_ok());
            if !inside || reader.left() < self.length.into() {
                let expected = "inside the message with the bytes it stands for";
                let fault = Fault::Value { found: self.offset.into(), expected };
                return Err(whole.error_at(self.at, self.field, fault));
            }
        }
        reader.nested(message, self.field, self.length.into())
    }
}

/// Collects the bytes behind the fixed part while the fixed part is written.
pub(super) struct Payload {
    start: usize,
    bytes: Vec<u8>,
}

impl Payload {
    /// A payload that begins `start` bytes into the message.
    pub(super) fn at(start: usize) -> Self {
        Self { start, bytes: Vec::new() }
    }

    /// Writes a field's length, allocated length and offset, and keeps its bytes, at most 65535.
    pub(super) fn write(&mut self, out: &mut Vec<u8>, content: &[u8]) {
        let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
        let offset = u32::try_from(self.start.saturating_add(self.bytes.len())).unwrap_or(u32::MAX);
        out.extend(length.to_le_bytes());
        out.extend(length.to_le_bytes());
        out.extend(offset.to_le_bytes());
        self.bytes.extend(content.iter().take(length.into()));
    }

    /// Writes the bytes kept.
    pub(super) fn finish(self, out: &mut Vec<u8>) {
        out.extend(self.bytes);
    }
}

/// Text in an OEM character set: nobody says which, so only its ASCII can be trusted.
pub(super) fn oem_text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Writes text in an OEM character set; what has no byte of its own becomes a question mark.
pub(super) fn oem_bytes(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(char).unwrap_or(b'?')).collect()
}

/// Reads all that is left as UTF-16, whose broken halves become U+FFFD.
pub(super) fn utf16_text(reader: &mut Reader<'_>, field: &'static str) -> Result<String, DecodeError> {
    let mut units = Vec::new();
    while !reader.is_empty() {
        units.push(reader.u16_le(field)?);
    }
    Ok(String::from_utf16_lossy(&units))
}

/// Writes text as UTF-16.
pub(super) fn utf16_bytes(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
