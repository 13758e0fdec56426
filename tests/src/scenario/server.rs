use rdp_packets::negotiate::Protocols;
use serde::Deserialize;

/// Whether anybody listens at the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listener {
    /// The server does.
    #[default]
    Open,
    /// Nobody: the port is taken, and the kernel resets whoever asks.
    Closed,
    /// Somebody whose queue is full: the kernel drops whatever comes.
    Full,
}

/// A security protocol that a server can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Standard RDP Security.
    Rdp,
    /// TLS.
    Ssl,
    /// `CredSSP`.
    Hybrid,
    /// `CredSSP` with early user authorization.
    HybridEx,
}

/// Which security protocols a server does, and what it says to a client that offers none of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Security {
    /// The protocols.
    pub accepts: Vec<Protocol>,
    /// What it says to a client that offers none of them.
    pub otherwise: Otherwise,
    /// Whether it is older than the negotiation: its Connection Confirm has 11 bytes, and Standard RDP Security follows.
    pub legacy: bool,
}

/// What a server says to a client that offers nothing that it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The negotiation failure that fits, as Windows does.
    #[default]
    Decline,
    /// It selects Standard RDP Security unasked, as xrdp does.
    Rdp,
    /// It closes, as `ironrdp-server` does.
    Close,
}

/// What a server shows in TLS: an ECDSA certificate made when it starts, or one of `fixtures/certs`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Certificate {
    /// The common name of the one that is made.
    pub subject: String,
    /// Its alternative names.
    pub names: Vec<String>,
    /// The fixture's name instead.
    pub fixture: Option<String>,
}

/// How a server does TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Which versions it does.
    pub versions: Versions,
    /// Whether it does the group `secp384r1` alone, for which TLS 1.3 clients must say hello again.
    pub retry: bool,
    /// Whether it wants a certificate of the client's.
    pub client_certificate: bool,
}

/// Which versions of TLS a server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Versions {
    /// TLS 1.2 and 1.3.
    #[default]
    #[serde(rename = "both")]
    Both,
    /// TLS 1.2 alone.
    #[serde(rename = "1.2")]
    Tls12,
    /// TLS 1.3 alone.
    #[serde(rename = "1.3")]
    Tls13,
    /// TLS 1.0 alone, with the RSA key exchange: played by hand up to the certificate.
    #[serde(rename = "1.0")]
    Tls10,
    /// TLS 1.2 with the RSA key exchange alone: played by hand up to the certificate.
    #[serde(rename = "1.2-rsa")]
    Tls12Rsa,
}

/// Who a server says it is in its NTLM challenge.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Its `NetBIOS` name.
    pub computer: String,
    /// Its `NetBIOS` domain.
    pub domain: String,
    /// Its DNS domain, under which its `NetBIOS` name in lower case is its DNS name.
    pub dns_domain: String,
    /// Its Windows build.
    pub build: u16,
    /// How far its clock is ahead of ours, in seconds.
    pub ahead_s: i64,
    /// Whether it answers in SPNEGO, as Windows does when it was asked so, or with NTLM as it is.
    pub spnego: bool,
}

impl Protocol {
    /// The protocol as a bit; Standard RDP Security is none.
    pub const fn bit(self) -> Protocols {
        match self {
            Self::Rdp => Protocols::RDP,
            Self::Ssl => Protocols::SSL,
            Self::Hybrid => Protocols::HYBRID,
            Self::HybridEx => Protocols::HYBRID_EX,
        }
    }
}

impl Default for Security {
    fn default() -> Self {
        Self { accepts: vec![Protocol::Hybrid, Protocol::HybridEx], otherwise: Otherwise::Decline, legacy: false }
    }
}

impl Default for Certificate {
    fn default() -> Self {
        let subject = "lab-server.lab.example".to_owned();
        Self { names: vec![subject.clone()], subject, fixture: None }
    }
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            computer: "LAB-SERVER".to_owned(),
            domain: "LAB".to_owned(),
            dns_domain: "lab.example".to_owned(),
            build: 20348,
            ahead_s: 0,
            spnego: false,
        }
    }
}
