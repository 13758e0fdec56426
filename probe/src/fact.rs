//! Facts: what a walk learned, phase by phase. A fact is written down as soon as it is known, so that it is there also
//! when its phase then stops; what was not learned is absent, never zero.
//!
//! These structs are the one registry of fact names: report, schema and rules read them, and [`registry`] lists them
//! with type and unit from the same source. A name that ends in `_us` is in whole microseconds.

mod all;
mod kind;
mod registry;
mod udp;
mod words;

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use all::Facts;
pub(crate) use all::schemas;
pub use kind::{Kind, Unit};
pub use registry::{Fact, registry};
pub use udp::{UdpSyn, UdpTunnel};
pub use words::{Authentication, Nla};

/// Declares a set of facts: serialised by name, absent while unknown.
macro_rules! facts {
    ($($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $fact:ident: $type:ty,)* })*) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
            #[serde(default)]
            pub struct $name {
                $(
                    $(#[$doc])*
                    #[serde(skip_serializing_if = "Option::is_none")]
                    pub $fact: Option<$type>,
                )*
            }
        )*
    };
}
use facts;

facts! {
    /// What name resolution gave.
    Resolve {
        /// The addresses, in the order in which the system would try them.
        addresses: Vec<IpAddr>,
        /// The name at the end of the aliases.
        canonical_name: String,
    }

    /// What the TCP connection showed.
    Connect {
        /// Our address and port.
        local: SocketAddr,
        /// The server's address and port.
        remote: SocketAddr,
        /// The network interface that we left by, where the user chose one.
        interface: String,
        /// `ipv4` or `ipv6`.
        family: String,
        /// The largest segment that we send, in bytes.
        snd_mss: u32,
        /// The largest segment that the SYN+ACK says its sender takes, in bytes. The capture alone tells.
        peer_mss: u16,
        /// How long the SYN+ACK took on the wire, in microseconds. The capture alone tells.
        syn_rtt_us: u64,
    }

    /// What stands between us and the target, where the user chose to go through something. The facts of `resolve` and
    /// `connect` are then those of the way to it: it is the proxy that resolves the target's name.
    Proxy {
        /// What: `socks5://HOST:PORT`, `http://HOST:PORT`, or `command NAME`.
        via: String,
        /// What it was asked for: the target's name, as the user gave it, and its port.
        asked: String,
        /// The address and port from which a SOCKS proxy says that it connects.
        bound: String,
        /// How the command ended, where it did before a byte came from it.
        exit: String,
    }

    /// What the Connection Request asked and the Connection Confirm answered, [MS-RDPBCGR] 2.2.1.1 and 2.2.1.2.
    Negotiate {
        /// The security protocols that we offered.
        requested: Vec<String>,
        /// The cookie or routing token that we sent.
        cookie: String,
        /// The way to log on that we insisted on: `restricted-admin` or `remote-guard`.
        mode: String,
        /// The protocol that the server selected.
        selected: String,
        /// The flags of the server's response.
        flags: Vec<String>,
        /// The server answered without negotiation data: Standard RDP Security alone.
        legacy_server: bool,
        /// What an `RDP_NEG_FAILURE` said, by name.
        failure: String,
        /// Whether the server insists on Network Level Authentication.
        nla: Nla,
        /// The protocols that the server was seen to agree to, over all exchanges of the run.
        offers: Vec<String>,
    }

    /// What the TLS handshake showed.
    Tls {
        /// The protocol version, e.g. `TLS 1.3`.
        version: String,
        /// The cipher suite by its IANA name.
        cipher_suite: String,
        /// The key exchange group by its IANA name.
        group: String,
        /// The server asked for a second ClientHello.
        hello_retry: bool,
        /// Read by our own ClientHello: a description, not a finished handshake.
        described: bool,
        /// The server's own certificate.
        certificate: Certificate,
        /// Why a secret may go to that certificate: `system`, `pinned` or `accepted`. Asked only where one was to go.
        trust: String,
        /// Why none may.
        distrust: String,
    }

    /// An X.509 certificate as the server showed it; nothing is judged here.
    Certificate {
        /// The subject's distinguished name.
        subject: String,
        /// The issuer's distinguished name.
        issuer: String,
        /// The serial number in hex.
        serial: String,
        /// The alternative names: DNS names and addresses.
        san: Vec<String>,
        /// Valid from.
        not_before: Timestamp,
        /// Valid until.
        not_after: Timestamp,
        /// Whole days until `not_after` when it was read; negative when it is past.
        days_left: i64,
        /// The key's algorithm: `rsa`, `ecdsa`, `ed25519`, or an object identifier.
        key: String,
        /// The key's size in bits.
        key_bits: u32,
        /// The signature's algorithm, e.g. `sha256WithRSAEncryption`.
        signature: String,
        /// Issuer and subject are the same.
        self_signed: bool,
        /// SHA-256 of the certificate, in hex.
        sha256: String,
        /// How many certificates the server sent.
        chain_length: usize,
        /// Why the certificate could not be read, when it could not.
        unreadable: String,
    }

    /// What CredSSP showed.
    Credssp {
        /// The CredSSP version that the server speaks.
        version: u32,
        /// The mechanisms that the server named, when it answered with SPNEGO.
        mechanisms: Vec<String>,
        /// What the NTLM challenge says of the server.
        ntlm: Ntlm,
        /// What became of the credentials; absent where there were none.
        authentication: Authentication,
        /// How many tickets the Kerberos KDC has given: one for the user, and then one for the server.
        tickets: usize,
        /// The KDC's clock, which it tells where it refuses: so it does before it asks for the proof of the password.
        kdc_time: Timestamp,
        /// How far the KDC's clock is ahead of ours, in microseconds.
        kdc_skew_us: i64,
        /// The server's word on whether the user may log on, where `hybrid_ex` is selected.
        early_user_auth: String,
    }

    /// The identity in an NTLM `CHALLENGE_MESSAGE`, [MS-NLMP] 2.2.1.2.
    Ntlm {
        /// NetBIOS name of the computer.
        netbios_computer: String,
        /// NetBIOS name of the domain.
        netbios_domain: String,
        /// DNS name of the computer.
        dns_computer: String,
        /// DNS name of the domain.
        dns_domain: String,
        /// DNS name of the forest.
        dns_tree: String,
        /// Version and build of the operating system, e.g. `10.0.20348`.
        os_build: String,
        /// The server's clock.
        server_time: Timestamp,
        /// How far the server's clock is ahead of ours, in microseconds.
        clock_skew_us: i64,
    }

    /// The MCS channels that were joined.
    Channels {
        /// Our own channel.
        user_channel: u16,
        /// The channels that the server let us join.
        joined: Vec<u16>,
    }

    /// What Standard RDP Security rests on.
    Security {
        /// The server's certificate: its kind, and whether its signature holds.
        certificate: String,
        /// The size of its RSA key in bits.
        key_bits: u32,
    }

    /// What the server measured while connecting, [MS-RDPBCGR] 2.2.14.
    Logon {
        /// The round-trip time that the server found, in microseconds.
        auto_detect_rtt_us: u64,
        /// The bandwidth that the server found, in kilobits a second.
        auto_detect_bandwidth_kbps: u32,
    }

    /// What came of licensing.
    Licensing {
        /// How it ended well: `STATUS_VALID_CLIENT`, a licence `issued` or `upgraded`, or `left out`.
        outcome: String,
        /// The error and what was to follow it.
        error: String,
    }

    /// The UDP transports that the server asked for.
    Multitransport {
        /// By name; empty when it asked for none.
        requested: Vec<String>,
    }

    /// What the server's Demand Active says.
    Capabilities {
        /// The share's number.
        share_id: String,
        /// The capability sets, by name.
        sets: Vec<String>,
        /// The desktop's size and color depth.
        desktop: String,
        /// Where the server sent us instead.
        redirection: Redirection,
    }

    /// A server redirection, [MS-RDPBCGR] 2.2.13: the session is at another server.
    Redirection {
        /// The other server by its name, or else by its address.
        target: String,
        /// Its address.
        address: String,
        /// What to begin the next Connection Request with.
        load_balance_info: String,
        /// The session there.
        session_id: u32,
    }

    /// What the server said until the session was ready.
    Finalization {
        /// The server said that somebody is logged on.
        logged_on: bool,
        /// What the server says is wrong with the logon.
        logon_error: String,
        /// The server gave a cookie to reconnect with; it is not kept.
        auto_reconnect_cookie: bool,
    }

    /// What the server's GCC blocks say, [MS-RDPBCGR] 2.2.1.4.
    Settings {
        /// The server's RDP version, e.g. `0x00080004`.
        server_version: String,
        /// The encryption method of Standard RDP Security.
        encryption_method: String,
        /// The encryption level of Standard RDP Security.
        encryption_level: String,
        /// The MCS channels: the I/O channel first, then the static virtual channels.
        channels: Vec<u16>,
        /// The early capability flags.
        early_capability_flags: Vec<String>,
    }
}
