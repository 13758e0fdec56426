use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A no in the other side's own protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// The protocol that said no.
    pub kind: RefusalKind,
    /// The code as it came, in hex (decimal for a resolver's, a KDC's and an HTTP proxy's).
    pub code: String,
    /// The code's name, or the code again when it has none.
    pub name: String,
}

/// The protocols that can say no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The system's resolver: a `getaddrinfo` error.
    Resolver,
    /// An X.224 Disconnect Request or Error TPDU, ITU-T X.224 13.5 and 13.12.
    X224,
    /// A SOCKS reply, RFC 1928 section 6, or the status of an HTTP proxy, RFC 9110 section 15.
    Proxy,
    /// `RDP_NEG_FAILURE`, [MS-RDPBCGR] 2.2.1.2.2.
    Negotiation,
    /// A TLS alert, RFC 8446 section 6.
    Alert,
    /// `errorCode` of a TSRequest, [MS-CSSP] 2.2.1.
    Ntstatus,
    /// A KRB-ERROR of the key distribution centre, RFC 4120 5.9.1.
    Kerberos,
    /// The Early User Authorization Result PDU, [MS-RDPBCGR] 2.2.10.2.
    EarlyUserAuth,
    /// The `result` of an MCS Connect Response, T.125.
    Mcs,
    /// An MCS Disconnect Provider Ultimatum, T.125.
    Ultimatum,
    /// A licensing error alert, [MS-RDPBCGR] 2.2.1.12.1.3.
    Licensing,
    /// A Set Error Info PDU, [MS-RDPBCGR] 2.2.5.1.1: the server's own word.
    ErrorInfo,
    /// A server redirection, [MS-RDPBCGR] 2.2.13: the session is elsewhere.
    Redirection,
}

impl RefusalKind {
    /// The name that stands in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Resolver => "resolver",
            Self::X224 => "x224",
            Self::Proxy => "proxy",
            Self::Negotiation => "negotiation",
            Self::Alert => "alert",
            Self::Ntstatus => "ntstatus",
            Self::Kerberos => "kerberos",
            Self::EarlyUserAuth => "early_user_auth",
            Self::Mcs => "mcs",
            Self::Ultimatum => "ultimatum",
            Self::Licensing => "licensing",
            Self::ErrorInfo => "error_info",
            Self::Redirection => "redirection",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            RefusalKind::Resolver => "the resolver says",
            RefusalKind::X224 => "X.224 says",
            RefusalKind::Proxy => "the proxy says",
            RefusalKind::Negotiation => "negotiation failure",
            RefusalKind::Alert => "TLS alert",
            RefusalKind::Ntstatus => "CredSSP error",
            RefusalKind::Kerberos => "the Kerberos KDC says",
            RefusalKind::EarlyUserAuth => "early user authorization",
            RefusalKind::Mcs => "MCS result",
            RefusalKind::Ultimatum => "MCS Disconnect Provider Ultimatum, reason",
            RefusalKind::Licensing => "licensing error",
            RefusalKind::ErrorInfo => "the server sent Set Error Info",
            RefusalKind::Redirection => "redirected to",
        };
        write!(f, "{what} {} ({})", self.name, self.code)
    }
}
