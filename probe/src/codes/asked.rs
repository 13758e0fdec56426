//! What a user types to have a code explained.

use super::event;
use super::table::{Code, Table, lookup, named};
use super::tsv::hex;

/// What somebody wants explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A number in hex: `0x904`.
    Value(u32),
    /// Digits alone: `2308`, but also `904` as mstsc shows it, or `36870` from an event log. The number in decimal.
    Digits(u32),
    /// A name: `ERRINFO_LICENSE_NO_LICENSE`.
    Name(&'static Code),
    /// Error code and extended error code of mstsc: `0x904/0x7`, or both as words of their own.
    Pair(u32, u32),
    /// The same two, error code first, though the extended error code was typed first: `0x7/0x904`.
    Swapped(u32, u32),
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
            Some(second) => Self::pair(first, second),
            None => Self::number(first).or_else(|| named(first).map(Self::Name)).or_else(|| Self::bare_hex(first)),
        }
    }

    fn number(text: &str) -> Option<Self> {
        let asked = if is_digits(text) { Self::Digits } else { Self::Value };
        number(text).map(asked)
    }

    /// A known error code of mstsc without its `0x`: `B09`.
    fn bare_hex(text: &str) -> Option<Self> {
        hex(&format!("0x{text}")).filter(|value| lookup(Table::DiscReason, *value).is_some()).map(Self::Value)
    }

    /// Two codes of mstsc; the other way round where only that makes a known pair.
    fn pair(first: &str, second: &str) -> Option<Self> {
        let read = |code, extended| Some((member(code, Table::DiscReason)?, member(extended, Table::ExtDiscReason)?));
        let known =
            |(code, value): &(u32, u32)| lookup(Table::DiscReason, *code).is_some() && extended(*value).is_some();
        let typed = read(first, second);
        let swapped =
            read(second, first).filter(|pair| typed.as_ref().is_none_or(|typed| !known(typed)) && known(pair));
        swapped
            .map(|(code, extended)| Self::Swapped(code, extended))
            .or_else(|| typed.map(|(code, extended)| Self::Pair(code, extended)))
    }
}

/// What `value` is as an extended error code: one that only the server's list has was passed on from there.
pub(super) fn extended(value: u32) -> Option<&'static Code> {
    lookup(Table::ExtDiscReason, value).or_else(|| lookup(Table::ErrInfo, value))
}

/// The code of mstsc that somebody may have meant who left out its `0x`: the digits of `decimal`, read as hex.
pub(super) fn without_0x(decimal: u32) -> Option<&'static Code> {
    let value = hex(&format!("0x{decimal}")).filter(|value| *value != decimal)?;
    lookup(Table::DiscReason, value).or_else(|| lookup(Table::ExtDiscReason, value))
}

/// A number, or the value of a name, that stands in `table`. The id of an event is none, unless it stands there too.
fn member(text: &str, table: Table) -> Option<u32> {
    if !is_digits(text) {
        return number(text).or_else(|| named(text).filter(|code| code.table == table).map(|code| code.value));
    }
    let decimal = number(text)?;
    let meant = without_0x(decimal).filter(|code| code.table == table).map(|code| code.value);
    let other = lookup(table, decimal).is_none() && event::of_id(decimal).next().is_some();
    meant.or_else(|| (!other).then_some(decimal))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A code as programs write it: `0x904`, or decimal.
pub fn number(text: &str) -> Option<u32> {
    if is_digits(text) { text.parse().ok() } else { hex(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_written() {
        for word in ["0x904", "0X904", "0x0904"] {
            assert_eq!(Asked::read(&[word]), Some(Asked::Value(0x904)), "{word}");
        }
        assert_eq!(Asked::read(&["2308"]), Some(Asked::Digits(0x904)));
        assert_eq!(Asked::read(&["904"]), Some(Asked::Digits(904)));
        assert_eq!(Asked::read(&["b09"]), Some(Asked::Value(0xB09)), "letters make it hex");
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
        assert_eq!(Asked::read(&["904", "7"]), pair, "as mstsc shows it, without the 0x");
    }

    #[test]
    fn a_pair_that_is_known_the_other_way_round_is_turned() {
        let turned = Some(Asked::Swapped(0x904, 7));
        for words in [&["0x7", "0x904"][..], &["7/904"], &["7", "2308"]] {
            assert_eq!(Asked::read(words), turned, "{words:?}");
        }
        assert_eq!(Asked::read(&["0x3", "0x4"]), Some(Asked::Pair(3, 4)), "known as it stands");
        assert_eq!(Asked::read(&["0x516", "0x517"]), Some(Asked::Pair(0x516, 0x517)), "known neither way");
    }

    #[test]
    fn two_event_ids_are_no_pair() {
        assert_eq!(Asked::read(&["36870", "1149"]), None);
    }

    #[test]
    fn names_are_read_in_any_case() {
        let name = |word| match Asked::read(&[word]) {
            Some(Asked::Name(code)) => Some((code.table, code.value)),
            Some(Asked::Value(_) | Asked::Digits(_) | Asked::Pair(..) | Asked::Swapped(..)) | None => None,
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
