use rdp_packets::gcc::{EncryptionLevel, EncryptionMethods};
use serde::Deserialize;

/// What a server does with a client that goes on behind the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// How Standard RDP Security encrypts.
    pub encryption: Encryption,
    /// What the server's key of Standard RDP Security, and of licensing, stands in.
    pub proof: Proof,
    /// Which way licensing goes.
    pub licensing: Licensing,
    /// What it does beside.
    pub does: Vec<Extra>,
}

/// How Standard RDP Security encrypts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Encryption {
    /// Not at all.
    #[serde(rename = "none")]
    None,
    /// RC4 with 40 bits.
    #[serde(rename = "rc4-40")]
    Rc4Bits40,
    /// RC4 with 56 bits.
    #[serde(rename = "rc4-56")]
    Rc4Bits56,
    /// RC4 with 128 bits.
    #[default]
    #[serde(rename = "rc4-128")]
    Rc4Bits128,
    /// Triple DES.
    #[serde(rename = "fips")]
    Fips,
}

/// What a server's key stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A proprietary certificate, signed with the published key.
    #[default]
    Proprietary,
    /// A chain of X.509 certificates.
    X509,
}

/// Which way licensing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Licensing {
    /// The client may stay without a licence.
    #[default]
    ValidClient,
    /// The client asks for a licence, is tried, and gets one.
    Issue,
}

/// What not every server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extra {
    /// It leaves in clear what it sends itself: the lowest level of Standard RDP Security.
    LowLevel,
    /// It measures the network behind the Client Info PDU, with clients that take part.
    AutoDetect,
    /// It asks for a UDP transport, if the client has a message channel.
    Multitransport,
    /// It says that somebody else holds the session, and gives a cookie to come back with.
    Notice,
    /// It ends the session as soon as it is ready.
    Leave,
}

impl Encryption {
    /// The method that the settings name.
    pub const fn method(self) -> EncryptionMethods {
        match self {
            Self::None => EncryptionMethods::NONE,
            Self::Rc4Bits40 => EncryptionMethods::RC4_40,
            Self::Rc4Bits56 => EncryptionMethods::RC4_56,
            Self::Rc4Bits128 => EncryptionMethods::RC4_128,
            Self::Fips => EncryptionMethods::FIPS,
        }
    }
}

impl Session {
    /// Whether it does this.
    pub fn does(&self, extra: Extra) -> bool {
        self.does.contains(&extra)
    }

    /// The level that the settings name.
    pub fn level(&self) -> EncryptionLevel {
        match self.encryption {
            Encryption::None => EncryptionLevel::NONE,
            Encryption::Fips => EncryptionLevel::FIPS,
            _ if self.does(Extra::LowLevel) => EncryptionLevel::LOW,
            Encryption::Rc4Bits40 | Encryption::Rc4Bits56 | Encryption::Rc4Bits128 => {
                EncryptionLevel::CLIENT_COMPATIBLE
            }
        }
    }
}
