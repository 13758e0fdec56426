/// Walks of one search: enough for as many hops as are asked.
pub(crate) const MOST: usize = 5;

/// A search for the least number of hops that a message has to go to draw an end. A pure machine: it is asked what to
/// try, and told what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    /// Fewer draw nothing.
    least: u8,
    /// So many draw it.
    most: u8,
    target: u8,
}

impl Search {
    /// A search on the way to a target that is so many hops away, and as far as which the message draws the end.
    pub(crate) fn new(target: u8) -> Self {
        Self { least: 1.min(target), most: target, target }
    }

    /// How many hops to try next; `None` when it is known.
    pub(crate) fn next(&self) -> Option<u8> {
        (self.least < self.most).then(|| self.least.midpoint(self.most))
    }

    /// The message went no further than that, and drew the end.
    pub(crate) fn drawn(&mut self, hops: u8) {
        self.most = self.most.min(hops).max(self.least);
    }

    /// The message went as far as that, and drew nothing.
    pub(crate) fn quiet(&mut self, hops: u8) {
        self.least = self.least.max(hops.saturating_add(1)).min(self.most);
    }

    /// The least number of hops, once it is known.
    pub(crate) fn found(&self) -> Option<u8> {
        (self.least == self.most).then_some(self.most)
    }

    /// How many hops away the target is.
    pub(crate) fn target(&self) -> u8 {
        self.target
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::hops;

    #[test]
    fn every_hop_of_every_path_is_found_within_few_walks() {
        for target in 1..=hops::MOST {
            for device in 1..=target {
                let mut search = Search::new(target);
                let mut tries = 0;
                while let Some(hops) = search.next() {
                    assert!((1..target).contains(&hops), "{hops} of {target}");
                    assert_eq!(search.found(), None);
                    let tell = if hops >= device { Search::drawn } else { Search::quiet };
                    tell(&mut search, hops);
                    tries += 1;
                }
                assert_eq!(search.found(), Some(device), "of {target}");
                assert!(tries <= MOST, "{tries} tries for {device} of {target}");
            }
        }
    }

    #[test]
    fn what_contradicts_itself_ends_all_the_same() {
        let mut search = Search::new(8);
        search.quiet(6);
        search.drawn(2);
        assert_eq!((search.next(), search.found()), (None, Some(7)));
        search.quiet(u8::MAX);
        assert_eq!(search.found(), Some(7));
    }
}
