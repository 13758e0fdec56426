//! What a user types to have a code explained.

use super::table::{Code, Table, named};
use super::tsv::hex;

/// What somebody wants explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A bare number: `0x904` or `2308`.
    Value(u32),
    /// A name: `ERRINFO_LICENSE_NO_LICENSE`.
    Name(&'static Code),
    /// Error code and extended error code of mstsc: `0x904/0x7`, or both as words of their own.
    Pair(u32, u32),
}

impl Asked {
    /// Reads the words; `None` when they are neither a number, a known name, nor a pair.
    pub fn read<S: AsRef<str>>(words: &[S]) -> Option<Self> {
        let mut parts =
            words.iter().flat_map(|word| word.as_ref().split(['/', ',', ' '])).filter(|part| !part.is_empty());
        let first = parts.next()?;
        let second = parts.next();
        if parts.next().is_some() {
            return None;
        }
        match second {
            Some(second) => Some(Self::Pair(member(first, Table::DiscReason)?, member(second, Table::ExtDiscReason)?)),
            None => number(first).map(Self::Value).or_else(|| named(first).map(Self::Name)),
        }
    }
}

/// A number, or the value of a name that stands in `table`.
fn member(text: &str, table: Table) -> Option<u32> {
    number(text).or_else(|| named(text).filter(|code| code.table == table).map(|code| code.value))
}

/// A code as people write it: `0x904`, or decimal.
pub fn number(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { hex(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_and_decimal_are_the_same_code() {
        for word in ["0x904", "0X904", "2308", "0x0904"] {
            assert_eq!(Asked::read(&[word]), Some(Asked::Value(0x904)), "{word}");
        }
    }

    #[test]
    fn a_pair_is_read_however_it_is_split() {
        let pair = Some(Asked::Pair(0x904, 7));
        assert_eq!(Asked::read(&["0x904/0x7"]), pair);
        assert_eq!(Asked::read(&["2308", "7"]), pair);
        assert_eq!(Asked::read(&["0x904, 0x7"]), pair);
        assert_eq!(
            Asked::read(&["DISCONNECTREASONATCLIENTWINSOCKFDCLOSE", "exDiscReasonServerDeniedConnection"]),
            pair
        );
    }

    #[test]
    fn names_are_read_in_any_case() {
        let name = |word| match Asked::read(&[word]) {
            Some(Asked::Name(code)) => Some((code.table, code.value)),
            Some(Asked::Value(_) | Asked::Pair(..)) | None => None,
        };
        assert_eq!(name("errinfo_license_no_license"), Some((Table::ErrInfo, 0x102)));
        assert_eq!(name("disconnectReasonAtClientWinsockFDCLOSE"), Some((Table::DiscReason, 0x904)));
        assert_eq!(name("HandshakeFailure"), Some((Table::TlsAlert, 0x28)));
    }

    #[test]
    fn anything_else_is_not_taken_for_a_code() {
        for words in
            [&["tls"][..], &[], &[""], &["/"], &["0x"], &["-1"], &["0x100000000"], &["1", "2", "3"], &["tls", "0x7"]]
        {
            assert_eq!(Asked::read(words), None, "{words:?}");
        }
    }
}
