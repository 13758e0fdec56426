//! Sets of codes that one text speaks of, and the rule that the closest text wins.

use super::tsv::hex;

/// A set of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// `*`: every code.
    All,
    /// `layer 0x04`: the codes of mstsc whose low byte is this.
    Layer(u8),
    /// `0x904` or `0x100-0x10A`: from the first to the last, both included.
    Range(u32, u32),
}

impl Span {
    /// Reads a cell.
    pub(super) fn read(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        if let Some(layer) = text.strip_prefix("layer ") {
            return u8::try_from(hex(layer)?).ok().map(Self::Layer);
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (hex(first)?, hex(last)?);
        (first <= last).then_some(Self::Range(first, last))
    }

    /// Whether `value` is one of them.
    pub(super) fn holds(self, value: u32) -> bool {
        match self {
            Self::All => true,
            Self::Layer(byte) => layer(value) == Some(byte),
            Self::Range(first, last) => (first..=last).contains(&value),
        }
    }

    /// How many codes it may hold: the fewer, the closer it speaks of each.
    pub(super) fn width(self) -> u64 {
        match self {
            Self::All => 1 << 32,
            Self::Layer(_) => 1 << 24,
            Self::Range(first, last) => u64::from(last - first) + 1,
        }
    }
}

/// The layer that the low byte of one of mstsc's error codes names.
///
/// The numbers 0 to 0xFF are not built that way, nor are the blocks of `RemoteApp` and RD Gateway.
pub(super) fn layer(value: u32) -> Option<u8> {
    let [high, second, third, low] = value.to_be_bytes();
    (high == 0 && (second, third) != (0, 0)).then_some(low)
}

/// Of `candidates` with their width, those of the smallest width, in order.
pub(super) fn closest<T>(candidates: impl Iterator<Item = (u64, T)> + Clone) -> impl Iterator<Item = T> {
    let least = candidates.clone().map(|(width, _)| width).min();
    candidates.filter(move |(width, _)| Some(*width) == least).map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_as_it_is_written() {
        assert_eq!(Span::read("*"), Some(Span::All));
        assert_eq!(Span::read("0x904"), Some(Span::Range(0x904, 0x904)));
        assert_eq!(Span::read("0x100-0x10A"), Some(Span::Range(0x100, 0x10A)));
        assert_eq!(Span::read("layer 0x0A"), Some(Span::Layer(0x0A)));
        for bad in ["", "904", "0x2-0x1", "layer 0x100", "layer", "0x", "0x1-"] {
            assert_eq!(Span::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_low_byte_names_a_layer_only_in_plain_codes() {
        assert_eq!(layer(0x904), Some(4));
        assert_eq!(layer(0x1107), Some(7));
        assert_eq!(layer(0x4), None);
        assert_eq!(layer(0x0300_0004), None);
    }

    #[test]
    fn the_closest_candidates_win_and_keep_their_order() {
        let candidates = [(9, 'a'), (1, 'b'), (1, 'c'), (2, 'd')];
        assert_eq!(closest(candidates.into_iter()).collect::<String>(), "bc");
    }
}
