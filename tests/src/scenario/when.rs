use rdp_packets::negotiate::Protocols;
use rdp_packets::tls::{CipherSuite, ClientHello};
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
        }
    }
}

/// What the ClientHello offered.
fn suites(seen: &Connection) -> impl Iterator<Item = CipherSuite> {
    seen.hello.iter().flat_map(|hello: &ClientHello| hello.cipher_suites.iter().copied())
}
