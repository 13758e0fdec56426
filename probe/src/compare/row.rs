use schemars::JsonSchema;
use serde::Serialize;

use super::ends::are_few;

/// Yes, no, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// What was seen does not tell.
    Unknown,
}

impl Answer {
    /// The word that stands in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that was seen, path by path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Row {
    /// What.
    pub name: String,
    /// On each path the values that its walks saw, in order; empty where none saw any.
    pub values: Vec<Vec<String>>,
    /// Whether the paths differ: two of them have no value in common.
    pub differs: Answer,
    /// Whether so few walks saw it that both values may come and go on either path.
    #[serde(skip)]
    few: bool,
}

impl Row {
    /// Compares. What comes and goes on one path as well is no difference between paths, as long as they share a value;
    /// what was not seen is none either.
    pub(super) fn of(name: impl Into<String>, values: Vec<Vec<String>>) -> Self {
        let mut known = values.iter().filter(|values| !values.is_empty());
        let differs = match known.next() {
            Some(first) if known.any(|other| are_apart(first, other)) => Answer::Yes,
            Some(_) if values.iter().all(|values| !values.is_empty()) => Answer::No,
            _ => Answer::Unknown,
        };
        let once = |seen: Vec<String>| {
            seen.into_iter().fold(Vec::new(), |mut values, value| {
                see(&mut values, value);
                values
            })
        };
        Self { name: name.into(), values: values.into_iter().map(once).collect(), differs, few: false }
    }

    /// Compares what each walk saw that saw it.
    pub(super) fn of_walks(name: impl Into<String>, seen: Vec<Vec<String>>) -> Self {
        let mut known = seen.iter().filter(|seen| !seen.is_empty());
        let walks = |seen: &[String]| u32::try_from(seen.len()).unwrap_or(u32::MAX);
        let few = known.next().is_some_and(|first| {
            known.filter(|other| are_apart(first, other)).all(|other| are_few(walks(first), walks(other)))
        });
        Self { few, ..Self::of(name, seen) }
    }

    /// The same; but what so few walks saw does not count, where there were more that might have seen it.
    pub(super) fn among(self, few_walks: bool) -> Self {
        if self.differs() && self.few && !few_walks { self.uncounted() } else { self }
    }

    /// The same, where a difference is told and not counted.
    pub(super) fn uncounted(self) -> Self {
        Self { differs: Answer::Unknown, ..self }
    }

    /// Whether the paths differ.
    pub fn differs(&self) -> bool {
        self.differs == Answer::Yes
    }

    /// Whether anything was seen, on any path.
    pub(super) fn is_known(&self) -> bool {
        self.values.iter().any(|values| !values.is_empty())
    }
}

/// Whether they have no value in common.
fn are_apart(one: &[String], other: &[String]) -> bool {
    !one.iter().any(|value| other.contains(value))
}

/// Adds a value to those that were seen, unless it was.
pub(super) fn see(seen: &mut Vec<String>, value: String) {
    if !seen.contains(&value) {
        seen.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_differ_where_they_share_no_value() {
        let differs = |paths: &[&[&str]]| {
            let values = paths.iter().map(|values| values.iter().map(|&value| value.to_owned()).collect());
            Row::of("ttl", values.collect()).differs
        };
        assert_eq!(differs(&[&["64"], &["64"]]), Answer::No);
        assert_eq!(differs(&[&["64"], &["58"]]), Answer::Yes);
        assert_eq!(differs(&[&["64", "58"], &["58"]]), Answer::No, "it comes and goes on the first path alone");
        assert_eq!(differs(&[&["64"], &[]]), Answer::Unknown);
        assert_eq!(differs(&[&["64"], &[], &["58"]]), Answer::Yes);
        assert_eq!(differs(&[&[], &[]]), Answer::Unknown);
    }

    #[test]
    fn what_few_of_many_walks_saw_does_not_count() {
        let differs = |walks: usize, of_few: bool| {
            let seen = ["64", "58"].map(|value| vec![value.to_owned(); walks]);
            Row::of_walks("ttl", seen.to_vec()).among(of_few).differs
        };
        assert_eq!([1, 4, 5].map(|walks| differs(walks, false)), [Answer::Unknown, Answer::Unknown, Answer::Yes]);
        assert_eq!([1, 4, 5].map(|walks| differs(walks, true)), [Answer::Yes; 3], "there were no more");
    }
}
