//! Facts that are one word of a few.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the server insists on Network Level Authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Nla {
    /// Nothing else is accepted.
    Required,
    /// It is accepted, and so is something else.
    Optional,
    /// It is not accepted.
    Absent,
    /// Not known: the exchange that would tell did not come to an answer.
    Unknown,
}

impl Nla {
    /// The word that stands in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

/// What became of the credentials that a walk had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    /// The server takes none before the session: it does no NLA.
    Unused,
    /// They were kept back: the certificate is not trusted, or the server does not do what was insisted on.
    Withheld,
    /// A proof of the password was sent.
    Sent,
    /// The server took it, and let the user in.
    Accepted,
}

impl Authentication {
    /// The word that stands in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Withheld => "withheld",
            Self::Sent => "sent",
            Self::Accepted => "accepted",
        }
    }
}
