use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Report;
use crate::evidence::Sense;
use crate::plan::Until;
use crate::survey::Ended;

/// The run: when, where, how far, and what it could not see.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Run {
    /// When it began, by the clock of the host that measured.
    pub(super) started: Timestamp,
    /// How long it took, in microseconds.
    pub(super) took_us: u64,
    /// The user's own name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<String>,
    /// The name of the host that measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<String>,
    /// Whether the user cut it short.
    #[serde(default)]
    interrupted: bool,
    /// Whether its deadline cut it short.
    #[serde(default)]
    deadline_reached: bool,
    /// Whether names and addresses are pseudonyms.
    #[serde(default)]
    pub(super) redacted: bool,
    /// How far the walks were to go: `gate`, `ready`, or the name of a phase.
    #[serde(deserialize_with = "until")]
    pub(super) until: Until,
    /// Where the connections came from.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    /// What the connections went through; the times of their phases are those through it. Absent where nothing stood
    /// between.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    via: Option<String>,
    /// The senses that it did not have.
    #[serde(skip_deserializing)]
    blind: Vec<Blind>,
}

/// Where connections came from.
#[derive(Debug, Serialize, JsonSchema)]
struct Source {
    /// Our address.
    address: IpAddr,
    /// Our network interface, where the user chose one.
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<String>,
}

/// A sense that a run did not have.
#[derive(Debug, Serialize, JsonSchema)]
struct Blind {
    /// Which.
    sense: Sense,
    /// Why.
    reason: String,
}

impl Run {
    pub(super) fn of(report: &Report) -> Self {
        let survey = &report.survey;
        Self {
            started: survey.started,
            took_us: survey.took_us,
            label: report.label.clone(),
            host: report.host.clone(),
            interrupted: survey.ended == Ended::Interrupted,
            deadline_reached: survey.ended == Ended::Deadline,
            redacted: report.redacted,
            until: survey.until,
            source: survey.source().map(|address| Source { address, interface: survey.interface().map(str::to_owned) }),
            via: survey.via().map(str::to_owned),
            blind: survey.blind().into_iter().map(|(sense, reason)| Blind { sense, reason }).collect(),
        }
    }

    /// Why it ended.
    pub(super) fn ended(&self) -> Ended {
        match (self.interrupted, self.deadline_reached) {
            (true, _) => Ended::Interrupted,
            (false, true) => Ended::Deadline,
            (false, false) => Ended::Complete,
        }
    }
}

/// A goal that this version does not know lies behind the gate.
fn until<'de, D: Deserializer<'de>>(source: D) -> Result<Until, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(source)?).unwrap_or(Until::Gate))
}
