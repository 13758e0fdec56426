use rdp_packets::negotiate::Protocols;
use rdp_packets::tls::{CipherSuite, ClientHello, Version};
use serde::Deserialize;

use crate::server::Connection;

/// What of a client a server acts upon: a device that inspects what passes does the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// There is a cookie or a routing token in the Connection Request.
    Cookie,
    /// The Connection Request offers CredSSP.
    Hybrid,
    /// The ClientHello offers TLS 1.3.
    Tls13,
    /// The ClientHello offers more than a handful of suites.
    ManySuites,
    /// The ClientHello does not fit into one segment.
    LongHello,
    /// The same, and it speaks TLS 1.2.
    LongNewHello,
}

/// A handful of suites.
const FEW: usize = 4;

impl When {
    /// Whether it holds of what was seen so far.
    pub(super) fn holds(self, seen: &Connection) -> bool {
        match self {
            Self::Cookie => seen.routing.is_some(),
            Self::Hybrid => seen.offers.iter().any(|offer| offer.contains(Protocols::HYBRID)),
            Self::Tls13 => suites(seen).any(CipherSuite::is_tls13),
            Self::ManySuites => suites(seen).count() > FEW,
            Self::LongHello => is_long(seen),
            Self::LongNewHello => is_long(seen) && seen.hello.iter().any(|hello| hello.version == Version::TLS_1_2),
        }
    }
}

/// What a segment holds on most paths, in bytes.
const SEGMENT: usize = 1448;

/// Whether the ClientHello does not fit into one segment.
fn is_long(seen: &Connection) -> bool {
    seen.hello.as_ref().is_some_and(|hello| hello.records().len() > SEGMENT)
}

/// What the ClientHello offered.
fn suites(seen: &Connection) -> impl Iterator<Item = CipherSuite> {
    seen.hello.iter().flat_map(|hello: &ClientHello| hello.cipher_suites.iter().copied())
}
