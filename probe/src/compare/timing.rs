//! How long the path and the phases take on each path, and whether that is another time or noise.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::chance::{Chance, Judged};
use super::ranks::Ranks;
use crate::clock::micros;
use crate::evidence::{Recording, Source};
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
    /// Whose clock it was read off, the least exact where walks differ; absent where there are no samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// How many samples.
    pub n: usize,
    /// Half of them are no longer, in microseconds; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_us: Option<u64>,
    /// How it differs from the first path that has samples; absent too where another clock measured there.
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

/// The samples of one path, and whose clock they were read off.
#[derive(Debug, Clone, Default)]
pub(super) struct Samples {
    pub(super) source: Option<Source>,
    pub(super) us: Vec<u64>,
}

/// The durations of all reports. What leads to a proxy, and round trips to it, are none to the target.
pub(super) fn of(reports: &[&Report]) -> Vec<Timing> {
    let direct = |report: &Report| report.survey.via().is_none();
    let path = [
        ("round_trip", samples(reports, direct, Recording::round_trip)),
        ("turn_around", samples(reports, direct, turn_around)),
    ];
    let phases = Phase::ALL.iter().map(|phase| {
        let tells = |report: &Report| *phase >= Phase::Proxy || direct(report);
        (phase.id(), samples(reports, tells, |tape| Some((Source::Userspace, took(tape, *phase)?))))
    });
    path.into_iter().chain(phases).filter_map(|(what, samples)| Timing::of(what, &samples)).collect()
}

/// What each walk of the reports that tell it says; the first finds every cache cold, and counts only where it stands
/// alone.
fn samples(
    reports: &[&Report],
    tells: impl Fn(&Report) -> bool,
    sample: impl Fn(&Recording) -> Option<(Source, Duration)>,
) -> Vec<Samples> {
    let of = |report: &&Report| {
        let walks: Vec<_> = report.survey.repeats().filter(|_| tells(report)).collect();
        let (first, further) = walks.split_at(walks.len().min(1));
        let walks = if further.is_empty() { first } else { further };
        let taken: Vec<_> = walks.iter().filter_map(|walk| sample(&walk.tape)).collect();
        let source = taken.iter().map(|(source, _)| *source).max();
        Samples { source, us: taken.into_iter().map(|(_, took)| micros(took)).collect() }
    };
    reports.iter().map(of).collect()
}

impl Timing {
    /// Compares samples; `None` where there are none.
    pub(super) fn of(what: &str, samples: &[Samples]) -> Option<Self> {
        let (first, reference) = samples.iter().enumerate().find(|(_, samples)| !samples.us.is_empty())?;
        let fair = |path: usize, samples: &Samples| path != first && samples.source == reference.source;
        let paths = samples.iter().enumerate().map(|(path, samples)| Measured {
            source: samples.source,
            n: samples.us.len(),
            median_us: Spread::of(&samples.us).map(|spread| spread.median_us),
            shift: Ranks::of(&reference.us, &samples.us).filter(|_| fair(path, samples)).map(|ranks| Shift {
                us: ranks.shift,
                low_us: ranks.interval.map(|(low, _)| low),
                high_us: ranks.interval.map(|(_, high)| high),
                chance: Chance::of(ranks.p, ranks.least),
            }),
        });
        Some(Self { what: what.to_owned(), paths: paths.collect() })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn path(source: Source, us: impl IntoIterator<Item = u64>) -> Samples {
        Samples { source: Some(source), us: us.into_iter().collect() }
    }

    #[test]
    fn what_another_clock_measured_is_told_and_not_compared() {
        let paths = [path(Source::Wire, 100..110), path(Source::Userspace, 900..910), path(Source::Wire, 500..510)];
        let timing = Timing::of("round_trip", &paths).unwrap();
        let shifts: Vec<_> = timing.paths.iter().map(|path| path.shift.as_ref().map(|shift| shift.us)).collect();
        assert_eq!(shifts, [None, None, Some(400)]);
        assert_eq!(timing.paths[1].median_us, Some(904));
    }

    #[test]
    fn what_is_real_and_too_small_to_matter_is_slight() {
        let judged = |later: u64| {
            let paths = [path(Source::Wire, 10_000..10_020), path(Source::Wire, 10_000 + later..10_020 + later)];
            let mut timing = Timing::of("connect", &paths).unwrap();
            Chance::judge(timing.chances());
            timing.weigh();
            timing.paths[1].shift.as_ref().unwrap().chance.judged
        };
        assert_eq!([0, 900, 1_100].map(judged), [Judged::Noise, Judged::Slight, Judged::Differs]);
    }
}
