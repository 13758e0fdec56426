//! Stops: where a walk ended and how. A stop is a result, not an error of ours: finding it is what the probe is for.
//!
//! A stop is a phase *times* a cause, a product and never a list. Who ended it is no part of it: that is a conclusion,
//! drawn in [`verdict`](crate::verdict) from evidence.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rdp_packets::codec::DecodeError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::phase::Phase;

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

/// The operations by which local causes are told apart.
const INTERRUPTED: &str = "interrupted";
const DEADLINE: &str = "deadline";
const LIBRARY: &str = "TLS library";
const KDC: &str = "Kerberos KDC";

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// Nothing came within the time allowed.
    Silence,
    /// A reset answered our SYN, and no ICMP message explains it.
    Refused,
    /// A reset after the connection was established, seen by a read or a write.
    Reset,
    /// The other side closed where its next message was due.
    Closed,
    /// An ICMP message, or our own host's routing, said that the target cannot be reached.
    Unreachable {
        /// What said so.
        icmp: Icmp,
    },
    /// The other side understood and said no in its own protocol.
    Declined {
        /// What it said.
        refusal: Refusal,
    },
    /// The peer's bytes are not the message that was due, or a value stands where it may not.
    Garbled(Garbled),
    /// Our own side could not go on.
    Local {
        /// What we were doing.
        operation: String,
        /// Why it failed.
        error: String,
    },
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

/// Bytes that are not the message that was due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Garbled {
    /// The message that was being read.
    pub message: String,
    /// The field that does not hold.
    pub field: String,
    /// Where the field begins, in bytes from the start of the message.
    pub offset: usize,
    /// What stands there.
    pub found: String,
    /// Which other service the first bytes belong to, when they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks_like: Option<String>,
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

impl Stop {
    /// A refusal, when there was one.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.cause.refusal()
    }

    /// Whether the session is elsewhere.
    pub fn is_redirection(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.kind == RefusalKind::Redirection)
    }
}

impl Cause {
    /// A refusal, when it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        if let Self::Declined { refusal } = self { Some(refusal) } else { None }
    }

    /// The name that stands in reports and rules.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Unreachable { .. } => "unreachable",
            Self::Declined { .. } => "declined",
            Self::Garbled(_) => "garbled",
            Self::Local { .. } => "local",
        }
    }

    /// The user wished the walk to end.
    pub fn interrupted() -> Self {
        Self::local(INTERRUPTED, "the user ended the run")
    }

    /// The run's deadline ended a wait before its time.
    pub fn cut_by_the_deadline() -> Self {
        Self::local(DEADLINE, "the run's time was over")
    }

    /// The TLS library would not go on with what the server sent.
    pub fn library(error: impl fmt::Display) -> Self {
        Self::local(LIBRARY, error)
    }

    /// The Kerberos key distribution centre gave no answer that could be read.
    pub fn kdc(error: impl fmt::Display) -> Self {
        Self::local(KDC, error)
    }

    /// Whether it was the key distribution centre that gave no answer.
    pub fn is_kdc(&self) -> bool {
        self.is_local(KDC)
    }

    /// Whether the walk was cut from outside, so that it shows nothing of the target.
    pub fn is_cut(&self) -> bool {
        self.is_local(INTERRUPTED) || self.is_local(DEADLINE)
    }

    /// Whether it was the TLS library that would not go on.
    pub fn is_library(&self) -> bool {
        self.is_local(LIBRARY)
    }

    fn is_local(&self, doing: &str) -> bool {
        matches!(self, Self::Local { operation, .. } if operation == doing)
    }

    /// Whether nothing more came, for whatever reason.
    pub const fn is_an_end(&self) -> bool {
        matches!(self, Self::Silence | Self::Reset | Self::Closed)
    }

    /// Whether bytes of a message with this name could not be read.
    pub fn garbles(&self, name: &str) -> bool {
        matches!(self, Self::Garbled(garbled) if garbled.message == name)
    }

    /// What each cause means, in the order of the contract.
    pub const MEANINGS: &'static [(&'static str, &'static str)] = &[
        ("silence", "nothing came within the time allowed for the awaited message"),
        ("refused", "a TCP reset answered our SYN, and no ICMP message explains it"),
        ("reset", "a TCP reset ended the established connection"),
        ("closed", "the other side closed (FIN or close_notify) where its next message was due"),
        ("unreachable", "an ICMP message or our own host's routing said that the target cannot be reached"),
        ("declined", "the other side understood and said no in its own protocol"),
        ("garbled", "the bytes are not the message that was due, or a value stands where it may not"),
        ("local", "our own side could not go on"),
    ];

    /// A no in the other side's own protocol.
    pub fn declined(kind: RefusalKind, code: impl Into<String>, name: impl Into<String>) -> Self {
        Self::Declined { refusal: Refusal { kind, code: code.into(), name: name.into() } }
    }

    /// Something that our own side could not do.
    pub fn local(operation: &str, error: impl fmt::Display) -> Self {
        Self::Local { operation: operation.to_owned(), error: error.to_string() }
    }

    /// A well-formed value that may not stand where it stands.
    pub fn misplaced(message: &str, field: &str, offset: usize, found: impl Into<String>) -> Self {
        let (message, field) = (message.to_owned(), field.to_owned());
        Self::Garbled(Garbled { message, field, offset, found: found.into(), looks_like: None })
    }
}

impl From<DecodeError> for Cause {
    fn from(error: DecodeError) -> Self {
        Self::misplaced(error.message, error.field, error.offset, error.fault.to_string())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silence => f.write_str("no answer"),
            Self::Refused => f.write_str("connection refused"),
            Self::Reset => f.write_str("connection reset"),
            Self::Closed => f.write_str("closed by the other side"),
            Self::Unreachable { icmp } => icmp.fmt(f),
            Self::Declined { refusal } => refusal.fmt(f),
            Self::Garbled(garbled) => garbled.fmt(f),
            Self::Local { operation, error } => write!(f, "{operation}: {error}"),
        }
    }
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

impl fmt::Display for Garbled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.looks_like {
            write!(f, "not RDP but {service}: ")?;
        }
        write!(f, "{}: `{}` at byte {} {}", self.message, self.field, self.offset, self.found)
    }
}
