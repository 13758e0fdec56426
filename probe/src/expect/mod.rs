//! Expectations: what the user holds a verdict against, such as `tls.version >= 1.2, phase.tls.p95 < 250ms`.
//!
//! An expectation names something known, an operator and a value. All three are checked against the registry of facts
//! before anything is sent; what comes of it is pass, fail or unknown.

mod judge;
mod parse;
mod subject;
mod value;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use parse::{ParseError, parse};

use crate::fact::Kind;
use parse::Operator;
use subject::Subject;
use value::Value;

/// One thing that the user expects.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// As the user wrote it.
    text: String,
    subject: &'static Subject,
    operator: Operator,
    value: Value,
}

/// An expectation, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Expectation")]
pub struct Judged {
    /// As the user wrote it.
    pub expect: String,
    /// Whether it holds.
    pub result: Answer,
    /// What was found in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Why that is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Whether an expectation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It does.
    Pass,
    /// It does not.
    Fail,
    /// What it speaks of was not learned.
    Unknown,
}

impl Answer {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Pass, Self::Fail, Self::Unknown];

    /// The word that stands in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }
}

impl Judged {
    /// What was found, or why nothing was.
    pub fn because(&self) -> &str {
        self.why.as_deref().or(self.found.as_deref()).unwrap_or_default()
    }

    /// Puts a mark in place of what may be a name or an address.
    pub fn redact(&mut self, mark: impl Fn(&str) -> String) {
        let Ok(read) = parse(&self.expect) else {
            // What a later version expects may be anything.
            (self.expect, self.found, self.why) = (format!("({})", mark(&self.expect)), None, None);
            return;
        };
        for Expectation { subject, operator, .. } in read {
            if matches!(subject.kind, Kind::Text | Kind::List) {
                self.expect = format!("{} {} ({})", subject.name, operator.id(), mark(&self.expect));
                self.found = None;
            }
        }
    }
}

/// How many expectations do not hold; nothing where all do.
pub fn shortfall(judged: &[Judged]) -> Option<String> {
    let count = |answer| judged.iter().filter(|judged| judged.result == answer).count();
    match (count(Answer::Fail), count(Answer::Unknown)) {
        (0, 0) => None,
        (0, unknown) => Some(format!("{unknown} of {} expectations unknown", judged.len())),
        (failed, 0) => Some(format!("{failed} of {} expectations failed", judged.len())),
        (failed, unknown) => Some(format!("{failed} of {} expectations failed, {unknown} unknown", judged.len())),
    }
}
