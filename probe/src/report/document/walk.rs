use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::understood;
use crate::clock::micros;
use crate::evidence::{Outcome, Recording};
use crate::fact::Facts;
use crate::phase::{Leg, Phase};
use crate::stop::Stop;
use crate::sys::TcpInfo;
use crate::target::Target;
use crate::walk::{self, Variant};

/// One thing tried: what sets it apart, what came of it, and what was seen.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Walk {
    leg: Leg,
    /// What the user calls the way that the packets took, or `default`: that which the system's routing chose.
    pub(super) path: String,
    variant: Variant,
    /// Which repeat of it, from 0.
    repeat: u32,
    /// Where it went, when a redirection led it there; absent for the run's own target.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Target>,
    /// The address that was walked; absent when the name gave none.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<SocketAddr>,
    /// How far it was to go.
    until: Phase,
    /// The last phase that passed.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    reached: Option<Phase>,
    /// Where it ended before its goal; `null` when it did not.
    stop: Option<Stop>,
    /// The phases on its way, in order.
    #[serde(deserialize_with = "understood")]
    phases: Vec<Step>,
    /// What was seen, in order; citations count its entries from 0.
    #[serde(deserialize_with = "tape")]
    tape: Recording,
}

/// One phase of a walk.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Step {
    phase: Phase,
    /// What came of it.
    #[serde(skip_deserializing)]
    #[schemars(with = "Outcome")]
    outcome: Option<Outcome>,
    /// When it began, in microseconds since the run began; absent when it did not.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    at_us: Option<u64>,
    /// How long it took, in microseconds.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    took_us: Option<u64>,
    /// How often the other side answered in it what we had sent.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    round_trips: Option<u32>,
    /// What was learned in it, also when it then stopped.
    facts: Value,
    /// What the kernel knew of the connection when it ended.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    kernel: Option<TcpInfo>,
}

/// What the way is called that the system's routing chose.
pub(super) const DEFAULT_PATH: &str = "default";

impl Walk {
    pub(super) fn of(walk: &walk::Walk, path: &str) -> Self {
        Self {
            leg: walk.variant.leg(),
            path: path.to_owned(),
            variant: walk.variant,
            repeat: walk.repeat,
            target: walk.target.clone(),
            address: walk.address,
            until: walk.until,
            reached: walk.reached(),
            stop: walk.stop.clone(),
            phases: walk.phases().map(|phase| Step::of(walk, phase)).collect(),
            tape: walk.tape.clone(),
        }
    }
}

impl TryFrom<Walk> for walk::Walk {
    type Error = serde_json::Error;

    fn try_from(walk: Walk) -> Result<Self, serde_json::Error> {
        let mut facts = Facts::default();
        for Step { phase, facts: learned, .. } in walk.phases {
            facts.take(phase, learned)?;
        }
        let Walk { variant, repeat, target, address, until, stop, tape, .. } = walk;
        Ok(Self { variant, repeat, target, address, until, facts, stop, tape })
    }
}

impl Step {
    fn of(walk: &walk::Walk, phase: Phase) -> Self {
        let span = walk.tape.span(phase);
        Self {
            phase,
            outcome: Some(walk.outcome(phase)),
            at_us: span.map(|(enter, _)| enter.0),
            took_us: span.map(|(enter, leave)| micros(leave - enter)),
            round_trips: span.map(|_| walk.tape.round_trips(phase)),
            facts: walk.facts.of(phase),
            kernel: walk.tape.kernel(phase).cloned(),
        }
    }
}

/// A tape without the entries that this version does not understand.
fn tape<'de, D: Deserializer<'de>>(source: D) -> Result<Recording, D::Error> {
    understood(source).map(Recording)
}
