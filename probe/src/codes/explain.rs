//! What there is to say about a code or a pair, put together from the tables.

use std::iter;

use super::asked::{Asked, extended as of_extended, without_0x};
use super::event;
use super::mstsc::stops;
use super::span::layer;
use super::table::{Code, Table, find, lookup, nearest};
use super::texts::{Kind, Text, events, of_code, of_pair, of_value};

/// What there is to say about a code or a pair. Printed, it is at most 100 columns wide.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// The code or pair, with its name.
    pub title: String,
    /// What it is.
    pub is: Vec<String>,
    /// What it is not: readings that are told of it and are wrong.
    pub is_not: Vec<String>,
    /// The stops of a walk for which mstsc shows it, by confidence.
    pub stops: Vec<String>,
    /// What to check next, the first thing first.
    pub check: Vec<String>,
    /// Which event log entries tell more, and what they tell.
    pub events: Vec<String>,
    /// Where all this comes from, as short keys.
    pub sources: Vec<String>,
}

/// Explains what was asked for, in each way that it can be meant; of a pair, the pair itself first, then its codes.
pub fn explain(asked: Asked) -> Vec<Explanation> {
    match asked {
        Asked::Value(value) => vec![explain_code(value)],
        Asked::Digits(decimal) => explain_digits(decimal),
        Asked::Name(code) => vec![explain_named(code)],
        Asked::Pair(code, extended) => explain_pair(code, extended),
        Asked::Swapped(code, extended) => {
            let mut told = explain_pair(code, extended);
            let turned =
                format!("The order was swapped: 0x{code:X} is the error code, 0x{extended:X} the extended one.");
            told.iter_mut().take(1).for_each(|pair| pair.is.insert(0, turned.clone()));
            told
        }
    }
}

/// Explains digits without `0x`: the event of that id, then the code of mstsc that was typed without its `0x`, then the
/// codes of that number.
fn explain_digits(decimal: u32) -> Vec<Explanation> {
    let hex = without_0x(decimal).map(|code| {
        let mut told = explain_code(code.value);
        told.is.insert(0, format!("mstsc prints its codes in hex, so `{decimal}` is read as 0x{:X}.", code.value));
        told
    });
    let same = (!find(decimal).is_empty()).then(|| explain_code(decimal));
    let told: Vec<_> = [explain_event(decimal), hex, same].into_iter().flatten().collect();
    if told.is_empty() { vec![unknown(None, decimal)] } else { told }
}

/// Explains an event id by what each log means that has it; `None` where no log here does.
fn explain_event(id: u32) -> Option<Explanation> {
    let is: Vec<_> = event::of_id(id).map(|event| format!("{}, {}: {}.", event.host, event.log, event.tells)).collect();
    (!is.is_empty()).then(|| Explanation {
        title: format!("event {id}: an entry of a Windows event log"),
        is,
        is_not: vec!["Not an error code: the id says which kind of entry it is; codes stand in its text.".to_owned()],
        check: vec![
            "Compare its time with the attempt's: the entry counts only where both are of the same second.".to_owned(),
        ],
        ..Explanation::default()
    })
}

/// Explains a number in every reading that the tables have for it, or says that it is unknown.
pub fn explain_code(value: u32) -> Explanation {
    match find(value).as_slice() {
        [] => {
            // The top bit is the mark of an NTSTATUS or HRESULT that is an error.
            let likely = if value >> 31 == 1 { Table::NtStatus } else { Table::DiscReason };
            unknown(Some(likely), value)
        }
        [code] => explain_named(code),
        codes => explain_readings(value, codes),
    }
}

/// Explains one code of one table.
pub fn explain_named(code: &Code) -> Explanation {
    let mut explanation = Explanation { title: format!("{code} (decimal {})", code.value), ..Explanation::default() };
    explanation.is.push(format!("{}: {}.", code.table.title(), code.means));
    explanation.is.push(format!("Where it is seen: {}", code.table.seen()));
    explanation.cite(code.source);
    for kind in KINDS {
        of_code(code, kind).for_each(|text| explanation.add(text, text.says.to_owned()));
    }
    if code.table == Table::DiscReason {
        explanation.stops = stops(code.value, None);
    }
    explanation
}

/// Explains mstsc's error code and extended error code: what the two say together, then each, where the stops and
/// the events that the pair has told already are left out.
pub fn explain_pair(code: u32, extended: u32) -> Vec<Explanation> {
    let mut pair = Explanation { title: format!("mstsc 0x{code:X} / 0x{extended:X}"), ..Explanation::default() };
    for kind in KINDS {
        of_pair(code, extended, kind).for_each(|text| pair.add(text, text.says.to_owned()));
    }
    pair.stops = stops(code, Some(extended));
    let known = |found: Option<&Code>, table, value| found.map_or_else(|| unknown(Some(table), value), explain_named);
    let mut parts = [
        known(lookup(Table::DiscReason, code), Table::DiscReason, code),
        known(of_extended(extended), Table::ExtDiscReason, extended),
    ];
    for part in &mut parts {
        part.stops.clear();
        part.events.retain(|event| !pair.events.contains(event));
    }
    iter::once(pair).chain(parts).collect()
}

const KINDS: [Kind; 4] = [Kind::Is, Kind::Not, Kind::Check, Kind::Event];

/// A number that stands in several tables: every reading, and each text with the readings that it is about.
fn explain_readings(value: u32, codes: &[&Code]) -> Explanation {
    let title = format!("0x{value:X} (decimal {value}): {} meanings, by where it was seen", codes.len());
    let mut explanation = Explanation { title, ..Explanation::default() };
    for code in codes {
        let name = code.name.map(|name| format!("{name}, ")).unwrap_or_default();
        explanation.is.push(format!("{}: {name}{}.", code.table.title(), code.means));
        explanation.cite(code.source);
    }
    for kind in KINDS {
        let mut said: Vec<(Text, Vec<&str>)> = Vec::new();
        for (code, text) in codes.iter().flat_map(|code| of_code(code, kind).map(move |text| (code, text))) {
            match said.iter_mut().find(|(known, _)| known.says == text.says) {
                Some((_, readings)) => readings.push(code.table.title()),
                None => said.push((text, vec![code.table.title()])),
            }
        }
        for (text, readings) in said {
            explanation.add(text, format!("[{}] {}", readings.join(", "), text.says));
        }
    }
    if lookup(Table::DiscReason, value).is_some() {
        explanation.stops = stops(value, None);
    }
    explanation
}

/// A number that no table has, which somebody read as a code of `likely`, if of any.
fn unknown(likely: Option<Table>, value: u32) -> Explanation {
    let mut explanation =
        Explanation { title: format!("0x{value:X} (decimal {value}): unknown"), ..Explanation::default() };
    explanation.is.push("No table here holds this number, so what it means is not known.".to_owned());
    let known = nearest(value).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if !known.is_empty() {
        explanation.is.push(format!("Known codes that look like it: {known}."));
    }
    if let Some(likely) = likely {
        for kind in KINDS {
            of_value(likely, value, kind)
                .for_each(|text| explanation.add(text, format!("If it is an {}: {}", likely.title(), text.says)));
        }
        if let (Table::DiscReason, Some(byte), None) = (likely, layer(value), of_value(likely, value, Kind::Is).next())
        {
            explanation.is.push(format!("Its low byte, 0x{byte:02X}, is no layer of a known mstsc error code."));
        }
    }
    explanation
        .is_not
        .insert(0, "Not to be explained by guess: pages that give it a meaning have no source for it.".to_owned());
    explanation
        .check
        .insert(0, "Read it again where it was shown: every digit, and whether it is hex or decimal.".to_owned());
    explanation
}

impl Explanation {
    /// Adds a text where it belongs, in the words `says`, and its source.
    fn add(&mut self, text: Text, says: String) {
        match text.kind {
            Kind::Is => self.is.push(says),
            Kind::Not => self.is_not.push(says),
            Kind::Check => self.check.push(says),
            Kind::Event => {
                for event in events(text).map(ToString::to_string) {
                    if !self.events.contains(&event) {
                        self.events.push(event);
                    }
                }
            }
        }
        self.cite(text.source.unwrap_or_default());
    }

    fn cite(&mut self, sources: &str) {
        for source in sources.split("; ").filter(|source| !source.is_empty()) {
            if !self.sources.iter().any(|known| known == source) {
                self.sources.push(source.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::all;
    use super::*;

    fn says(lines: &[String], part: &str) -> bool {
        lines.iter().any(|line| line.contains(part))
    }

    #[test]
    fn every_code_is_explained_with_a_next_step_an_event_and_a_source() {
        for code in all() {
            for explanation in [explain_named(code), explain_code(code.value)] {
                let Explanation { title, is, is_not, check, events, sources, .. } = &explanation;
                assert!(!title.is_empty() && is.len() > 1 && !is_not.is_empty(), "{explanation:?}");
                assert!(!check.is_empty() && !events.is_empty() && !sources.is_empty(), "{explanation:?}");
            }
        }
    }

    #[test]
    fn the_pair_comes_first_and_says_that_mstsc_made_its_seven() {
        let told = explain_pair(0x904, 7);
        let titles: Vec<_> = told.iter().map(|told| told.title.as_str()).collect();
        assert_eq!(titles[0], "mstsc 0x904 / 0x7");
        assert!(titles[1].contains("FDCLOSE") && titles[2].contains("ServerDenied"), "{titles:?}");
        assert!(says(&told[0].is_not, "mstsc fills in this 7 itself"));
        assert!(says(&told[0].is_not, "ERROR_ARENA_TRASHED"));
        assert!(says(&told[0].stops, "tls reset"));
        assert!(says(&told[0].events, "36870"));
    }

    #[test]
    fn the_myths_about_0x904_are_denied() {
        let told = explain_code(0x904);
        for myth in ["TLS or SSL version", "licensing code", "timeout", "authentication code", "UDP", "MSLicensing"] {
            assert!(says(&told.is_not, myth), "{myth}");
        }
    }

    #[test]
    fn a_seven_from_the_server_counts_only_when_it_was_decoded() {
        let told = lookup(Table::ErrInfo, 7).map(explain_named).unwrap();
        assert!(says(&told.is_not, "mstsc's 0x904/0x7"));
        assert!(says(&explain_pair(0x3, 7)[0].is, "believable"));
    }

    #[test]
    fn a_number_of_many_tables_tells_every_reading_once() {
        let told = explain_code(7);
        assert!(told.title.contains("4 meanings"), "{}", told.title);
        assert!(says(&told.is, "negotiation failure: not assigned"));
        let denied = told.check.iter().filter(|line| line.contains("licensing diagnoser")).count();
        assert!(denied <= 1, "{:?}", told.check);
    }

    #[test]
    fn an_unknown_number_is_called_unknown_with_its_layer_and_its_neighbours() {
        let told = explain_code(0x516);
        assert!(told.title.ends_with("unknown"));
        assert!(says(&told.is, "0x506 disconnectReasonInvalidEncryption"));
        assert!(says(&told.is, "0x204 disconnectReasonSocketConnectFailed"));
        assert!(says(&told.is, "0x16, is no layer"));
        assert!(says(&explain_code(0x609).is, "Layer 0x09"));
        assert!(says(&explain_code(0x300_0099).is, "RD Gateway"));
        assert!(says(&explain_code(0xC000_1234).check, "4625"));
    }

    #[test]
    fn an_event_id_is_explained_first_as_an_event() {
        let titles = |id| explain(Asked::Digits(id)).into_iter().map(|told| told.title).collect::<Vec<_>>();
        for (id, log) in [
            (36870, "Schannel"),
            (1026, "RDPClient"),
            (226, "RDPClient"),
            (131, "RdpCoreTS"),
            (56, "TermDD"),
            (1149, "RemoteConnectionManager"),
        ] {
            let told = explain(Asked::Digits(id));
            assert_eq!(told[0].title, format!("event {id}: an entry of a Windows event log"));
            assert!(says(&told[0].is, log), "{told:?}");
        }
        assert_eq!(titles(131).len(), 1, "no code of that number, so no guess");
        assert!(titles(1026)[1].starts_with("0x402 "), "the codes of the same number follow");
        assert!(titles(102)[1].starts_with("0x102 "), "a code typed without its 0x comes behind the event");
    }

    #[test]
    fn digits_that_are_a_known_code_in_hex_are_read_as_hex() {
        let told = explain(Asked::Digits(904));
        assert_eq!(told.len(), 1);
        assert!(told[0].title.starts_with("0x904 ") && told[0].is[0].contains("prints its codes in hex"), "{told:?}");
        assert!(explain(Asked::Digits(2308))[0].title.starts_with("0x904 "), "decimal, since 0x2308 is no code");
    }

    #[test]
    fn digits_that_nobody_knows_get_no_layer() {
        let told = explain(Asked::Digits(12345));
        assert!(told.len() == 1 && told[0].title.ends_with("unknown"));
        assert!(!says(&told[0].is, "layer") && !says(&told[0].is, "mstsc error code"), "{told:?}");
    }

    #[test]
    fn a_swapped_pair_is_explained_as_the_pair_and_says_that_it_was_swapped() {
        let (turned, pair) = (explain(Asked::Swapped(0x904, 7)), explain_pair(0x904, 7));
        assert!(turned[0].is[0].starts_with("The order was swapped"));
        assert_eq!((turned[0].is[1..].to_vec(), &turned[1..]), (pair[0].is.clone(), &pair[1..]));
    }

    #[test]
    fn an_extended_code_passed_on_from_the_server_is_explained_as_the_server_s() {
        assert!(explain_pair(0x3, 0x10EA)[2].title.contains("ERRINFO_BADCAPABILITIES"));
        assert!(explain_pair(0x3, 0x999)[2].title.ends_with("unknown"));
    }
}
