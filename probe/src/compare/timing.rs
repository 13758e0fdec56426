//! How long the path and the phases take on each path, and whether that is another time or noise.

use schemars::JsonSchema;
use serde::Serialize;

use super::chance::{Chance, Judged};
use super::ranks::Ranks;
use crate::clock::micros;
use crate::evidence::Recording;
use crate::path::{Spread, took, turn_around};
use crate::phase::Phase;
use crate::report::Report;

/// A difference matters from this on, and from a twentieth of the time itself.
const MATTERS_US: u64 = 1_000;

/// One duration, path by path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "ComparedTiming")]
pub struct Timing {
    /// `round_trip`, `turn_around`, or the phase.
    pub what: String,
    /// Each path's.
    pub paths: Vec<Measured>,
}

/// One path's duration: of the walks after the first, or of the first where there is no other.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Measured {
    /// How many samples.
    pub n: usize,
    /// Half of them are no longer, in microseconds; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_us: Option<u64>,
    /// How it differs from the first path that has samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<Shift>,
}

/// How much longer it takes than on the first path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Shift {
    /// The median difference of every pair of samples, in microseconds; negative where it is quicker.
    pub us: i64,
    /// The lower bound of its 95 % interval; absent where there are too few samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_us: Option<i64>,
    /// The upper bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_us: Option<i64>,
    /// Whether chance alone makes it, by the test of Mann and Whitney.
    #[serde(flatten)]
    pub chance: Chance,
}

/// The durations of all reports.
pub(super) fn of(reports: &[&Report]) -> Vec<Timing> {
    let path = [
        ("round_trip".to_owned(), samples(reports, |tape| Some(micros(tape.path_rtt()?)))),
        ("turn_around".to_owned(), samples(reports, |tape| Some(micros(turn_around(tape)?.1)))),
    ];
    let phases = Phase::ALL.iter().map(|phase| {
        let took = samples(reports, |tape| Some(micros(took(tape, *phase)?)));
        (phase.id().to_owned(), took)
    });
    path.into_iter().chain(phases).filter_map(|(what, samples)| Timing::of(what, &samples)).collect()
}

/// What each walk says; the first finds every cache cold, and counts only where it stands alone.
fn samples(reports: &[&Report], sample: impl Fn(&Recording) -> Option<u64>) -> Vec<Vec<u64>> {
    let of = |report: &&Report| {
        let walks: Vec<_> = report.survey.repeats().collect();
        let (first, further) = walks.split_at(walks.len().min(1));
        let walks = if further.is_empty() { first } else { further };
        walks.iter().filter_map(|walk| sample(&walk.tape)).collect()
    };
    reports.iter().map(of).collect()
}

impl Timing {
    /// Compares samples; `None` where there are none.
    pub(super) fn of(what: String, samples: &[Vec<u64>]) -> Option<Self> {
        let (first, reference) = samples.iter().enumerate().find(|(_, samples)| !samples.is_empty())?;
        let paths = samples.iter().enumerate().map(|(path, samples)| Measured {
            n: samples.len(),
            median_us: Spread::of(samples).map(|spread| spread.median_us),
            shift: Ranks::of(reference, samples).filter(|_| path != first).map(|ranks| Shift {
                us: ranks.shift,
                low_us: ranks.interval.map(|(low, _)| low),
                high_us: ranks.interval.map(|(_, high)| high),
                chance: Chance::of(ranks.p, ranks.least),
            }),
        });
        Some(Self { what, paths: paths.collect() })
    }

    /// The tests in it.
    pub(super) fn chances(&mut self) -> impl Iterator<Item = &mut Chance> {
        self.paths.iter_mut().filter_map(|path| path.shift.as_mut().map(|shift| &mut shift.chance))
    }

    /// Sets aside what is judged a difference, and too small for anybody to feel.
    pub(super) fn weigh(&mut self) {
        let longest = self.paths.iter().filter_map(|path| path.median_us).max().unwrap_or_default();
        let matters = MATTERS_US.max(longest / 20);
        for shift in self.paths.iter_mut().filter_map(|path| path.shift.as_mut()) {
            if shift.chance.differs() && shift.us.unsigned_abs() < matters {
                shift.chance.judged = Judged::Slight;
            }
        }
    }

    /// What it is called among people.
    pub(super) fn name(&self) -> &str {
        match self.what.as_str() {
            "round_trip" => "round trip",
            "turn_around" => "turn-around",
            phase => phase,
        }
    }

    /// Whether any path differs from the first.
    pub fn differs(&self) -> bool {
        self.paths.iter().any(|path| path.shift.as_ref().is_some_and(|shift| shift.chance.differs()))
    }
}
