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

/// Declares the protocols that can say no as one table: the name, and how a refusal of theirs begins.
macro_rules! kinds {
    ($($(#[$about:meta])* $name:ident $id:literal $says:literal;)*) => {
        /// The protocols that can say no.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum RefusalKind {
            $($(#[$about])* $name,)*
        }

        impl RefusalKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name that stands in the report.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// The kind of this name.
            pub fn named(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.id() == id)
            }

            /// How a refusal of this kind is told.
            const fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }
        }
    };
}

kinds! {
    /// The system's resolver: a `getaddrinfo` error.
    Resolver "resolver" "the resolver says";
    /// An X.224 Disconnect Request or Error TPDU, ITU-T X.224 13.5 and 13.12.
    X224 "x224" "X.224 says";
    /// A SOCKS reply, RFC 1928 section 6, or the status of an HTTP proxy, RFC 9110 section 15.
    Proxy "proxy" "the proxy says";
    /// `RDP_NEG_FAILURE`, [MS-RDPBCGR] 2.2.1.2.2.
    Negotiation "negotiation" "negotiation failure";
    /// A TLS alert, RFC 8446 section 6.
    Alert "alert" "TLS alert";
    /// `errorCode` of a TSRequest, [MS-CSSP] 2.2.1.
    Ntstatus "ntstatus" "CredSSP error";
    /// A KRB-ERROR of the key distribution centre, RFC 4120 5.9.1.
    Kerberos "kerberos" "the Kerberos KDC says";
    /// The Early User Authorization Result PDU, [MS-RDPBCGR] 2.2.10.2.
    EarlyUserAuth "early_user_auth" "early user authorization";
    /// The `result` of an MCS Connect Response, T.125.
    Mcs "mcs" "MCS result";
    /// An MCS Disconnect Provider Ultimatum, T.125.
    Ultimatum "ultimatum" "MCS Disconnect Provider Ultimatum, reason";
    /// A licensing error alert, [MS-RDPBCGR] 2.2.1.12.1.3.
    Licensing "licensing" "licensing error";
    /// A Set Error Info PDU, [MS-RDPBCGR] 2.2.5.1.1: the server's own word.
    ErrorInfo "error_info" "the server sent Set Error Info";
    /// A server redirection, [MS-RDPBCGR] 2.2.13: the session is elsewhere.
    Redirection "redirection" "redirected to";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.kind.says(), self.name, self.code)
    }
}
