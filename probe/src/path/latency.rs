use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::clock::micros;
use crate::evidence::{Direction, Event, Outcome, Recording, Source};
use crate::phase::Phase;
use crate::walk::Walk;

/// Equal parts of the range that a [`Spread`] counts its samples in.
const BINS: usize = 16;

/// How long the path and the phases take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Latency {
    /// One round trip: of each walk the smallest that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round_trip: Option<Timing>,
    /// What the server takes of its own: its X.224 answer's time less the round trip of the same walk. Where that
    /// leaves nothing, or a segment was sent again meanwhile, the walk does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn_around: Option<Timing>,
    /// The phases that passed, in order.
    pub phases: Vec<PhaseTiming>,
}

/// One duration over all walks, in microseconds. The first walk stands apart: it finds every cache cold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Timing {
    /// Whose clock it was read off; the least exact where walks differ.
    pub source: Source,
    /// The smallest of all, the first walk's too.
    pub least_us: u64,
    /// The first walk's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_us: Option<u64>,
    /// The further walks'.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeats: Option<Spread>,
}

/// How long a phase took, over the walks in which it passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PhaseTiming {
    /// Which.
    pub phase: Phase,
    /// How long.
    #[serde(flatten)]
    pub timing: Timing,
}

/// How samples are spread, in microseconds. Each quantile is a sample, by the nearest rank; it is absent where that is
/// the maximum itself, since so few samples do not know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spread {
    /// How many samples.
    pub n: usize,
    /// The smallest.
    pub min_us: u64,
    /// Half of them are no larger.
    pub median_us: u64,
    /// 95 % of them are no larger; known from 20 samples on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95_us: Option<u64>,
    /// 99 % of them are no larger; known from 100 samples on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99_us: Option<u64>,
    /// The largest.
    pub max_us: u64,
    /// Jitter: the mean difference of one sample and the next, without its sign, in the order of the walks. RFC 3550
    /// 6.4.1 smooths the same differences; known from 2 samples on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter_us: Option<u64>,
    /// How many samples lie in each of 16 equal parts of the range from the smallest to the largest.
    pub bins: Vec<u32>,
}

impl Latency {
    /// Measures the baseline and its repeats.
    pub(super) fn of(repeats: &[&Walk]) -> Self {
        let timing = |sample: &dyn Fn(&Recording) -> Option<(Source, Duration)>| {
            Timing::of(&repeats.iter().map(|walk| sample(&walk.tape)).collect::<Vec<_>>())
        };
        let phases = Phase::ALL.iter().filter_map(|phase| {
            let timing = timing(&|tape| Some((Source::Userspace, took(tape, *phase)?)))?;
            Some(PhaseTiming { phase: *phase, timing })
        });
        Self { round_trip: timing(&Recording::round_trip), turn_around: timing(&turn_around), phases: phases.collect() }
    }
}

impl Timing {
    /// Of the samples of all walks, in their order.
    fn of(samples: &[Option<(Source, Duration)>]) -> Option<Self> {
        let source = samples.iter().flatten().map(|(source, _)| *source).max()?;
        let us: Vec<Option<u64>> = samples.iter().map(|sample| sample.map(|(_, took)| micros(took))).collect();
        let (first_us, further) = us.split_first()?;
        let further: Vec<u64> = further.iter().copied().flatten().collect();
        let least_us = first_us.iter().chain(&further).copied().min()?;
        Some(Self { source, least_us, first_us: *first_us, repeats: Spread::of(&further) })
    }
}

impl Spread {
    /// Of samples in the order in which they were taken; nothing of none.
    pub fn of(samples: &[u64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        let (n, min_us, max_us) = (sorted.len(), *sorted.first()?, *sorted.last()?);
        let rank = |percent: usize| n.saturating_mul(percent).div_ceil(100);
        let quantile = |percent| sorted.get(rank(percent).saturating_sub(1)).copied();
        let known = |percent| quantile(percent).filter(|_| rank(percent) < n);
        let steps = samples.iter().zip(samples.iter().skip(1)).map(|(one, next)| one.abs_diff(*next));
        let walked = steps.fold(0, u64::saturating_add);
        let jitter_us = u64::try_from(n).ok().and_then(|n| walked.checked_div(n.saturating_sub(1)));
        let mut bins = vec![0; BINS];
        let range = u128::from((max_us - min_us).max(1));
        for sample in sorted.iter().map(|sample| u128::from(sample - min_us)) {
            let bin = usize::try_from(sample * BINS as u128 / range).map_or(BINS - 1, |bin| bin.min(BINS - 1));
            bins.iter_mut().skip(bin).take(1).for_each(|count| *count += 1);
        }
        let (median_us, p95_us, p99_us) = (quantile(50)?, known(95), known(99));
        Some(Self { n, min_us, median_us, p95_us, p99_us, max_us, jitter_us, bins })
    }
}

/// How long a phase took that passed.
pub(crate) fn took(tape: &Recording, phase: Phase) -> Option<Duration> {
    let (enter, leave) = tape.span(phase).filter(|_| tape.outcome(phase) == Some(Outcome::Passed))?;
    Some(leave - enter)
}

/// What the server took to answer the Connection Request, without the way; by the less exact of the two clocks.
pub(crate) fn turn_around(tape: &Recording) -> Option<(Source, Duration)> {
    let again = |phase| tape.kernel(phase).and_then(|info| info.retransmits);
    if again(Phase::Negotiate) > again(Phase::Connect) {
        return None;
    }
    let turn = |ours: fn(&Event) -> bool, theirs: fn(&Event) -> bool| {
        let mut entries = tape.during(Phase::Negotiate).map(|(_, entry)| entry);
        let asked = entries.find(|entry| ours(&entry.event))?.at;
        Some(entries.find(|entry| theirs(&entry.event))?.at - asked)
    };
    let wire = turn(|event| carries(event, Direction::Ours), |event| carries(event, Direction::Theirs));
    let (clock, answer) = match wire {
        Some(answer) => (Source::Wire, answer),
        None => (Source::Userspace, turn(|event| event.sent().is_some(), |event| event.received().is_some())?),
    };
    let (way_clock, way) = tape.round_trip()?;
    let own = answer.checked_sub(way).filter(|own| !own.is_zero())?;
    Some((clock.max(way_clock), own))
}

/// Whether it is a packet of that side with data in it.
fn carries(event: &Event, direction: Direction) -> bool {
    event.frame().is_some_and(|frame| frame.carries(direction))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::evidence::{Bytes, Entry, Flag, Frame};
    use crate::sys::TcpInfo;

    #[test]
    fn a_quantile_that_few_samples_do_not_know_is_absent() {
        let known = |n: u64| {
            let spread = Spread::of(&(1..=n).collect::<Vec<_>>()).unwrap();
            (spread.median_us, spread.p95_us, spread.p99_us)
        };
        assert_eq!(known(1), (1, None, None));
        assert_eq!(known(19), (10, None, None));
        assert_eq!(known(20), (10, Some(19), None));
        assert_eq!(known(99), (50, Some(95), None));
        assert_eq!(known(100), (50, Some(95), Some(99)));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn jitter_is_the_mean_step_from_one_sample_to_the_next() {
        let jitter = |samples: &[u64]| Spread::of(samples).unwrap().jitter_us;
        assert_eq!(jitter(&[5]), None);
        assert_eq!(jitter(&[5, 5, 5]), Some(0));
        assert_eq!(jitter(&[10, 30, 10, 30]), Some(20));
        assert_eq!(jitter(&[10, 10, 30, 30]), Some(6), "the order counts");
    }

    #[test]
    fn quantiles_are_ordered_samples_and_every_sample_has_its_bin() {
        let mut state: u64 = 1;
        for n in 1..300 {
            let samples: Vec<u64> = (0..n)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    state >> (state % 64)
                })
                .collect();
            let spread = Spread::of(&samples).unwrap();
            let known =
                [Some(spread.min_us), Some(spread.median_us), spread.p95_us, spread.p99_us, Some(spread.max_us)];
            let known: Vec<u64> = known.into_iter().flatten().collect();
            assert!(known.is_sorted() && known.iter().all(|us| samples.contains(us)), "{spread:?}");
            assert_eq!(spread.bins.iter().sum::<u32>(), n);
            assert!(spread.bins[0] > 0 && (n == 1 || spread.bins[BINS - 1] > 0), "{spread:?}");
            assert_eq!((spread.n, spread.bins.len()), (samples.len(), BINS));
            let turned = Spread::of(&samples.iter().rev().copied().collect::<Vec<_>>()).unwrap();
            assert_eq!(turned, spread, "the order counts for nothing but jitter, and its direction for nothing");
        }
    }

    #[test]
    fn the_first_walk_stands_apart_and_the_least_exact_source_is_named() {
        let us = Duration::from_micros;
        let samples = [Some((Source::Kernel, us(90))), None, Some((Source::Userspace, us(30))), None];
        let timing = Timing::of(&samples).unwrap();
        assert_eq!((timing.source, timing.first_us, timing.least_us), (Source::Userspace, Some(90), 30));
        assert_eq!(timing.repeats.map(|spread| (spread.n, spread.max_us)), Some((1, 30)));
        assert_eq!(Timing::of(&[None, None]), None);
    }

    /// A tape whose server answers the Connection Request `answered` microseconds after it, on a path of 800.
    fn tape(answered: u64, retransmits: u32) -> Recording {
        let bytes = Bytes { bytes: Vec::new(), length: 47 };
        let kernel = |retransmits| {
            Event::Kernel(Box::new(TcpInfo {
                min_rtt_us: Some(800),
                retransmits: Some(retransmits),
                ..TcpInfo::default()
            }))
        };
        let leave = |phase| Event::Leave { phase, outcome: Outcome::Passed };
        let events = [
            (0, Event::Enter { phase: Phase::Connect }),
            (900, kernel(0)),
            (900, leave(Phase::Connect)),
            (900, Event::Enter { phase: Phase::Negotiate }),
            (1_000, Event::Sent(bytes.clone())),
            (1_000 + answered, Event::Received(bytes)),
            (9_000, kernel(retransmits)),
            (9_000, leave(Phase::Negotiate)),
        ];
        Recording(events.into_iter().map(|(at, event)| Entry { at: Moment(at), event }).collect())
    }

    #[test]
    fn the_servers_own_time_is_its_answers_less_the_way() {
        assert_eq!(turn_around(&tape(1_250, 0)), Some((Source::Userspace, Duration::from_micros(450))));
        assert_eq!(turn_around(&tape(800, 0)), None, "nothing is left");
        assert_eq!(turn_around(&tape(700, 0)), None, "less than nothing is left");
        assert_eq!(turn_around(&tape(1_250, 1)), None, "a segment was sent again");
    }

    /// The same tape with what the capture saw: the SYN and its answer 700 apart, the request and its answer 1,000.
    fn seen(syns: u64) -> Recording {
        let frame = |direction, flags: &[Flag], payload| {
            let (flags, options) = (flags.to_vec(), Vec::new());
            let (ip, ttl, id, dont_fragment, length) = (4, 64, None, None, 40 + payload);
            let (seq, ack, window) = (1, 1, 1);
            Frame { direction, ip, ttl, id, dont_fragment, length, flags, seq, ack, window, options, payload }
        };
        let syn = (0..syns).map(|again| (10 + again, frame(Direction::Ours, &[Flag::Syn], 0)));
        let others = [
            (710, frame(Direction::Theirs, &[Flag::Syn, Flag::Ack], 0)),
            (720, frame(Direction::Ours, &[Flag::Ack], 0)),
            (1_010, frame(Direction::Ours, &[Flag::Psh, Flag::Ack], 47)),
            (1_800, frame(Direction::Theirs, &[Flag::Ack], 0)),
            (2_010, frame(Direction::Theirs, &[Flag::Psh, Flag::Ack], 19)),
        ];
        let mut tape = tape(1_250, 0);
        tape.0.extend(syn.chain(others).map(|(at, frame)| Entry { at: Moment(at), event: Event::Frame(frame) }));
        tape.0.sort_by_key(|entry| entry.at);
        tape
    }

    #[test]
    fn what_was_seen_on_the_wire_is_measured_there() {
        let us = Duration::from_micros;
        assert_eq!(seen(1).round_trip(), Some((Source::Wire, us(700))));
        assert_eq!(turn_around(&seen(1)), Some((Source::Wire, us(300))));
    }

    #[test]
    fn of_a_syn_that_was_sent_twice_the_kernel_tells_the_round_trip() {
        let us = Duration::from_micros;
        assert_eq!(seen(2).round_trip(), Some((Source::Kernel, us(800))));
        assert_eq!(turn_around(&seen(2)), Some((Source::Kernel, us(200))), "the less exact of the two is named");
        assert_eq!(tape(1_250, 0).round_trip(), Some((Source::Kernel, us(800))), "nor was it heard without a capture");
    }

    #[test]
    fn a_phase_that_did_not_pass_has_no_time() {
        assert_eq!(took(&tape(800, 0), Phase::Negotiate), Some(Duration::from_micros(8_100)));
        assert_eq!(took(&tape(800, 0), Phase::Tls), None);
        let mut stopped = tape(800, 0);
        stopped.0.pop();
        stopped.0.push(Entry {
            at: Moment(9_000),
            event: Event::Leave { phase: Phase::Negotiate, outcome: Outcome::Stopped },
        });
        assert_eq!(took(&stopped, Phase::Negotiate), None);
    }
}
