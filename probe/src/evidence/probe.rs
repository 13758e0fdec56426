use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stop::Icmp;

/// A packet of ours that was sent for its fate alone, on a socket of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "packet", rename_all = "snake_case")]
pub enum Probe {
    /// A SYN to the target's port, sent once.
    Syn {
        /// Its time to live, or hop limit.
        ttl: u8,
    },
    /// A UDP datagram of zeros to the target's port.
    Datagram {
        /// The bytes of the whole IP packet.
        length: u16,
        /// Whether it may be cut into fragments; otherwise no router may, and neither may our own host.
        fragments: bool,
    },
}

/// What came of such a packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// An ICMP message, or what our own host said in its place.
    Icmp {
        /// What it said.
        icmp: Icmp,
        /// The largest packet that would have passed, where it says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mtu: Option<u32>,
    },
    /// The target took the connection.
    Accepted,
    /// The target reset it.
    Refused,
}
