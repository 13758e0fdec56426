//! Bytes that may not be seen.

use std::fmt;

use zeroize::Zeroize;

/// A password, or what stands in for one: it does not print, and is overwritten when it goes. What is written with it
/// is the writer's to overwrite.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret<T: Zeroize>(pub T);

impl Secret<Vec<u8>> {
    /// Text in UTF-16, as RDP has passwords, without a zero at its end.
    pub fn utf16(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len().saturating_mul(2));
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        Self(bytes)
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_nothing_of_itself() {
        assert_eq!(format!("{:?}", Secret::utf16("hunter2")), "Secret");
    }
}
