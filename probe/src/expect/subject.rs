//! What an expectation can speak of.

use std::sync::LazyLock;

use crate::fact::{Kind, Unit, registry};
use crate::phase::{Leg, Phase};
use crate::verdict::{Outcome, Who};

/// One thing that is known by name.
#[derive(Debug)]
pub(super) struct Subject {
    /// Its name, such as `tls.certificate.days_left`.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) source: Source,
}

/// Where its value comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// A fact of a phase, by its name there.
    Fact(Phase, String),
    /// How long a phase takes.
    Timing(Phase, Quantile),
    Outcome,
    Who,
    Reached,
}

/// Which of the times of several walks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Quantile {
    Min,
    Median,
    P95,
    Max,
}

/// So alike are names of which one may be meant for the other; 1 is the same.
const ALIKE: f64 = 0.5;

/// How the names of times begin.
const TIMES: &str = "phase.";

static KNOWN: LazyLock<Vec<Subject>> = LazyLock::new(known);

impl Subject {
    /// Finds it by its name.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|subject| subject.name == name)
    }

    /// What may have been meant by a name that is not known, or else what there is.
    pub(super) fn hint(name: &str) -> String {
        let (scope, rest) = scope(name);
        let within: Vec<&str> = KNOWN.iter().filter_map(|subject| subject.name.strip_prefix(scope)).collect();
        let likeness = |known: &&'static str| (strsim::normalized_damerau_levenshtein(rest, known), *known);
        let nearest = within.iter().map(likeness).max_by(|(one, _), (other, _)| one.total_cmp(other));
        match nearest.filter(|(likeness, _)| *likeness >= ALIKE) {
            Some((_, nearest)) => format!("did you mean `{scope}{nearest}`?"),
            None if scope.is_empty() => {
                "names begin with a phase such as `tls.`, with `phase.` or with `verdict.`".to_owned()
            }
            None => format!("`{scope}` goes on with {}", within.join(", ")),
        }
    }
}

/// The longest begin of a name up to a dot with which known names begin too, and what is behind it. A phase that has no
/// times has facts.
fn scope(name: &str) -> (&str, &str) {
    let bare = name.strip_prefix(TIMES).unwrap_or(name);
    let begins = |name| str::rmatch_indices(name, '.').filter_map(|(dot, _)| name.split_at_checked(dot + 1));
    let mut scopes = begins(name).filter(|(begin, _)| *begin != TIMES).chain(begins(bare));
    scopes.find(|(begin, _)| KNOWN.iter().any(|subject| subject.name.starts_with(begin))).unwrap_or(("", name))
}

fn known() -> Vec<Subject> {
    let facts = registry().into_iter().map(|fact| Subject {
        name: fact.id(),
        kind: fact.kind,
        source: Source::Fact(fact.phase, fact.name),
    });
    let quantiles =
        [("min", Quantile::Min), ("median", Quantile::Median), ("p95", Quantile::P95), ("max", Quantile::Max)];
    // Over UDP a phase has no time of its own: the report tells round trips.
    let timings = Phase::of(Leg::Tcp).flat_map(|phase| {
        quantiles.map(|(id, quantile)| Subject {
            name: format!("{TIMES}{phase}.{id}"),
            kind: Kind::Number(Unit::Micros),
            source: Source::Timing(phase, quantile),
        })
    });
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let phases: Vec<&str> = Phase::ALL.iter().map(|phase| phase.id()).collect();
    let verdict = [
        ("verdict.outcome", Kind::Word(words(&Outcome::ALL.map(Outcome::id))), Source::Outcome),
        ("verdict.who", Kind::Word(words(&Who::ALL.map(Who::id))), Source::Who),
        ("verdict.reached", Kind::Rank(words(&phases)), Source::Reached),
    ];
    let verdict = verdict.into_iter().map(|(name, kind, source)| Subject { name: name.to_owned(), kind, source });
    facts.chain(timings).chain(verdict).collect()
}
