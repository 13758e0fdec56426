use schemars::JsonSchema;
use serde::Serialize;

use super::chance::Chance;
use crate::path::Share;

/// So many of so many, path by path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Rate {
    /// Of what.
    pub what: String,
    /// Each path's.
    pub paths: Vec<Counted>,
}

/// One path's share.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Counted {
    /// What was counted; absent where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// What its difference from the first path that has a share comes to, by Fisher's exact test; absent where that says
    /// nothing, since what is counted comes in bursts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chance: Option<Chance>,
}

impl Rate {
    /// Compares; `None` where no path has a share.
    pub(super) fn of(what: impl Into<String>, shares: &[Option<Share>]) -> Option<Self> {
        let (first, reference) = shares.iter().enumerate().find_map(|(path, share)| Some((path, (*share)?)))?;
        let paths = shares.iter().enumerate().map(|(path, share)| Counted {
            share: *share,
            chance: share.filter(|_| path != first).map(|share| Chance::of_shares(reference, share)),
        });
        Some(Self { what: what.into(), paths: paths.collect() })
    }

    /// The same, to be shown and not to be judged: a test of single hits takes one burst of them for many.
    pub(super) fn untested(mut self) -> Self {
        self.paths.iter_mut().for_each(|path| path.chance = None);
        self
    }

    /// The tests in it.
    pub(super) fn chances(&mut self) -> impl Iterator<Item = &mut Chance> {
        self.paths.iter_mut().filter_map(|path| path.chance.as_mut())
    }

    /// Whether two of the paths were tested against each other, and differ.
    pub(super) fn is_apart(&self, one: usize, other: usize) -> bool {
        let first = self.paths.iter().position(|path| path.share.is_some());
        let [one, other] = if first == Some(other) { [other, one] } else { [one, other] };
        first == Some(one) && self.paths[other].chance.is_some_and(|chance| chance.differs())
    }

    /// Whether any path differs from the first.
    pub fn differs(&self) -> bool {
        self.paths.iter().any(|path| path.chance.is_some_and(|chance| chance.differs()))
    }
}
