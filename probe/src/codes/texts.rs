//! What there is to say about codes beyond their meaning.

use std::sync::LazyLock;

use super::event::{self, Event};
use super::span::{Span, closest};
use super::table::{Code, Table};
use super::tsv::{cell, records};

const TEXTS: &str = include_str!("tables/texts.tsv");
const PAIRS: &str = include_str!("tables/pairs.tsv");

/// The question that a text answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What it is.
    Is,
    /// What it is not.
    Not,
    /// What to check next.
    Check,
    /// Which event log entries tell more; the text holds their ids.
    Event,
}

/// A sentence, and where it comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text {
    pub(super) kind: Kind,
    pub(super) says: &'static str,
    pub(super) source: Option<&'static str>,
}

static CODE_TEXTS: LazyLock<Vec<(Table, Span, Text)>> = LazyLock::new(|| {
    let row = |[table, span, kind, says, source]: [&'static str; 5]| {
        let table = *Table::ALL.iter().find(|known| known.id() == table)?;
        Some((table, Span::read(span)?, text(kind, says, source)?))
    };
    records(TEXTS).filter_map(row).collect()
});

static PAIR_TEXTS: LazyLock<Vec<(Span, Span, Text)>> = LazyLock::new(|| {
    let row = |[code, extended, kind, says, source]: [&'static str; 5]| {
        Some((Span::read(code)?, Span::read(extended)?, text(kind, says, source)?))
    };
    records(PAIRS).filter_map(row).collect()
});

fn text(kind: &str, says: &'static str, source: &'static str) -> Option<Text> {
    let kind = match kind {
        "is" => Kind::Is,
        "not" => Kind::Not,
        "check" => Kind::Check,
        "event" => Kind::Event,
        _ => return None,
    };
    Some(Text { kind, says, source: cell(source) })
}

/// The texts of one kind about a code: those that speak of the fewest others.
pub(super) fn of_code(code: &Code, kind: Kind) -> impl Iterator<Item = Text> {
    of_value(code.table, code.value, kind)
}

/// The texts of one kind about a number, read as a code of `table`, known or not.
pub(super) fn of_value(table: Table, value: u32, kind: Kind) -> impl Iterator<Item = Text> {
    closest(
        CODE_TEXTS
            .iter()
            .filter(move |(of, span, text)| *of == table && text.kind == kind && span.holds(value))
            .map(|(_, span, text)| (span.width(), *text)),
    )
}

/// The texts of one kind about mstsc's error code and extended error code together.
pub(super) fn of_pair(code: u32, extended: u32, kind: Kind) -> impl Iterator<Item = Text> {
    closest(
        PAIR_TEXTS
            .iter()
            .filter(move |(first, second, text)| text.kind == kind && first.holds(code) && second.holds(extended))
            .map(|(first, second, text)| (first.width().saturating_mul(second.width()), *text)),
    )
}

/// The event log entries that a text names.
pub(super) fn events(text: Text) -> impl Iterator<Item = &'static Event> {
    text.says.split(' ').filter_map(|name| event::all().iter().find(|event| event.name == name))
}

#[cfg(test)]
mod tests {
    use super::super::table::{all, lookup};
    use super::super::tsv::lines;
    use super::*;

    #[test]
    fn every_row_of_every_file_is_read() {
        assert_eq!(CODE_TEXTS.len(), lines(TEXTS));
        assert_eq!(PAIR_TEXTS.len(), lines(PAIRS));
    }

    #[test]
    fn every_code_says_what_it_is_not_what_to_check_and_where_to_look() {
        for code in all() {
            for kind in [Kind::Not, Kind::Check, Kind::Event] {
                assert!(of_code(code, kind).next().is_some(), "{} {code}: no {kind:?}", code.table.id());
            }
        }
    }

    #[test]
    fn every_text_about_a_single_code_is_about_a_known_one() {
        for (table, span, text) in &*CODE_TEXTS {
            if let Span::Range(first, last) = span {
                let known = lookup(*table, *first).is_some() && lookup(*table, *last).is_some();
                assert!(known || last - first > 0xFFFF, "{} {span:?}: {}", table.id(), text.says);
            }
        }
    }

    #[test]
    fn every_text_has_a_source_and_every_event_it_names_exists() {
        let texts = CODE_TEXTS.iter().map(|(.., text)| text).chain(PAIR_TEXTS.iter().map(|(.., text)| text));
        for text in texts {
            match text.kind {
                Kind::Event => assert_eq!(events(*text).count(), text.says.split(' ').count(), "{}", text.says),
                Kind::Is | Kind::Not | Kind::Check => assert!(text.source.is_some(), "{}", text.says),
            }
        }
    }

    #[test]
    fn every_event_is_named_by_some_text() {
        let named = |wanted: &str| {
            let texts = CODE_TEXTS.iter().map(|(.., text)| text).chain(PAIR_TEXTS.iter().map(|(.., text)| text));
            texts.filter(|text| text.kind == Kind::Event).any(|text| text.says.split(' ').any(|name| name == wanted))
        };
        for event in event::all() {
            assert!(named(event.name), "{}", event.name);
        }
    }

    #[test]
    fn a_text_about_one_code_hides_the_texts_about_its_layer() {
        let nots = |value| of_value(Table::DiscReason, value, Kind::Not).map(|text| text.says).collect::<Vec<_>>();
        assert!(nots(0x904).iter().any(|says| says.contains("MSLicensing")));
        assert_eq!(nots(0xB04), ["Not about the account or a license: those layers have numbers of their own."]);
    }
}
