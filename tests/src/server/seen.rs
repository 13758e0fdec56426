use std::fmt;

use rdp_packets::negotiate::Protocols;
use rdp_packets::ntlm;
use rdp_packets::tls::ClientHello;

use super::visit::Visit;
use crate::act::{Act, Step};

/// What the server saw of one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// Its number, counted from 0 in the order in which the connections came.
    pub number: usize,
    /// Bytes that came, as they were on the wire.
    pub bytes: usize,
    /// What each X.224 Connection Request offered.
    pub offers: Vec<Protocols>,
    /// The routing token or cookie of the first of them.
    pub routing: Option<String>,
    /// The name of the connection in both sides' logs, as the first of them has it.
    pub correlation_id: Option<[u8; 16]>,
    /// `ClientHello` messages.
    pub hellos: usize,
    /// The last of them.
    pub hello: Option<ClientHello>,
    /// TLS handshakes that were finished.
    pub handshakes: usize,
    /// The NTLM message type in each `TSRequest`; `None` where there was no NTLM in it.
    pub ts_requests: Vec<Option<u32>>,
    /// What it gave at the end of NLA.
    pub delegated: Option<Delegated>,
    /// MCS Connect Initials.
    pub initials: usize,
    /// What it did behind the settings.
    pub visit: Visit,
    /// NTLM AUTHENTICATE messages, wherever in the connection: proofs of a password, which a probe without one never
    /// sends.
    pub authenticates: usize,
    /// The act that ended it, when it was the server who did.
    pub acted: Option<(Step, Act)>,
    /// Whether the client said goodbye inside TLS.
    pub close_notify: bool,
    /// How it ended.
    pub end: End,
    /// The client's message that could not be read.
    pub fault: Option<String>,
}

/// What of the credentials that a client hands over is kept: never the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegated {
    /// The account.
    pub user_name: String,
    /// Whether the password is the account's.
    pub password: bool,
}

/// How a connection ended, as the server saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum End {
    /// The client sent FIN.
    Fin,
    /// The client sent RST.
    Reset,
    /// The server sent RST.
    Ours,
    /// It had lasted too long, or the server ended before.
    #[default]
    Open,
}

impl Connection {
    /// Counts the AUTHENTICATE messages in bytes that came in clear or were opened.
    pub(super) fn watch(&mut self, opened: &[u8]) {
        let starts = opened.windows(ntlm::SIGNATURE.len()).enumerate();
        let messages = starts.filter(|(_, bytes)| *bytes == ntlm::SIGNATURE).filter_map(|(at, _)| opened.get(at..));
        let proofs = messages.filter(|message| ntlm::message_type(message) == Some(ntlm::AUTHENTICATE));
        self.authenticates += proofs.count();
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection {}: {} bytes", self.number, self.bytes)?;
        for offer in &self.offers {
            write!(f, ", request for {offer} ({:#04x})", offer.0)?;
        }
        if let Some(routing) = &self.routing {
            write!(f, " as {routing}")?;
        }
        for (count, what) in [(self.hellos, "ClientHello"), (self.initials, "MCS Connect Initial")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        for kind in &self.ts_requests {
            match kind {
                Some(kind) => write!(f, ", NTLM message {kind}")?,
                None => f.write_str(", TSRequest without NTLM")?,
            }
        }
        if let Some(Delegated { user_name, password }) = &self.delegated {
            let password = if *password { "the" } else { "no" };
            write!(f, ", logged on as \"{user_name}\", gave {password} password")?;
        }
        write!(f, "{}", self.visit)?;
        if let Some(fault) = &self.fault {
            write!(f, ", then what we do not take ({fault})")?;
        }
        if let Some((step, act)) = &self.acted {
            write!(f, "; at {} we did: {act}", step.id())?;
        }
        let goodbye = if self.close_notify { "close_notify and " } else { "" };
        match self.end {
            End::Fin => write!(f, "; client sent {goodbye}FIN"),
            End::Reset => write!(f, "; client sent {goodbye}RST"),
            End::Ours => f.write_str("; we sent RST"),
            End::Open => f.write_str("; still open when we left"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_of_a_password_is_noticed_wherever_it_stands() {
        let message = |kind: u32| [ntlm::SIGNATURE.as_slice(), &kind.to_le_bytes()].concat();
        let mut seen = Connection::default();
        seen.watch(&[message(ntlm::NEGOTIATE), message(ntlm::CHALLENGE)].concat());
        assert_eq!(seen.authenticates, 0);
        seen.watch(&[b"\x30\x82".to_vec(), message(ntlm::AUTHENTICATE), vec![0; 9]].concat());
        assert_eq!(seen.authenticates, 1);
    }
}
