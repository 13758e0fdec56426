//! What the lab does where a healthy server would answer.

use std::fmt;

use serde::Deserialize;

use crate::lie::Lie;

/// Where in a connection the lab can act: at each of the server's answers, and before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The connection stands; nothing was said.
    Connect,
    /// The X.224 Connection Confirm.
    Negotiate,
    /// The server's first TLS flight.
    Tls,
    /// The server's last TLS flight, after the client's Finished: with TLS 1.3 only tickets are left to say.
    Finished,
    /// The NTLM challenge in a `TSRequest`.
    Credssp,
    /// The server's public key, sealed: the answer to a proof of the password.
    Authenticate,
    /// The Early User Authorization Result, where it was agreed on.
    EarlyAuth,
    /// The MCS Connect Response.
    Settings,
    /// The MCS Attach User Confirm.
    Channels,
    /// The first MCS Channel Join Confirm.
    Joins,
    /// The client's random number came, which no message answers.
    Security,
    /// The Client Info PDU came: the first message of the auto-detection, where there is one.
    Logon,
    /// The first licensing message.
    Licensing,
    /// The Platform Challenge, where a licence is issued.
    Challenge,
    /// The Initiate Multitransport Request, where there is one.
    Multitransport,
    /// The Demand Active PDU.
    Capabilities,
    /// The Font Map PDU.
    Finalization,
    /// The answer to a Shutdown Request.
    Shutdown,
}

/// What the lab does at a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Answers as a healthy server does.
    #[default]
    Pass,
    /// Reads on, and never answers.
    Silence,
    /// Sends FIN (inside TLS `close_notify` before it), and reads until the other side has closed too.
    Close,
    /// Sends RST.
    Reset,
    /// Sends bytes that are not the answer, and then nothing.
    Garble(Lie),
    /// Sends the first half of the answer, then FIN.
    Truncate,
    /// Sends the first half of the answer, and then nothing.
    Half,
    /// Answers after so many milliseconds.
    DelayMs(u64),
    /// Answers byte by byte, so many milliseconds apart.
    DripMs(u64),
    /// Answers byte by byte without a pause, each byte in a segment of its own.
    Split,
    /// Says no in the step's own protocol, with this code: `RDP_NEG_FAILURE`, a TLS alert, the `errorCode` of a
    /// `TSRequest`, an Early User Authorization Result, the result of an MCS Connect Response, Attach User Confirm or Channel Join Confirm.
    Decline(u32),
    /// Sends a licensing error alert.
    Alert {
        /// What is wrong.
        code: u32,
        /// How licensing goes on.
        transition: u32,
    },
    /// Sends a Set Error Info PDU with this code, to clients that claim to read it, and an ultimatum.
    ErrorInfo(u32),
    /// Sends the client to another server, in the form that the security of the session demands.
    Redirect,
    /// Sends an MCS Disconnect Provider Ultimatum with this reason.
    Ultimatum(u8),
    /// Sends an X.224 Disconnect Request with this reason.
    Disconnect(u8),
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 18] = [
        Self::Connect,
        Self::Negotiate,
        Self::Tls,
        Self::Finished,
        Self::Credssp,
        Self::Authenticate,
        Self::EarlyAuth,
        Self::Settings,
        Self::Channels,
        Self::Joins,
        Self::Security,
        Self::Logon,
        Self::Licensing,
        Self::Challenge,
        Self::Multitransport,
        Self::Capabilities,
        Self::Finalization,
        Self::Shutdown,
    ];

    /// The name that stands in scenarios.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Negotiate => "negotiate",
            Self::Tls => "tls",
            Self::Finished => "finished",
            Self::Credssp => "credssp",
            Self::Authenticate => "authenticate",
            Self::EarlyAuth => "early_auth",
            Self::Settings => "settings",
            Self::Channels => "channels",
            Self::Joins => "joins",
            Self::Security => "security",
            Self::Logon => "logon",
            Self::Licensing => "licensing",
            Self::Challenge => "challenge",
            Self::Multitransport => "multitransport",
            Self::Capabilities => "capabilities",
            Self::Finalization => "finalization",
            Self::Shutdown => "shutdown",
        }
    }

    /// Whether the act can be done here.
    pub fn allows(self, act: &Act) -> bool {
        match act {
            Act::Pass | Act::Silence | Act::Close | Act::Reset | Act::DelayMs(_) => true,
            Act::Truncate | Act::Half | Act::DripMs(_) | Act::Split => !matches!(self, Self::Connect | Self::Security),
            Act::Decline(_) => self > Self::Connect && self < Self::Security,
            Act::Alert { .. } => matches!(self, Self::Licensing | Self::Challenge),
            Act::ErrorInfo(_) => self >= Self::Logon,
            Act::Redirect => self >= Self::Logon && self < Self::Shutdown,
            Act::Garble(lie) => lie.belongs(self),
            Act::Ultimatum(_) => self == Self::Negotiate || self >= Self::Settings,
            Act::Disconnect(_) => self == Self::Negotiate,
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass => f.write_str("pass"),
            Self::Silence => f.write_str("silence"),
            Self::Close => f.write_str("close"),
            Self::Reset => f.write_str("reset"),
            Self::Garble(lie) => write!(f, "garble {lie}"),
            Self::Truncate => f.write_str("truncate"),
            Self::Half => f.write_str("half"),
            Self::DelayMs(ms) => write!(f, "delay {ms} ms"),
            Self::DripMs(ms) => write!(f, "drip {ms} ms"),
            Self::Split => f.write_str("split"),
            Self::Decline(code) => write!(f, "decline {code:#x}"),
            Self::Alert { code, transition } => write!(f, "alert {code:#x} {transition}"),
            Self::ErrorInfo(code) => write!(f, "error_info {code:#x}"),
            Self::Redirect => f.write_str("redirect"),
            Self::Ultimatum(reason) => write!(f, "ultimatum {reason}"),
            Self::Disconnect(reason) => write!(f, "disconnect {reason}"),
        }
    }
}
