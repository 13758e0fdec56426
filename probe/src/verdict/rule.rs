use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::who;
use crate::evidence::Sense;
use crate::survey::Survey;

/// A rule: what it concludes, from what, and what to do about it.
#[derive(Debug)]
pub struct Rule {
    /// Its name: the phase it speaks of, a dot, and what it finds.
    pub code: &'static str,
    /// What it finds, in one line.
    pub title: &'static str,
    /// What lies behind it: the causes, the likeliest first.
    pub why: &'static str,
    /// What to do next.
    pub advice: &'static str,
    /// Whether that is a step to take; else nothing has to be done, and it says so.
    pub step: bool,
    /// How bad it is.
    pub severity: Severity,
    /// That without which it cannot be certain.
    pub needs: &'static [Need],
    /// How sure it can be at best.
    pub ceiling: Certainty,
    /// Whether it holds, and by which evidence.
    pub holds: fn(&Survey) -> Option<Evidence>,
}

/// What a rule needs to be certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A sense.
    Sense(Sense),
    /// An unchanged walk that ended as the baseline did, beside the changed one that passed.
    Control,
    /// Two signs of different kinds that something on the way ended the connection.
    SecondSign,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Works now, and will hurt.
    Risk,
    /// Keeps a client from connecting.
    Fault,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// One explanation among several.
    Possible,
    /// The best explanation of what was seen.
    Likely,
    /// Nothing else explains what was seen.
    Certain,
}

/// One thing seen, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cite {
    /// Which walk.
    pub walk: usize,
    /// Which entry of its tape.
    pub entry: usize,
    /// What it says.
    pub says: String,
}

/// Citations; never none, so that no claim stands without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Evidence(Vec<Cite>);

impl Evidence {
    /// Evidence that begins with one citation.
    pub fn new(walk: usize, entry: usize, says: impl Into<String>) -> Self {
        Self(vec![Cite { walk, entry, says: says.into() }])
    }

    /// The same with one citation more.
    #[must_use]
    pub fn and(mut self, walk: usize, entry: usize, says: impl Into<String>) -> Self {
        self.0.push(Cite { walk, entry, says: says.into() });
        self
    }

    /// The same, said by whom.
    #[must_use]
    pub fn by(mut self, whom: &str) -> Self {
        for cite in &mut self.0 {
            cite.says = format!("{whom}: {}", cite.says);
        }
        self
    }

    /// The same with the citations of `other`, if there are any.
    #[must_use]
    pub fn and_all(mut self, other: Option<Self>) -> Self {
        self.0.extend(other.into_iter().flat_map(|other| other.0));
        self
    }

    /// The citations.
    pub fn cites(&self) -> &[Cite] {
        &self.0
    }
}

/// A rule that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule's code.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub certainty: Certainty,
    /// What was found, in one line.
    pub title: String,
    /// What it rests on.
    pub evidence: Evidence,
    /// What lies behind it.
    pub why: String,
    /// What to do next.
    pub advice: String,
}

impl Rule {
    /// Applies the rule. What it cannot see makes it less sure.
    pub fn apply(&self, survey: &Survey) -> Option<Finding> {
        let evidence = (self.holds)(survey)?;
        let blind = survey.blind();
        let lacks = |need: &Need| match need {
            Need::Sense(needed) => blind.iter().any(|(sense, _)| sense == needed),
            Need::Control => {
                survey.baseline().is_none_or(|baseline| !survey.controls().any(|control| control.ended_as(baseline)))
            }
            Need::SecondSign => who::of_the_verdict(survey).is_none_or(|conclusion| conclusion.kinds < 2),
        };
        let certainty = if self.needs.iter().any(lacks) { self.ceiling.min(Certainty::Likely) } else { self.ceiling };
        Some(Finding {
            rule: self.code.to_owned(),
            severity: self.severity,
            certainty,
            title: self.title.to_owned(),
            evidence,
            why: self.why.to_owned(),
            advice: self.advice.to_owned(),
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {} [{}]", self.severity.id(), self.certainty.id(), self.title, self.rule)
    }
}

impl fmt::Display for Cite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (walk {}, entry {})", self.says, self.walk, self.entry)
    }
}

impl Severity {
    /// The word that stands in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Risk => "risk",
            Self::Fault => "fault",
        }
    }
}

impl Certainty {
    /// The word that stands in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}
