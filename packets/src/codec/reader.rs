use super::{DecodeError, Fault};

/// A place in a message: every read names its field, and offsets count from the outermost byte.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    message: &'static str,
    bytes: &'a [u8],
    base: usize,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Begins to read `message` at its first byte.
    pub fn new(message: &'static str, bytes: &'a [u8]) -> Self {
        Self { message, bytes, base: 0, at: 0 }
    }

    /// The offset of the next byte, from the start of the outermost message.
    pub fn offset(&self) -> usize {
        self.base.saturating_add(self.at)
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.left() == 0
    }

    /// Names what is read from here on: errors speak of `message`.
    #[must_use]
    pub fn named(mut self, message: &'static str) -> Self {
        self.message = message;
        self
    }

    /// Looks at the next `N` bytes without taking them; `None` when fewer are left.
    pub fn peek<const N: usize>(&self) -> Option<[u8; N]> {
        self.bytes.get(self.at..)?.first_chunk().copied()
    }

    /// Takes the next `count` bytes.
    pub fn bytes(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], DecodeError> {
        let taken = self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end));
        let Some(taken) = taken else {
            return Err(self.error(field, Fault::Missing { needed: count, left: self.left() }));
        };
        self.at = self.at.saturating_add(count);
        Ok(taken)
    }

    /// Takes all that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.bytes.len();
        rest
    }

    /// Takes the next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let found = self.peek().ok_or_else(|| self.error(field, Fault::Missing { needed: N, left: self.left() }))?;
        self.at = self.at.saturating_add(N);
        Ok(found)
    }

    /// Takes the next `count` bytes as a reader of their own, which reads `message`.
    pub fn nested(&mut self, message: &'static str, field: &'static str, count: usize) -> Result<Self, DecodeError> {
        let base = self.offset();
        Ok(Self { message, bytes: self.bytes(field, count)?, base, at: 0 })
    }

    /// Reads a field that is optional: it is there if anything is left.
    pub fn more<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        if self.is_empty() { Ok(None) } else { read(self).map(Some) }
    }

    /// Takes one byte.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array(field).map(u8::from_be_bytes)
    }

    /// Takes a big-endian 16-bit integer.
    pub fn u16_be(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// Takes a little-endian 16-bit integer.
    pub fn u16_le(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_le_bytes)
    }

    /// Takes a big-endian 24-bit integer.
    pub fn u24_be(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Takes a big-endian 32-bit integer.
    pub fn u32_be(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Takes a little-endian 32-bit integer.
    pub fn u32_le(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_le_bytes)
    }

    /// Takes a little-endian 64-bit integer.
    pub fn u64_le(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// Refuses bytes that are left over.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.left() {
            0 => Ok(()),
            left => Err(self.error("end of message", Fault::Leftover { left })),
        }
    }

    /// An error about a field that begins at the next byte.
    pub fn error(&self, field: &'static str, fault: Fault) -> DecodeError {
        self.error_at(self.offset(), field, fault)
    }

    /// An error about a field that begins at `offset`, counted from the outermost byte.
    pub fn error_at(&self, offset: usize, field: &'static str, fault: Fault) -> DecodeError {
        DecodeError { message: self.message, field, offset, fault }
    }

    /// An error about the `width` bytes just read: they hold `found`, not what was `expected`.
    pub fn refuse(&self, field: &'static str, width: usize, found: u64, expected: &'static str) -> DecodeError {
        self.error_at(self.offset().saturating_sub(width), field, Fault::Value { found, expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_field_and_counts_from_the_outermost_byte() {
        let mut outer = Reader::new("outer", &[1, 2, 3, 4]);
        outer.u8("first").unwrap();
        let mut inner = outer.nested("inner", "body", 2).unwrap();
        inner.u8("kind").unwrap();
        let error = inner.u16_be("length").unwrap_err();
        assert_eq!(error.to_string(), "inner: `length` at byte 2 needs 2 bytes, 1 are left");
    }

    #[test]
    fn leftovers_are_refused() {
        let mut reader = Reader::new("message", &[0, 0, 0]);
        reader.u16_le("field").unwrap();
        let said = reader.finish().unwrap_err().to_string();
        assert_eq!(said, "message: `end of message` at byte 2 is followed by 1 bytes that belong to nothing");
    }
}
