//! What comes inside TLS, opened; and what it means when that cannot be done.

use std::io::{self, Read};

use rdp_packets::tls::AlertDescription;
use rustls::ClientConnection;

use crate::stop::{Cause, Operation, RefusalKind};

/// Bytes taken from the socket, or out of TLS, at once.
pub(super) const READ: usize = 16 * 1024;

/// Feeds bytes from the socket to TLS and appends what comes out in clear.
pub(super) fn open(tls: &mut ClientConnection, mut bytes: &[u8], heard: &mut Vec<u8>) -> Result<(), Cause> {
    let before = heard.len();
    while !bytes.is_empty() {
        tls.read_tls(&mut bytes).map_err(|error| Cause::local(Operation::Open, error))?;
        let state = tls.process_new_packets().map_err(tls_cause)?;
        match tls.reader().take(READ as u64).read_to_end(heard) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                return Err(Cause::local(Operation::Open, error));
            }
            _ => {}
        }
        if state.peer_has_closed() && heard.len() == before {
            return Err(Cause::Closed);
        }
    }
    Ok(())
}

/// What an error of the TLS library means.
pub(crate) fn tls_cause(error: rustls::Error) -> Cause {
    if let rustls::Error::AlertReceived(alert) = error {
        let alert = AlertDescription(u8::from(alert));
        return Cause::declined(RefusalKind::Alert, format!("{:#04x}", alert.0), alert.to_string());
    }
    if matches!(error, rustls::Error::PeerIncompatible(_)) {
        return Cause::local(Operation::TlsLibrary, error);
    }
    Cause::misplaced("TLS record", "fragment", 5, format!("cannot be understood: {error}"))
}
