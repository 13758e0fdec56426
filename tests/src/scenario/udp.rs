use rdp_packets::rdpudp::UdpVersion;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// How a server answers UDP on the port of its TCP. By default it is a Server 2022.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Udp {
    /// The highest version that it speaks: 1, 2, or 3. Of version 3 it knows the opening, and hears what follows.
    #[serde(deserialize_with = "version")]
    pub version: UdpVersion,
    /// Whether it speaks version 3 only with clients that show the hash of a cookie which it gave out on TCP, and
    /// version 2 with the others.
    pub checks_hash: bool,
    /// Which SYNs it answers.
    pub answers: Answers,
    /// How often a SYN+ACK that is not acknowledged is sent again.
    pub repeats: u32,
    /// Whether it does TLS in versions 1 and 2. Else it acknowledges what comes, and says no more.
    pub tls: bool,
    /// What it shows in TLS and DTLS.
    pub certificate: Shown,
    /// Whether it answers the SYNs of the lossy mode, and does DTLS there.
    pub dtls: bool,
    /// What it does wrong.
    pub act: Option<UdpAct>,
}

/// Which SYNs a server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answers {
    /// All of them.
    #[default]
    All,
    /// None: it hears, and is silent.
    None,
    /// Those of less than 1200 bytes.
    Short,
}

/// What a server shows on UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// The certificate of its TCP side.
    #[default]
    Same,
    /// One of another name.
    Other,
}

/// What a server does wrong on UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UdpAct {
    /// Its SYN+ACK ends after 15 bytes.
    Truncated,
    /// Its SYN+ACK names an MTU of 0 both ways.
    MtuZero,
    /// Its SYN+ACK names an MTU of 65535 both ways.
    MtuHuge,
    /// Its SYN+ACK answers another number than the client's.
    WrongIsn,
    /// It sends 20,000 SYN+ACKs as fast as it can.
    Flood,
    /// It sends its SYN+ACK every 20 ms for 5 s, whatever it is told.
    Forever,
    /// It acknowledges 2048 times 64 packets, once the connection stands.
    EndlessAcks,
    /// It sends a datagram of an open connection in the place of its SYN+ACK.
    Stale,
    /// It sends the packets of a flight last first.
    OutOfOrder,
    /// It sends every datagram twice.
    Duplicates,
    /// Its first SYN+ACK is lost: the client hears the one that is sent again.
    LoseFirst,
    /// It sends a second SYN+ACK with another number of its own.
    SecondAnswer,
}

/// A SYN of so many bytes is long.
const LONG: usize = 1200;

impl Default for Udp {
    fn default() -> Self {
        Self {
            version: UdpVersion::V3,
            checks_hash: true,
            answers: Answers::All,
            repeats: 2,
            tls: true,
            certificate: Shown::Same,
            dtls: false,
            act: None,
        }
    }
}

impl Answers {
    /// Whether a SYN of this length is answered.
    pub const fn takes(self, length: usize) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Short => length < LONG,
        }
    }
}

/// Reads a version by the name that people use.
fn version<'de, D: Deserializer<'de>>(number: D) -> Result<UdpVersion, D::Error> {
    match u8::deserialize(number)? {
        1 => Ok(UdpVersion::V1),
        2 => Ok(UdpVersion::V2),
        3 => Ok(UdpVersion::V3),
        other => Err(D::Error::custom(format!("{other} is no version of RDP-UDP: 1, 2, or 3"))),
    }
}
