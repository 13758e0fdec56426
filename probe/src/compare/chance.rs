//! What chance alone can make: every test of a comparison is judged together with all others, so that two paths that
//! are the same are called different once in a hundred comparisons at most.

use schemars::JsonSchema;
use serde::Serialize;

use crate::path::{Share, exceeds};

/// How often a comparison of two paths that are the same may find any difference.
const FALSE_ALARMS: f64 = 0.01;

/// What a test came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Chance {
    /// How likely chance alone makes a difference at least so large, where there is none; of this test alone.
    pub p: f64,
    /// What that comes to among all tests of the comparison.
    pub judged: Judged,
    /// The least `p` that so many samples can come to.
    #[serde(skip)]
    least: f64,
}

/// What a difference comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    /// There is one: chance alone does not make it.
    Differs,
    /// There is one, and it is too small to matter.
    Slight,
    /// Chance alone makes it as well.
    Noise,
    /// So few samples cannot show any.
    TooFew,
}

impl Chance {
    /// A test that is not judged yet.
    pub(super) const fn of(p: f64, least: f64) -> Self {
        Self { p, judged: Judged::TooFew, least }
    }

    /// Whether two shares are of one kind: Fisher's exact test, two-sided. The least `p` is that of the same number of
    /// hits where one side has them all.
    pub(super) fn of_shares(one: Share, other: Share) -> Self {
        let hits = one.k.saturating_add(other.k);
        let extreme = |n: u32, rest: u32| two_sided((hits.min(n), n), (hits.saturating_sub(n), rest));
        let least = extreme(one.n, other.n).min(extreme(other.n, one.n));
        Self::of(two_sided((one.k, one.n), (other.k, other.n)), least)
    }

    /// Judges all tests of a comparison, after Holm: the smallest `p` must do for all of them, the next for one fewer,
    /// and so on. What can never differ for want of samples is no test, and takes nothing from the others.
    pub(super) fn judge<'a>(all: impl Iterator<Item = &'a mut Self>) {
        let mut tests: Vec<&mut Self> = all.filter(|test| test.least <= FALSE_ALARMS).collect();
        tests.sort_by(|one, other| one.p.total_cmp(&other.p));
        let mut left = f64::from(u32::try_from(tests.len()).unwrap_or(u32::MAX));
        let strictest = FALSE_ALARMS / left;
        let mut open = true;
        for test in tests {
            open = open && test.p <= FALSE_ALARMS / left;
            left -= 1.0;
            test.judged = match open {
                true => Judged::Differs,
                false if test.least > strictest => Judged::TooFew,
                false => Judged::Noise,
            };
        }
    }

    /// Whether it is a difference that counts.
    pub fn differs(&self) -> bool {
        self.judged == Judged::Differs
    }
}

fn two_sided(one: (u32, u32), other: (u32, u32)) -> f64 {
    (2.0 * exceeds(one, other).min(exceeds(other, one))).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(tests: &[(f64, f64)]) -> Vec<Judged> {
        let mut tests: Vec<Chance> = tests.iter().map(|(p, least)| Chance::of(*p, *least)).collect();
        Chance::judge(tests.iter_mut());
        tests.into_iter().map(|test| test.judged).collect()
    }

    #[test]
    fn the_more_is_tested_the_rarer_a_difference_must_be() {
        use Judged::{Differs, Noise, TooFew};
        assert_eq!(judged(&[(0.008, 1e-9)]), [Differs]);
        assert_eq!(judged(&[(0.008, 1e-9), (0.5, 1e-9)]), [Noise, Noise]);
        assert_eq!(judged(&[(0.008, 1e-9), (0.004, 1e-9)]), [Differs, Differs], "the second must do for one fewer");
        assert_eq!(judged(&[(0.5, 0.1), (0.009, 1e-9)]), [TooFew, Differs], "what can show nothing is no test");
        assert_eq!(judged(&[(0.5, 0.009), (0.5, 1e-9)]), [TooFew, Noise], "among two, such a test cannot be won");
    }

    #[test]
    fn shares_of_few_can_show_nothing() {
        let share = |k, n| Share::of(k, n).unwrap();
        let least = |one, other| Chance::of_shares(one, other).least;
        assert!(least(share(1, 1), share(0, 1)) > FALSE_ALARMS);
        assert!(least(share(0, 50), share(0, 50)) > FALSE_ALARMS, "where nothing was hit, nothing differs");
        assert!(least(share(5, 10), share(5, 10)) < FALSE_ALARMS);
        assert!(Chance::of_shares(share(10, 10), share(0, 10)).p < 1e-4);
        assert!(Chance::of_shares(share(0, 10), share(10, 10)).p < 1e-4, "either way");
    }
}
