//! Two sets of times: whether they come from one source, after Mann and Whitney, and how far apart they lie, after
//! Hodges and Lehmann. Only the order of the times counts, so that one walk that hung does no harm.

use statrs::distribution::{ContinuousCDF, Normal};

/// More samples than this are thinned out, evenly: every pair of them is looked at.
const MOST: usize = 1_000;

/// What the interval leaves out on each side.
const TAIL: f64 = 0.025;

/// The largest whole number up to which a float counts one by one.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// How two sets of times lie to each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranks {
    /// How likely chance alone sets them so far apart, where they come from one source.
    pub(super) p: f64,
    /// The least that so many samples can come to.
    pub(super) least: f64,
    /// By how much the second is longer: the median difference of every pair, in microseconds.
    pub(super) shift: i64,
    /// The 95 % interval of that difference; `None` where there are too few.
    pub(super) interval: Option<(i64, i64)>,
}

impl Ranks {
    /// Of two sets; `None` where one is empty.
    pub(super) fn of(first: &[u64], second: &[u64]) -> Option<Self> {
        let (first, second) = (thinned(first), thinned(second));
        let signed = |us: u64| i64::try_from(us).unwrap_or(i64::MAX);
        let pairs = first.iter().flat_map(|one| second.iter().map(|other| signed(*other).saturating_sub(signed(*one))));
        let mut pairs: Vec<i64> = pairs.collect();
        pairs.sort_unstable();
        let shift = *pairs.get(pairs.len().checked_sub(1)? / 2)?;
        let longer = pairs.iter().filter(|pair| **pair > 0).count();
        let shorter = pairs.iter().filter(|pair| **pair < 0).count();
        // Ties are broken in favour of no difference.
        let rarer = longer.min(shorter) + (pairs.len() - longer - shorter);
        let null = Null::of(first.len(), second.len());
        let p = if 2 * rarer < pairs.len() { (2.0 * null.at_most(rarer)).min(1.0) } else { 1.0 };
        let outside = (0..pairs.len() / 2).take_while(|pairs| null.at_most(*pairs) <= TAIL).count();
        let bound = |index: usize| pairs.get(index).copied();
        let interval = outside.checked_sub(1).and_then(|low| Some((bound(low)?, bound(pairs.len() - outside)?)));
        Some(Self { p, least: (2.0 * null.at_most(0)).min(1.0), shift, interval })
    }
}

fn thinned(samples: &[u64]) -> Vec<u64> {
    samples.iter().copied().step_by(samples.len().div_ceil(MOST).max(1)).collect()
}

/// How many pairs are longer by chance alone.
enum Null {
    /// How likely at most so many, counted out.
    Counted(Vec<f64>),
    /// Many samples: close to a normal distribution, whose tails are the heavier ones.
    Normal(Normal),
    /// Nothing is known of it.
    None,
}

impl Null {
    fn of(first: usize, second: usize) -> Self {
        let [n, m] = [first, second].map(float);
        let normal =
            || Normal::new(n * m / 2.0, (n * m * (n + m + 1.0) / 12.0).sqrt()).map_or(Self::None, Self::Normal);
        counted(first, second).map_or_else(normal, Self::Counted)
    }

    /// How likely at most so many pairs are longer.
    fn at_most(&self, pairs: usize) -> f64 {
        match self {
            Self::Counted(likely) => likely.get(pairs).copied().unwrap_or(1.0),
            Self::Normal(normal) => normal.cdf(float(pairs) + 0.5),
            Self::None => 1.0,
        }
    }
}

/// How likely at most 0, 1, 2, ... pairs are longer, where every order of the samples is alike: the coefficients of a
/// Gaussian binomial, which is multiplied and divided factor by factor. `None` where they can no longer be counted.
fn counted(first: usize, second: usize) -> Option<Vec<f64>> {
    let (fewer, more) = (first.min(second), first.max(second));
    let mut orders = vec![0.0; first * second + 1];
    *orders.first_mut()? = 1.0;
    let mut all = 1.0;
    for factor in 1..=fewer {
        all *= float(more + factor) / float(factor);
        if all > EXACT {
            return None;
        }
        for high in (more + factor..orders.len()).rev() {
            orders[high] -= orders[high - more - factor];
        }
        for high in factor..orders.len() {
            orders[high] += orders[high - factor];
        }
    }
    let mut sum = 0.0;
    for order in &mut orders {
        sum += *order;
        *order = sum / all;
    }
    Some(orders)
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9
    }

    /// How likely at most so many pairs are longer, by going through every order of the samples.
    fn by_hand(first: usize, second: usize, most: usize) -> f64 {
        let all = first + second;
        let orders = (0_u32..1 << all).filter(|order| order.count_ones() as usize == first);
        let longer = |order: u32| {
            let is_first = |place: usize| order >> place & 1 == 1;
            let pairs = (0..all).flat_map(|one| (one + 1..all).map(move |other| (one, other)));
            pairs.filter(|(one, other)| is_first(*one) && !is_first(*other)).count()
        };
        let (held, tried) =
            orders.fold((0, 0), |(held, tried), order| (held + usize::from(longer(order) <= most), tried + 1));
        float(held) / float(tried)
    }

    #[test]
    fn the_distribution_is_that_of_every_order() {
        for (first, second) in [(1, 1), (1, 5), (3, 4), (5, 5), (7, 2)] {
            let null = Null::of(first, second);
            for most in 0..=first * second {
                assert!(near(null.at_most(most), by_hand(first, second, most)), "{first} and {second}, {most}");
            }
        }
    }

    #[test]
    fn of_many_samples_the_tails_are_no_lighter_than_the_counted_ones() {
        let (counted, normal) =
            (counted(20, 20).unwrap(), Normal::new(200.0, (400.0_f64 * 41.0 / 12.0).sqrt()).unwrap());
        for pairs in [0, 20, 40, 60, 80] {
            let (counted, normal) = (counted[pairs], Null::Normal(normal).at_most(pairs));
            assert!(normal >= counted && normal < counted.max(1e-6) * 20.0, "{pairs}: {counted} {normal}");
        }
        assert!(matches!(Null::of(40, 40), Null::Normal(_)));
    }

    #[test]
    fn a_shift_is_found_with_its_interval() {
        let near: Vec<u64> = (0..10).map(|step| 20_000 + step * 10).collect();
        let far: Vec<u64> = near.iter().map(|us| us + 60_000).collect();
        let ranks = Ranks::of(&near, &far).unwrap();
        assert_eq!(ranks.shift, 60_000);
        let (low, high) = ranks.interval.unwrap();
        assert!(low < 60_000 && 60_000 < high && high - low < 100, "{ranks:?}");
        assert!(ranks.p < 1e-4 && (ranks.p - ranks.least).abs() < 1e-12, "nothing lies further apart: {ranks:?}");
        assert_eq!(Ranks::of(&far, &near).unwrap().shift, -60_000);
    }

    #[test]
    fn ties_are_no_difference_and_few_samples_have_no_interval() {
        let same = Ranks::of(&[5; 10], &[5; 10]).unwrap();
        assert_eq!((same.p.to_bits(), same.shift, same.interval), (1.0_f64.to_bits(), 0, Some((0, 0))));
        let few = Ranks::of(&[1, 2], &[3]).unwrap();
        assert_eq!((few.interval, few.least > 0.5), (None, true));
        assert_eq!(Ranks::of(&[], &[1]), None);
    }

    #[test]
    fn a_hundred_thousand_samples_take_no_longer_than_a_thousand() {
        let many: Vec<u64> = (0..100_000).collect();
        let ranks = Ranks::of(&many, &many).unwrap();
        assert_eq!((ranks.shift, ranks.p.to_bits()), (0, 1.0_f64.to_bits()));
    }
}
