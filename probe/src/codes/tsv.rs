//! Tab-separated tables: a header line, then one record a line.

/// The records of `text`, each of exactly `N` cells.
///
/// A line with another number of cells is left out; the tests prove that no file holds one.
pub(super) fn records<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    text.lines().skip(1).filter_map(|line| line.split('\t').collect::<Vec<_>>().try_into().ok())
}

/// The content of a cell; `-` stands for nothing.
pub(super) fn cell(text: &'static str) -> Option<&'static str> {
    (text != "-").then_some(text)
}

/// A number written `0x..`.
pub(super) fn hex(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    if digits.starts_with('+') {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// How many records `text` has to give.
#[cfg(test)]
pub(super) fn lines(text: &str) -> usize {
    text.lines().count().saturating_sub(1)
}
