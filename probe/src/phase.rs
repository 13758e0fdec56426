//! The phases of a connection, in the order of [MS-RDPBCGR] 1.3.1.1, under the names that the command line, the
//! report and the rules use.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares the phases as one table: what happens in each, and when it has passed.
macro_rules! phases {
    ($($name:ident $id:literal $title:literal, $happens:literal, $passed:literal, $section:literal;)*) => {
        /// A phase of the connection sequence. Later phases compare greater.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Phase {
            $(#[doc = $happens] $name,)*
        }

        impl Phase {
            /// Every phase, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name that stands in commands, reports and rules.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// The phase's title in the specification's words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What happens in it.
            pub const fn happens(self) -> &'static str {
                match self { $(Self::$name => $happens,)* }
            }

            /// When it has passed.
            pub const fn passed_when(self) -> &'static str {
                match self { $(Self::$name => $passed,)* }
            }

            /// Where it is specified.
            pub const fn section(self) -> &'static str {
                match self { $(Self::$name => $section,)* }
            }
        }
    };
}

phases! {
    Resolve "resolve" "Name resolution",
        "The system turns the name into addresses.",
        "there is at least one address", "RFC 1035; getaddrinfo(3)";
    Connect "connect" "TCP connection",
        "TCP connects to one address.",
        "the connection is established", "RFC 9293 3.5";
    Proxy "proxy" "Connection through a proxy",
        "A proxy or a command that stands between is asked for the target.",
        "the proxy says that it is connected, or the command runs", "RFC 1928; RFC 9110 9.3.6";
    Negotiate "negotiate" "Connection Initiation",
        "The X.224 Connection Request offers security protocols, the Connection Confirm selects one.",
        "a protocol is selected", "[MS-RDPBCGR] 1.3.1.1, 2.2.1.1, 2.2.1.2";
    Tls "tls" "TLS handshake",
        "Both sides agree on a TLS version and keys, and the server shows its certificate.",
        "both sides have finished", "[MS-RDPBCGR] 5.4.5; RFC 8446; RFC 5246";
    Credssp "credssp" "CredSSP (Network Level Authentication)",
        "NTLM or Kerberos tokens travel in TSRequest messages inside TLS.",
        "without credentials: the server's challenge came (the credential gate)", "[MS-CSSP] 3.1.5; [MS-NLMP] 1.3.1.1";
    Settings "settings" "Basic Settings Exchange",
        "MCS Connect Initial and Connect Response carry the GCC blocks with each side's settings.",
        "the response is decoded and its result is rt-successful", "[MS-RDPBCGR] 2.2.1.3, 2.2.1.4";
    Channels "channels" "Channel Connection",
        "Erect Domain, Attach User and the Channel Joins open the MCS channels.",
        "every channel is joined", "[MS-RDPBCGR] 2.2.1.5 to 2.2.1.9";
    Security "security" "RDP Security Commencement",
        "The Security Exchange PDU carries the client random of Standard RDP Security.",
        "the keys are in place", "[MS-RDPBCGR] 2.2.1.10";
    Logon "logon" "Secure Settings Exchange",
        "The Client Info PDU carries user, password and client settings.",
        "the server goes on", "[MS-RDPBCGR] 2.2.1.11, 2.2.14";
    Licensing "licensing" "Licensing",
        "The server checks or issues a client access licence, or says that it needs none.",
        "STATUS_VALID_CLIENT came or a licence was issued", "[MS-RDPBCGR] 2.2.1.12; [MS-RDPELE]";
    Multitransport "multitransport" "Optional Multitransport Bootstrapping",
        "The server may ask for UDP side channels.",
        "the request is read, or none came", "[MS-RDPBCGR] 2.2.15";
    Capabilities "capabilities" "Capabilities Exchange",
        "Demand Active and Confirm Active carry what each side can do.",
        "both are exchanged", "[MS-RDPBCGR] 2.2.1.13";
    Finalization "finalization" "Connection Finalization",
        "Synchronize, Control and Font PDUs make the session ready.",
        "the Font Map PDU came", "[MS-RDPBCGR] 2.2.1.14 to 2.2.1.22";
    UdpSyn "udp_syn" "RDP-UDP connection initialisation",
        "A SYN datagram asks for a transport beside TCP, and the SYN+ACK agrees on version and sizes.",
        "the SYN+ACK came", "[MS-RDPEUDP] 1.3.2.1, 3.1.5.1";
    UdpTls "udp_tls" "TLS or DTLS over UDP",
        "The handshake that secures the transport, before the server knows whose it is.",
        "both sides have finished, or the server is described", "[MS-RDPEMT] 1.3.1";
    UdpTunnel "udp_tunnel" "Tunnel creation",
        "The client names the request and the cookie that the server gave it over TCP.",
        "the Tunnel Create Response says S_OK", "[MS-RDPEMT] 2.2.2";
}

/// Which transport of a session is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// The main connection, over TCP.
    Tcp,
    /// A side channel, over UDP.
    Udp,
}

impl Phase {
    /// The leg that goes through it.
    pub const fn leg(self) -> Leg {
        if matches!(self, Self::UdpSyn | Self::UdpTls | Self::UdpTunnel) { Leg::Udp } else { Leg::Tcp }
    }

    /// The phases of a leg, in order.
    pub fn of(leg: Leg) -> impl DoubleEndedIterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |phase| phase.leg() == leg)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for Phase {
    type Err = UnknownPhase;

    fn from_str(text: &str) -> Result<Self, UnknownPhase> {
        Self::ALL.iter().copied().find(|phase| phase.id() == text).ok_or_else(|| UnknownPhase(text.to_owned()))
    }
}

/// A text that names no phase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no phase; the phases are {names}", names = Phase::ALL.iter().map(|p| p.id()).collect::<Vec<_>>().join(", "))]
pub struct UnknownPhase(pub String);
