use schemars::JsonSchema;
use serde::Serialize;

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
}

impl Row {
    /// Compares. What comes and goes on one path as well is no difference between paths, as long as they share a value;
    /// what was not seen is none either.
    pub(super) fn of(name: impl Into<String>, values: Vec<Vec<String>>) -> Self {
        let mut known = values.iter().filter(|values| !values.is_empty());
        let apart = |one: &[String], other: &[String]| !one.iter().any(|value| other.contains(value));
        let differs = match known.next() {
            Some(first) if known.any(|other| apart(first, other)) => Answer::Yes,
            Some(_) if values.iter().all(|values| !values.is_empty()) => Answer::No,
            _ => Answer::Unknown,
        };
        Self { name: name.into(), values, differs }
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
}
