use schemars::JsonSchema;
use serde::Serialize;
use statrs::distribution::{Beta, ContinuousCDF, DiscreteCDF, Hypergeometric};

/// Halvings that bring a bound to the last digit that matters.
const HALVINGS: u32 = 40;

/// What the interval leaves out on each side.
const TAIL: f64 = 0.025;

/// So many of so many, and where the share that lies behind them may be: the 95 % interval of Clopper and Pearson,
/// which never covers less than it says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Share {
    /// How many.
    pub k: u32,
    /// Of how many; never 0.
    pub n: u32,
    /// The interval's lower bound, from 0 to 1.
    pub low: f64,
    /// Its upper bound.
    pub high: f64,
}

impl Share {
    /// `k` of `n`; nothing of none.
    pub fn of(k: u32, n: u32) -> Option<Self> {
        let other = n.checked_sub(k).filter(|_| n > 0)?;
        let low = if k == 0 { 0.0 } else { quantile(k, other.saturating_add(1), TAIL)? };
        let high = if other == 0 { 1.0 } else { quantile(k.saturating_add(1), other, 1.0 - TAIL)? };
        Some(Self { k, n, low, high })
    }

    /// How likely chance alone makes the first share at least so much larger than `other`, where both are the same:
    /// Fisher's exact test, one-sided.
    pub fn exceeds(&self, other: &Self) -> f64 {
        exceeds((self.k, self.n), (other.k, other.n))
    }

    /// In words: how many of how many of `what`.
    pub fn counted(&self, what: &str) -> String {
        format!("{} of {} {what}", self.k, self.n)
    }

    /// The same, and the interval.
    pub fn told(&self, what: &str) -> String {
        let percent = [self.low, self.high].map(|bound| format!("{:.1}", 100.0 * bound)).join(" to ");
        format!("{} (95 %: {percent} %)", self.counted(what))
    }
}

/// The same of counts, whose interval nobody asks for.
pub(crate) fn exceeds((k, n): (u32, u32), (other_k, other_n): (u32, u32)) -> f64 {
    let (all, hits) = (u64::from(n) + u64::from(other_n), u64::from(k) + u64::from(other_k));
    let Some(below) = u64::from(k).checked_sub(1) else { return 1.0 };
    Hypergeometric::new(all, hits, n.into()).map_or(1.0, |chance| chance.sf(below))
}

/// The quantile of a beta distribution: where one count is 1, as of none and of all, it can be written down; else by
/// bisection, because the crate's own search does not end for counts of a million.
fn quantile(a: u32, b: u32, p: f64) -> Option<f64> {
    match (a, b) {
        (_, 1) => return Some(p.powf(f64::from(a).recip())),
        (1, _) => return Some(1.0 - (1.0 - p).powf(f64::from(b).recip())),
        _ => {}
    }
    let beta = Beta::new(f64::from(a), f64::from(b)).ok()?;
    let halve = |(low, high): (f64, f64), _| {
        let middle = f64::midpoint(low, high);
        if beta.cdf(middle) < p { (middle, high) } else { (low, middle) }
    };
    let (low, high) = (0..HALVINGS).fold((0.0, 1.0), halve);
    Some(f64::midpoint(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_that_chance_makes_is_told_from_one_that_it_does_not() {
        let share = |k, n| Share::of(k, n).unwrap();
        assert!((share(2, 3).exceeds(&share(0, 4)) - 3.0 / 21.0).abs() < 1e-9);
        assert!(share(15, 20).exceeds(&share(0, 4)) < 0.02);
        assert!(share(5, 50).exceeds(&share(0, 500)) < 1e-4);
        assert!((share(0, 3).exceeds(&share(4, 4)) - 1.0).abs() < 1e-9);
    }

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-6
    }

    #[test]
    fn none_and_all_have_the_bounds_that_can_be_written_down() {
        for n in [1, 10, 1000] {
            let edge = TAIL.powf(1.0 / f64::from(n));
            let (none, all) = (Share::of(0, n).unwrap(), Share::of(n, n).unwrap());
            assert!(near(none.low, 0.0) && near(none.high, 1.0 - edge), "{none:?}");
            assert!(near(all.high, 1.0) && near(all.low, edge), "{all:?}");
        }
    }

    #[test]
    fn the_bounds_are_those_at_which_so_many_become_unlikely() {
        // P(X >= k) at the lower bound and P(X <= k) at the upper one are a tail each, summed term by term.
        let at_most = |k: u32, n: u32, p: f64| {
            let mut term = (1.0 - p).powi(i32::try_from(n).unwrap());
            let mut sum = term;
            for i in 0..k {
                term *= f64::from(n - i) / f64::from(i + 1) * p / (1.0 - p);
                sum += term;
            }
            sum
        };
        for (k, n) in [(1, 10), (3, 20), (5, 100), (50, 1000), (19, 20)] {
            let share = Share::of(k, n).unwrap();
            assert!(near(1.0 - at_most(k - 1, n, share.low), TAIL), "{share:?}");
            assert!(near(at_most(k, n, share.high), TAIL), "{share:?}");
        }
    }

    #[test]
    fn of_none_and_of_fewer_there_is_no_share() {
        assert_eq!((Share::of(0, 0), Share::of(2, 1)), (None, None));
    }

    #[test]
    fn of_many_the_interval_is_the_normal_distributions() {
        for (k, n) in [(2_000, 10_000), (20_000, 1_000_000), (500_000, 1_000_000)] {
            let (share, p) = (Share::of(k, n).unwrap(), f64::from(k) / f64::from(n));
            let reach = 1.96 * (p * (1.0 - p) / f64::from(n)).sqrt();
            for bound in [p - share.low, share.high - p] {
                assert!((bound - reach).abs() < 0.03 * reach, "{share:?}");
            }
        }
        assert!(Share::of(u32::MAX / 2, u32::MAX).is_some(), "no count of a strange report makes it search for ever");
    }

    #[test]
    fn the_interval_covers_what_lies_behind_it() {
        const DRAWS: u32 = 10_000;
        let mut state: u64 = 4;
        // SplitMix64, of which the upper 32 bits are a share of 2^32.
        let mut chance = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap()) / 4_294_967_296.0
        };
        for p in [0.0, 0.01, 0.05, 0.2] {
            for n in [10, 20, 100, 1000] {
                let shares: Vec<Share> = (0..=n).map(|k| Share::of(k, n).unwrap()).collect();
                let mut draw = || (0..n).filter(|_| chance() < p).count();
                let covers = |k: usize| (shares[k].low..=shares[k].high).contains(&p);
                let covered = (0..DRAWS).filter(|_| covers(draw())).count();
                assert!(covered >= 9_400, "{covered} of {DRAWS} at {p} of {n}");
            }
        }
    }

    #[test]
    fn a_share_is_told_with_its_interval() {
        assert_eq!(Share::of(1, 10).unwrap().told("SYNs"), "1 of 10 SYNs (95 %: 0.3 to 44.5 %)");
    }
}
