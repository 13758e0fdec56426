//! The search for the largest packet that passes. A pure machine: it is asked what to try, and told what came of it.

use std::collections::BTreeMap;

/// What links on the way usually carry: tunnels, DSL, VPNs, the least of IPv6 and of IPv4.
const USUAL: [u16; 24] = [
    576, 1200, 1280, 1300, 1320, 1340, 1350, 1358, 1360, 1372, 1380, 1390, 1400, 1406, 1412, 1420, 1428, 1436, 1440,
    1450, 1454, 1472, 1480, 1492,
];

/// How often a size has to be lost before it counts as one that does not pass: once may be chance.
const TWICE: u8 = 2;

/// A search among sizes of IP packets, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    least: u16,
    most: u16,
    /// The largest that passed.
    passes: Option<u16>,
    /// Those that did not, and how often.
    lost: BTreeMap<u16, u8>,
}

impl Search {
    /// A search from `least`, below which nobody looks, to `most`, above which there is nothing to find.
    pub fn new(least: u16, most: u16) -> Self {
        Self { least: least.min(most), most, passes: None, lost: BTreeMap::new() }
    }

    /// What to try next: the whole, then between what passes and what does not; `None` when that is known.
    pub fn next(&self) -> Option<u16> {
        let Some(fails) = self.fails() else { return (self.passes < Some(self.most)).then_some(self.most) };
        let first = self.passes.map_or(self.least, |passes| passes.saturating_add(1));
        if first >= fails {
            // Where they meet, the loss is made sure of.
            let sure = self.lost.get(&fails).is_some_and(|times| *times >= TWICE);
            return (!sure && fails >= self.least).then_some(fails);
        }
        let usual: Vec<u16> = USUAL.into_iter().filter(|size| (first..fails).contains(size)).collect();
        let at_the_edge = self.passes.filter(|passes| USUAL.contains(passes)).map(|_| first);
        usual.get(usual.len() / 2).copied().or(at_the_edge).or(Some(first.midpoint(fails)))
    }

    /// A packet of this size passed, and with it any smaller one: what had been lost of those was chance.
    pub fn heard(&mut self, size: u16) {
        let size = size.min(self.most);
        self.passes = self.passes.max(Some(size));
        self.lost.retain(|lost, _| *lost > size);
    }

    /// A packet of this size did not pass.
    pub fn lost(&mut self, size: u16) {
        if self.passes < Some(size) {
            let times = self.lost.entry(size).or_default();
            *times = times.saturating_add(1);
        }
    }

    /// Somebody on the way said that this is the largest that passes.
    pub fn told(&mut self, size: u16) {
        self.heard(size);
        if size < self.most {
            self.lost.insert(size.saturating_add(1), TWICE);
        }
    }

    /// The largest size that passed.
    pub fn passes(&self) -> Option<u16> {
        self.passes
    }

    /// The smallest size that did not pass.
    pub fn fails(&self) -> Option<u16> {
        self.lost.keys().next().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches on a path that carries `mtu` bytes, and gives what was found in how many tries.
    fn on(mtu: u16, least: u16, most: u16) -> (Search, usize) {
        let mut search = Search::new(least, most);
        for tries in 0..64 {
            let Some(size) = search.next() else { return (search, tries) };
            assert!((least..=most).contains(&size), "{size} on {mtu}");
            if size <= mtu { search.heard(size) } else { search.lost(size) }
        }
        panic!("no end on {mtu}: {search:?}");
    }

    #[test]
    fn every_size_is_found_to_the_byte_within_a_few_tries() {
        for (least, most) in [(576, 1500), (1280, 1500), (576, 9000), (576, 577), (576, 576)] {
            for mtu in least..=most {
                let (search, tries) = on(mtu, least, most);
                assert_eq!(search.passes(), Some(mtu), "of {most}");
                assert_eq!(search.fails(), (mtu < most).then_some(mtu + 1), "of {most}");
                assert!(tries <= 20, "{tries} tries for {mtu} of {most}");
            }
        }
    }

    #[test]
    fn the_usual_sizes_are_found_sooner() {
        for mtu in USUAL {
            let (_, tries) = on(mtu, 576, 1500);
            assert!(tries <= 9, "{tries} tries for {mtu}");
        }
        assert_eq!(on(1500, 576, 1500).1, 1);
    }

    #[test]
    fn a_path_that_carries_nothing_at_all_is_left_after_the_least_was_lost_twice() {
        let (search, _) = on(575, 576, 1500);
        assert_eq!((search.passes(), search.fails()), (None, Some(576)));
    }

    #[test]
    fn a_loss_by_chance_is_forgotten_when_a_larger_one_passes() {
        let mut search = Search::new(576, 1500);
        search.lost(1500);
        search.heard(1400);
        assert_eq!(search.fails(), Some(1500));
        search.heard(1500);
        assert_eq!((search.next(), search.passes(), search.fails()), (None, Some(1500), None));
        search.lost(1400);
        assert_eq!(search.fails(), None);
    }

    #[test]
    fn one_loss_at_the_edge_is_no_proof() {
        let mut search = Search::new(576, 1500);
        search.lost(1500);
        search.heard(1499);
        assert_eq!(search.next(), Some(1500));
        search.lost(1500);
        assert_eq!(search.next(), None);
    }

    #[test]
    fn what_somebody_says_ends_the_search() {
        let mut search = Search::new(576, 1500);
        search.told(1300);
        assert_eq!((search.next(), search.passes(), search.fails()), (None, Some(1300), Some(1301)));
    }
}
