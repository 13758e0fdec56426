use rdp_packets::credssp::LATEST;
use serde::Deserialize;

/// Whom a server lets in with NLA, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nla {
    /// The one who may log on. Where there is none, the server goes as far as its challenge, which says what `[ntlm]`
    /// says; else the challenge is that of the `sspi` crate, which names nobody and is 61 s slow.
    pub account: Option<Account>,
    /// The newest version of `CredSSP` that it does, 2 to 6. Version 2 has no codes to refuse with.
    pub version: u32,
    /// Whether it only closes on whoever may not log on, as FreeRDP does, where Windows says `STATUS_LOGON_FAILURE`.
    pub closes: bool,
}

/// A user and the password: a constant of the fixtures, which opens nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// With which credentials the probe comes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logon {
    /// As whom: `NAME`, `DOMAIN\NAME` or `NAME@DOMAIN`.
    pub user: String,
    /// With which password.
    pub password: String,
    /// Whether it trusts any certificate, and not only those that the system trusts.
    #[serde(default = "any")]
    pub accept_certificate: bool,
}

const fn any() -> bool {
    true
}

impl Default for Nla {
    fn default() -> Self {
        Self { account: None, version: LATEST, closes: false }
    }
}

impl Nla {
    /// Whether it gives no reason when it refuses.
    pub const fn says_no_code(&self) -> bool {
        self.closes || self.version < FIRST_WITH_CODES
    }
}

/// The first version whose messages have an `errorCode`, [MS-CSSP] 2.2.1.
const FIRST_WITH_CODES: u32 = 3;
