//! What the user of mstsc saw when a connection ended the way a walk did.
//!
//! mstsc retries and takes other paths than we do, so a pair is what it *likely* showed; each says how sure we are.
//! In the table phases, causes and refusal kinds have the names of the report.

use std::fmt;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::span::{Span, closest};
use super::table::unwrapped;
use super::tsv::{cell, hex, records};
use crate::phase::Phase;
use crate::stop::{CauseKind, RefusalKind};

const ROWS: &str = include_str!("tables/mstsc.tsv");

/// The two numbers of mstsc's dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pair {
    /// The error code, such as `0x904`.
    pub code: String,
    /// The extended error code, such as `0x7`, where one is known to come with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<String>,
    /// How well it is known that mstsc shows this.
    pub confidence: Confidence,
    /// What the pair says about the stop, in a few words.
    pub means: String,
}

/// How well something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Microsoft says so.
    Documented,
    /// Seen in reports from the field.
    Observed,
    /// Our own conclusion.
    Inferred,
}

impl Confidence {
    /// The word that stands in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
        }
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, extended, confidence, means } = self;
        let extended = extended.as_ref().map(|extended| format!(" / {extended}")).unwrap_or_default();
        write!(f, "{code}{extended} ({}) - {means}", confidence.id())
    }
}

/// Which stops show one pair.
#[derive(Debug)]
struct Row {
    phases: Vec<Phase>,
    causes: Vec<CauseKind>,
    /// The kind of refusal; `None` for any, and for causes without one.
    refusal: Option<RefusalKind>,
    /// The codes of that refusal.
    codes: Span,
    code: &'static str,
    extended: Extended,
    confidence: Confidence,
    means: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Extended {
    Unknown,
    /// The server's own code, which mstsc passes on.
    Refusal,
    Fixed(&'static str),
}

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| records(ROWS).filter_map(row).collect());

fn row([phases, causes, refusal, codes, code, extended, confidence, means]: [&'static str; 8]) -> Option<Row> {
    let extended = match cell(extended) {
        None => Extended::Unknown,
        Some("refusal") => Extended::Refusal,
        Some(fixed) => Extended::Fixed(fixed),
    };
    let confidence = match confidence {
        "documented" => Confidence::Documented,
        "observed" => Confidence::Observed,
        "inferred" => Confidence::Inferred,
        _ => return None,
    };
    let phases = phases.split(',').map(|phase| phase.parse().ok()).collect::<Option<_>>()?;
    let causes = causes.split(',').map(CauseKind::named).collect::<Option<_>>()?;
    let refusal = if refusal == "*" { None } else { Some(RefusalKind::named(refusal)?) };
    Some(Row { phases, causes, refusal, codes: Span::read(codes)?, code, extended, confidence, means })
}

impl Row {
    fn holds(&self, phase: Phase, cause: CauseKind, refusal: Option<(RefusalKind, u32)>) -> bool {
        let refused =
            self.refusal.is_none_or(|kind| refusal.is_some_and(|(k, code)| k == kind && self.codes.holds(code)));
        self.phases.contains(&phase) && self.causes.contains(&cause) && refused
    }

    fn pair(&self, refusal: Option<(RefusalKind, u32)>) -> Pair {
        let extended = match self.extended {
            Extended::Unknown => None,
            Extended::Refusal => refusal.map(|(_, code)| format!("0x{code:X}")),
            Extended::Fixed(fixed) => Some(fixed.to_owned()),
        };
        Pair { code: self.code.to_owned(), extended, confidence: self.confidence, means: self.means.to_owned() }
    }

    fn shows(&self, code: u32, extended: Option<u32>) -> bool {
        let extended = match (self.extended, extended) {
            (Extended::Fixed(fixed), Some(extended)) => hex(fixed) == Some(extended),
            (Extended::Refusal, Some(extended)) => extended != 0,
            (Extended::Unknown, _) | (_, None) => true,
        };
        hex(self.code) == Some(code) && extended
    }

    /// The stops in words: `tls declined (alert 0x28)`.
    fn stops(&self) -> String {
        let phases = self.phases.iter().map(|phase| phase.id()).collect::<Vec<_>>().join("/");
        let causes = self.causes.iter().map(|cause| cause.id()).collect::<Vec<_>>().join("/");
        let refusal = match (self.refusal.map(RefusalKind::id), self.codes) {
            (None, _) => String::new(),
            (Some(kind), Span::Range(first, last)) if first == last => format!(" ({kind} 0x{first:X})"),
            (Some(kind), Span::Range(first, last)) => format!(" ({kind} 0x{first:X} to 0x{last:X})"),
            (Some(kind), Span::All | Span::Layer(_)) => format!(" ({kind})"),
        };
        format!("{phases} {causes}{refusal}")
    }
}

/// What mstsc likely showed for a stop, the likeliest first; empty where nothing is known, or where mstsc goes on.
///
/// `refusal` is the kind and the code of a `declined` stop.
pub fn pairs(phase: Phase, cause: CauseKind, refusal: Option<(RefusalKind, u32)>) -> Vec<Pair> {
    let stands_for = |(kind, code)| (kind, if kind == RefusalKind::Ntstatus { unwrapped(code) } else { code });
    let refusal = refusal.map(stands_for);
    let rows = TABLE.iter().filter(|row| row.holds(phase, cause, refusal));
    closest(rows.map(|row| (row.codes.width(), row))).map(|row| row.pair(refusal)).collect()
}

/// The stops for which mstsc shows these numbers, in one sentence for each confidence.
pub(super) fn stops(code: u32, extended: Option<u32>) -> Vec<String> {
    let sentence = |confidence: Confidence, word: &str| {
        let rows = TABLE.iter().filter(|row| row.confidence == confidence && row.shows(code, extended));
        let stops: Vec<_> = rows.map(Row::stops).collect();
        (!stops.is_empty()).then(|| format!("{word}: {}", stops.join("; ")))
    };
    let words = [
        (Confidence::Documented, "documented"),
        (Confidence::Observed, "observed"),
        (Confidence::Inferred, "inferred"),
    ];
    words.into_iter().filter_map(|(confidence, word)| sentence(confidence, word)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::table::{Table, lookup};
    use super::super::tsv::lines;
    use super::*;

    fn shown(phase: Phase, cause: CauseKind, refusal: Option<(RefusalKind, u32)>) -> Vec<String> {
        let pair = |pair: Pair| format!("{}/{}", pair.code, pair.extended.as_deref().unwrap_or("-"));
        pairs(phase, cause, refusal).into_iter().map(pair).collect()
    }

    #[test]
    fn every_row_is_read_and_speaks_of_names_that_exist() {
        assert_eq!(TABLE.len(), lines(ROWS));
        for row in &*TABLE {
            assert!(row.refusal.is_none() || row.causes == [CauseKind::Declined], "{row:?}");
            assert!(hex(row.code).is_some_and(|code| lookup(Table::DiscReason, code).is_some()), "{row:?}");
            if let Extended::Fixed(fixed) = row.extended {
                assert!(hex(fixed).is_some_and(|code| lookup(Table::ExtDiscReason, code).is_some()), "{row:?}");
            }
        }
    }

    #[test]
    fn a_reset_at_the_client_hello_is_the_pair_everybody_asks_about() {
        let pairs = pairs(Phase::Tls, CauseKind::Reset, None);
        assert_eq!(pairs.len(), 1);
        assert_eq!((pairs[0].code.as_str(), pairs[0].extended.as_deref()), ("0x904", Some("0x7")));
        assert_eq!(pairs[0].confidence, Confidence::Observed);
    }

    #[test]
    fn a_row_about_one_code_hides_the_row_about_all() {
        assert_eq!(shown(Phase::Credssp, CauseKind::Declined, Some((RefusalKind::Ntstatus, 0xC000_0072))), ["0xB07/-"]);
        assert_eq!(shown(Phase::Credssp, CauseKind::Declined, Some((RefusalKind::Ntstatus, 0xC000_0001))), ["0x207/-"]);
        assert_eq!(shown(Phase::Credssp, CauseKind::Declined, Some((RefusalKind::Ntstatus, 0xC007_030C))), ["0x807/-"]);
        assert_eq!(shown(Phase::Credssp, CauseKind::Declined, Some((RefusalKind::EarlyUserAuth, 5))), ["0x3/0x9"]);
        assert_eq!(shown(Phase::Tls, CauseKind::Declined, Some((RefusalKind::Alert, 40))), ["0x904/0x7", "0x4/0x0"]);
        assert_eq!(shown(Phase::Tls, CauseKind::Declined, Some((RefusalKind::Alert, 80))), ["0x904/0x7"]);
    }

    #[test]
    fn a_server_s_own_reason_becomes_the_extended_code() {
        assert_eq!(shown(Phase::Licensing, CauseKind::Declined, Some((RefusalKind::ErrorInfo, 0x102))), ["0x3/0x102"]);
        assert_eq!(
            shown(Phase::Finalization, CauseKind::Declined, Some((RefusalKind::ErrorInfo, 0x112F))),
            ["0x3/0x112F"]
        );
    }

    #[test]
    fn nothing_is_claimed_where_mstsc_goes_on_or_nothing_is_known() {
        assert!(shown(Phase::Negotiate, CauseKind::Declined, Some((RefusalKind::Negotiation, 2))).is_empty());
        assert!(shown(Phase::Tls, CauseKind::Local, None).is_empty());
        assert!(shown(Phase::UdpSyn, CauseKind::Silence, None).is_empty());
    }

    #[test]
    fn a_pair_survives_the_way_through_a_report() {
        for row in &*TABLE {
            let pair = row.pair(Some((RefusalKind::ErrorInfo, 7)));
            let json = serde_json::to_string(&pair).unwrap();
            assert_eq!(serde_json::from_str::<Pair>(&json).unwrap(), pair, "{json}");
        }
    }

    #[test]
    fn a_pair_leads_back_to_its_stops() {
        let stops = stops(0x904, Some(7));
        assert!(stops.iter().any(|line| line.starts_with("observed: tls reset; ")), "{stops:?}");
        assert!(super::stops(0x904, Some(0))[0].contains("capabilities/finalization closed/reset"));
        assert!(super::stops(0x516, None).is_empty());
    }
}
