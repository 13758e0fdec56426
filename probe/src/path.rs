//! The path: what the walks show of the way that packets take to the target. Pure functions of the walks, so that a
//! saved report gives the same.

pub(crate) mod datagrams;
pub(crate) mod hello;
pub mod hops;
mod latency;
mod loss;
pub mod mtu;
pub(crate) mod origin;
mod share;
pub mod udp;

use schemars::JsonSchema;
use serde::Serialize;

use crate::walk::Walk;

pub use datagrams::Datagrams;
pub use hops::{Hop, HopKind};
pub use latency::{Latency, PhaseTiming, Spread, Timing};
pub(crate) use latency::{took, turn_around};
pub use loss::{Loss, TcpData, connections};
pub use mtu::{Found, Mtu};
pub use share::Share;
pub(crate) use share::exceeds;
pub use udp::{Outlook, Udp};

/// What was measured of the path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MeasuredPath")]
pub struct Path {
    /// How long it takes.
    pub latency: Latency,
    /// What had to be sent again.
    pub loss: Loss,
    /// The largest packet that passes, each way; absent where nobody looked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<Mtu>,
    /// How large UDP datagrams pass; absent where nobody looked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datagrams: Option<Datagrams>,
    /// The path hop by hop, from us to the target; empty where nobody looked for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hops: Vec<Hop>,
    /// What datagrams of RDP-UDP met; absent where none were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub udp: Option<Udp>,
}

impl Path {
    /// Measures: times come from the baseline and its repeats, loss from every connection to the baseline's address.
    pub fn of(repeats: &[&Walk], walks: &[Walk]) -> Self {
        let mut latency = Latency::of(repeats);
        // Through a proxy only the phases are timed: nobody sees the packets on the way to the target.
        let walks = if walks.iter().any(|walk| walk.facts.proxy.via.is_some()) {
            (latency.round_trip, latency.turn_around) = (None, None);
            &[]
        } else {
            walks
        };
        let loss = Loss::of(walks);
        Self {
            udp: udp::found(walks, &latency, &loss),
            latency,
            loss,
            mtu: mtu::found(walks),
            datagrams: datagrams::found(walks),
            hops: hops::found(walks),
        }
    }
}
