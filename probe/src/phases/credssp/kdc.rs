//! The key distribution centre, over a TCP connection of its own. Nothing of what is said there goes on the tape: a
//! proof of a password can be guessed at offline.

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rdp_packets::codec::{Decode, DecodeError, Frame};
use rdp_packets::kerberos::{KdcError, KdcReply, KrbError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::ahead;
use crate::fact::Credssp;
use crate::stop::{Cause, RefusalKind};
use crate::wire::Wire;

/// Asks once, and counts the ticket in the reply. A refusal ends the walk, but for the demand for a proof, which is
/// none: what a second proof would bring is not tried, and so no clock is set by the KDC's either.
pub(super) async fn ask(wire: &mut Wire, address: &str, request: &[u8], facts: &mut Credssp) -> Result<Vec<u8>, Cause> {
    let tickets = facts.tickets.get_or_insert_default();
    let unheard = |error: &dyn std::fmt::Display| Cause::kdc(format!("{address}: {error}"));
    let reply = match wire.wait("Kerberos KDC reply", exchange(address, request)).await {
        Err(Cause::Silence) => Err(unheard(&"no answer in time")),
        Err(cause) => Err(cause),
        Ok(reply) => reply.map_err(|error| unheard(&error)),
    }?;
    match KdcReply::decode(&reply).map_err(|error| unheard(&error))? {
        KdcReply::Ticket => *tickets += 1,
        KdcReply::Error(error) => {
            facts.kdc_time = clock(&error);
            facts.kdc_skew_us = facts.kdc_time.map(|theirs| ahead(theirs, wire.now()));
            if error.code != KdcError::PREAUTH_REQUIRED {
                return Err(Cause::declined(RefusalKind::Kerberos, error.code.0.to_string(), error.code.to_string()));
            }
        }
    }
    Ok(reply)
}

/// The KDC's clock, if its refusal tells it and it names a moment.
fn clock(error: &KrbError) -> Option<Timestamp> {
    let second = DateTime::strptime("%Y%m%d%H%M%SZ", error.time.as_deref()?).ok()?;
    let second = second.to_zoned(TimeZone::UTC).ok()?.timestamp();
    second.checked_add(Duration::from_micros(error.micros.unwrap_or_default().into())).ok()
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
            _ if socket.read_buf(&mut reply).await? == 0 => {
                return Err(io::Error::other(format!("closed after {} bytes of its reply", reply.len())));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kdcs_clock_is_a_moment_in_utc() {
        let told =
            |time: &str, micros| clock(&KrbError { code: KdcError::CLOCK_SKEW, time: Some(time.to_owned()), micros });
        assert_eq!(told("20261121021500Z", Some(250_000)), "2026-11-21T02:15:00.25Z".parse().ok());
        assert_eq!(told("20261121021500Z", None), "2026-11-21T02:15:00Z".parse().ok());
        for time in ["", "20261121021500", "20261321021500Z", "20261121021500.5Z", "2026-11-21T02:15:00Z"] {
            assert_eq!(told(time, None), None, "{time}");
        }
    }
}
