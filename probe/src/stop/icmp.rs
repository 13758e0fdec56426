use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who said that a target cannot be reached, and with which ICMP type and code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Icmp {
    /// The ICMP or ICMPv6 type; absent when our own host said it without a packet.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<u8>,
    /// The code of that type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u8>,
    /// Who sent it; a loopback address when it was our own host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<IpAddr>,
    /// What it says, in words.
    pub says: String,
}

impl Icmp {
    /// What our own host knew without a packet from anybody.
    pub fn own(ipv6: bool, says: impl Into<String>) -> Self {
        let own: IpAddr = if ipv6 { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
        Self { kind: None, code: None, from: Some(own), says: says.into() }
    }

    /// Whether our own host knew it, without a packet.
    pub const fn is_own(&self) -> bool {
        self.kind.is_none()
    }
}

impl fmt::Display for Icmp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from {
            Some(from) if !self.is_own() => write!(f, "{} (said by {from})", self.says),
            _ => write!(f, "{} (said by our own host)", self.says),
        }
    }
}
