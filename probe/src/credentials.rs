//! Credentials: who logs on, on which conditions, and the secret.
//!
//! A secret is handed out once in a run and by value: whoever has it uses it up, and everybody who comes later gets
//! none. A locked account would be our fault, so no count, no list of targets and no follow-up can use it again.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use rdp_packets::Secret;

/// A user and the password. It can be neither copied nor printed, and the password is overwritten when it goes.
pub struct Credentials {
    /// The account's name, or `NAME@DOMAIN`.
    pub user: String,
    /// The domain of `DOMAIN\NAME`.
    pub domain: Option<String>,
    /// The password.
    pub secret: Secret<String>,
}

/// A text that names no user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no user: a user is NAME, DOMAIN\\NAME or NAME@DOMAIN")]
pub struct UserError(pub String);

impl Credentials {
    /// Reads `NAME`, `DOMAIN\NAME` or `NAME@DOMAIN`, as Windows does: the last is a name by itself.
    pub fn new(user: &str, secret: Secret<String>) -> Result<Self, UserError> {
        let (domain, name) = match user.split_once('\\') {
            Some((domain, name)) => (Some(domain.to_owned()), name),
            None => (None, user),
        };
        let parts = domain.iter().map(String::as_str).chain(name.split('@'));
        if parts.clone().any(str::is_empty) || parts.count() > 2 || user.chars().any(char::is_control) {
            return Err(UserError(user.to_owned()));
        }
        Ok(Self { user: name.to_owned(), domain, secret })
    }

    /// Whether the user's realm is known, which Kerberos needs.
    pub fn has_realm(&self) -> bool {
        self.domain.is_some() || self.user.contains('@')
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// Whether, how and on which conditions a run logs on.
#[derive(Debug, Clone, Default)]
pub struct Logon {
    /// Clones share what they hold, so that a cloned plan is no second attempt.
    credentials: Arc<Mutex<Option<Credentials>>>,
    /// Which certificate may be trusted with a secret.
    pub trust: Trust,
    /// What the server is given besides the proof of the password.
    pub mode: Mode,
    /// The Kerberos key distribution centre, as `HOST:PORT`. With it Kerberos alone is spoken, without it NTLM. It is
    /// asked directly: from the address and the interface that the plan's way names, and through no proxy.
    pub kdc: Option<String>,
}

impl Logon {
    /// A logon with these credentials, on the strictest conditions.
    pub fn with(credentials: Credentials) -> Self {
        Self { credentials: Arc::new(Mutex::new(Some(credentials))), ..Self::default() }
    }

    /// The credentials, for the first who asks; nobody gets them again.
    pub fn take(&self) -> Option<Credentials> {
        self.credentials.lock().ok()?.take()
    }

    /// Whether there are credentials that nobody has taken.
    pub fn is_wanted(&self) -> bool {
        self.credentials.lock().is_ok_and(|credentials| credentials.is_some())
    }
}

/// Which certificate may be trusted with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// One that the system trusts for the target's name.
    #[default]
    System,
    /// This one.
    Pinned(Pin),
    /// Any.
    Anything,
}

/// The SHA-256 of a certificate in DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin(pub [u8; 32]);

impl FromStr for Pin {
    type Err = PinError;

    /// Reads 64 hex digits, with or without colons between the bytes.
    fn from_str(text: &str) -> Result<Self, PinError> {
        let mut pin = [0; 32];
        hex::decode_to_slice(text.replace(':', ""), &mut pin).map(|()| Self(pin)).map_err(|_| PinError)
    }
}

/// A text that is no pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pin is the SHA-256 of a certificate: 64 hex digits, as the report shows it")]
pub struct PinError;

/// What the server is given once it has the proof of the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The password, as mstsc does.
    #[default]
    Password,
    /// Nothing: Restricted Admin.
    RestrictedAdmin,
    /// Tickets without their keys: Remote Credential Guard.
    RemoteGuard,
}

impl Mode {
    /// The name that stands in the report; none for what is usual.
    pub const fn id(self) -> Option<&'static str> {
        match self {
            Self::Password => None,
            Self::RestrictedAdmin => Some("restricted-admin"),
            Self::RemoteGuard => Some("remote-guard"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(user: &str) -> Result<Credentials, UserError> {
        Credentials::new(user, Secret("hunter2".to_owned()))
    }

    #[test]
    fn a_user_may_stand_with_a_domain_before_or_behind() {
        for (text, user, domain, realm) in [
            ("alice", "alice", None, false),
            ("ZORG\\alice", "alice", Some("ZORG"), true),
            (".\\alice", "alice", Some("."), true),
            ("alice@zorg.example", "alice@zorg.example", None, true),
        ] {
            let read = credentials(text).unwrap();
            assert_eq!((read.user.as_str(), read.domain.as_deref(), read.has_realm()), (user, domain, realm), "{text}");
        }
    }

    #[test]
    fn what_names_no_user_is_refused() {
        for text in ["", "\\alice", "ZORG\\", "@zorg", "alice@", "ZORG\\alice@zorg", "a\nb"] {
            assert_eq!(credentials(text).unwrap_err(), UserError(text.to_owned()));
        }
    }

    #[test]
    fn credentials_are_handed_out_once_whoever_asks() {
        let logon = Logon::with(credentials("alice").unwrap());
        let clone = logon.clone();
        assert!(logon.is_wanted() && clone.is_wanted());
        assert!(clone.take().is_some());
        assert!(logon.take().is_none() && clone.take().is_none() && !logon.is_wanted());
    }

    #[test]
    fn credentials_print_neither_user_nor_password() {
        let printed = format!("{:?}", Logon::with(credentials("alice").unwrap()));
        assert!(printed.contains("Credentials") && !printed.contains("alice") && !printed.contains("hunter2"));
    }

    #[test]
    fn a_pin_is_read_as_reports_and_openssl_write_it() {
        let plain = "ab".repeat(32);
        let colons = vec!["AB"; 32].join(":");
        assert_eq!(plain.parse(), Ok(Pin([0xab; 32])));
        assert_eq!(colons.parse(), Ok(Pin([0xab; 32])));
        for text in ["", "ab", &plain[1..], &format!("{plain}00")] {
            assert_eq!(text.parse::<Pin>(), Err(PinError), "{text}");
        }
    }
}
