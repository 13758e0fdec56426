//! Stops: where a walk ended and how. A stop is a result, not an error of ours: finding it is what the probe is for.
//!
//! A stop is a phase *times* a cause, a product and never a list. Who ended it is no part of it: that is a conclusion,
//! drawn in [`verdict`](crate::verdict) from evidence.

mod cause;
mod garbled;
mod icmp;
mod kind;
mod operation;
mod refusal;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::phase::Phase;

pub use cause::Cause;
pub use garbled::Garbled;
pub use icmp::Icmp;
pub use kind::CauseKind;
pub use operation::Operation;
pub use refusal::{Refusal, RefusalKind};

/// Where a walk ended, how, and what the tape says of the moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stop {
    /// The phase in which it ended.
    pub phase: Phase,
    /// How it ended.
    #[serde(flatten)]
    pub cause: Cause,
    /// The message that was awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaiting: Option<String>,
    /// How long it was awaited, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited_us: Option<u64>,
    /// How many bytes of it had come, where it was begun and never whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<usize>,
    /// How long after our last byte the other side ended it, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_last_send_us: Option<u64>,
    /// The same in round trips of this path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtts: Option<f64>,
    /// The cause in words.
    pub detail: String,
}

/// Why a phase could not go on, and which phase is to blame where it is not the one under way.
#[derive(Debug)]
pub struct Fault {
    /// The phase to blame; `None` for the one under way.
    pub blamed: Option<Phase>,
    /// How the walk ended.
    pub cause: Cause,
}

impl From<Cause> for Fault {
    fn from(cause: Cause) -> Self {
        Self { blamed: None, cause }
    }
}

impl Stop {
    /// A stop of which no more is known than its phase and its cause.
    pub fn of(phase: Phase, cause: Cause) -> Self {
        let detail = cause.to_string();
        Self {
            phase,
            cause,
            awaiting: None,
            waited_us: None,
            partial: None,
            after_last_send_us: None,
            rtts: None,
            detail,
        }
    }

    /// A refusal, when there was one.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.cause.refusal()
    }

    /// Whether the session is elsewhere.
    pub fn is_redirection(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.kind == RefusalKind::Redirection)
    }
}
