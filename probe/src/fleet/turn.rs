use std::collections::BTreeMap;

/// What came before its turn, and whose turn it is.
pub(super) struct Turn<T> {
    next: usize,
    early: BTreeMap<usize, T>,
}

impl<T> Default for Turn<T> {
    fn default() -> Self {
        Self { next: 0, early: BTreeMap::new() }
    }
}

impl<T> Turn<T> {
    pub(super) fn put(&mut self, index: usize, it: T) {
        self.early.insert(index, it);
    }

    /// The one whose turn it is, once it is there.
    pub(super) fn take(&mut self) -> Option<(usize, T)> {
        let index = self.next;
        let it = self.early.remove(&index)?;
        self.next += 1;
        Some((index, it))
    }

    /// All that is there, in its order.
    pub(super) fn rest(self) -> impl Iterator<Item = (usize, T)> {
        self.early.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_waits_for_those_before_it() {
        let mut turn = Turn::default();
        let taken = [2, 0, 4, 1].map(|index| {
            turn.put(index, ());
            std::iter::from_fn(|| turn.take()).map(|(index, ())| index).collect::<Vec<_>>()
        });
        assert_eq!(taken, [vec![], vec![0], vec![], vec![1, 2]]);
        assert_eq!(turn.rest().map(|(index, ())| index).collect::<Vec<_>>(), [4], "3 never came");
    }
}
