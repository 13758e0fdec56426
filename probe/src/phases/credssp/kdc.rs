//! The key distribution centre, over a TCP connection of its own. Nothing of what is said there goes on the tape: a
//! proof of a password can be guessed at offline.

use std::io;

use rdp_packets::codec::{Decode, DecodeError, Frame};
use rdp_packets::kerberos::{KdcError, KdcReply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stop::{Cause, RefusalKind};
use crate::wire::Wire;

/// Asks once, and says what kind of reply it is. A refusal ends the walk, but for the demand for a proof, which is no refusal: what a second proof would
/// bring is not tried.
pub(super) async fn ask(wire: &mut Wire, address: &str, request: &[u8]) -> Result<(Vec<u8>, KdcReply), Cause> {
    let unheard = |error: &dyn std::fmt::Display| Cause::kdc(format!("{address}: {error}"));
    let reply = match wire.wait("Kerberos KDC reply", exchange(address, request)).await {
        Err(Cause::Silence) => Err(unheard(&"no answer in time")),
        Err(cause) => Err(cause),
        Ok(reply) => reply.map_err(|error| unheard(&error)),
    }?;
    match KdcReply::decode(&reply).map_err(|error| unheard(&error))? {
        KdcReply::Error(code) if code != KdcError::PREAUTH_REQUIRED => {
            Err(Cause::declined(RefusalKind::Kerberos, code.0.to_string(), code.to_string()))
        }
        kind @ (KdcReply::Error(_) | KdcReply::Other) => Ok((reply, kind)),
    }
}

/// One request and its reply, on a connection of their own.
async fn exchange(address: &str, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut socket = TcpStream::connect(address).await?;
    socket.write_all(request).await?;
    let mut reply = Vec::new();
    loop {
        match KdcReply::length(&reply).map_err(|error: DecodeError| io::Error::other(error.to_string()))? {
            Some(length) if length <= reply.len() => {
                reply.truncate(length);
                return Ok(reply);
            }
            _ if socket.read_buf(&mut reply).await? == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ => {}
        }
    }
}
