//! The key distribution centre, over a TCP connection of its own that leaves by the walk's way. Nothing of what is said
//! there goes on the tape: a proof of a password can be guessed at offline.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rdp_packets::codec::{Decode, DecodeError, Frame};
use rdp_packets::kerberos::{KdcError, KdcReply, KrbError};
use socket2::Type;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, lookup_host};

use super::ahead;
use crate::fact::Credssp;
use crate::plan::{Family, Plan};
use crate::stop::{Cause, Operation, RefusalKind};
use crate::wire::{Way, Wire};

/// Where it is, as `HOST:PORT`, and which of its addresses may be asked.
pub(super) struct Kdc {
    address: String,
    family: Family,
}

impl Kdc {
    /// The one that a plan names.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        Some(Self { address: plan.logon.kdc.clone()?, family: plan.family })
    }

    /// Asks once, and counts the ticket in the reply. A refusal ends the walk, but for the demand for a proof, which is
    /// none: what a second proof would bring is not tried, and so no clock is set by the KDC's either.
    pub(super) async fn ask(&self, wire: &mut Wire, request: &[u8], facts: &mut Credssp) -> Result<Vec<u8>, Cause> {
        let tickets = facts.tickets.get_or_insert_default();
        let unheard = |error: &dyn fmt::Display| Cause::local(Operation::Kdc, format!("{self}: {error}"));
        let way = Arc::clone(wire.way());
        let reply = match wire.wait("Kerberos KDC reply", self.exchange(&way, request)).await {
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
                    let code = error.code.0.to_string();
                    return Err(Cause::declined(RefusalKind::Kerberos, code, error.code.to_string()));
                }
            }
        }
        Ok(reply)
    }

    /// One request and its reply, on a connection of their own.
    async fn exchange(&self, way: &Way, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut socket = self.connect(way).await?;
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

    /// Connects to the first of its addresses that accepts; if none does, the last tells why.
    async fn connect(&self, way: &Way) -> io::Result<TcpStream> {
        let mut failed = io::Error::other("it has no address of the family asked for");
        for address in lookup_host(&self.address).await?.filter(|address| self.family.includes(*address)) {
            let connected = async {
                let socket = way.socket(address, Type::STREAM)?;
                TcpSocket::from_std_stream(socket.into()).connect(address).await
            };
            match connected.await {
                Ok(connected) => return Ok(connected),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

impl fmt::Display for Kdc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

/// The KDC's clock, if its refusal tells it and it names a moment.
fn clock(error: &KrbError) -> Option<Timestamp> {
    let second = DateTime::strptime("%Y%m%d%H%M%SZ", error.time.as_deref()?).ok()?;
    let second = second.to_zoned(TimeZone::UTC).ok()?.timestamp();
    second.checked_add(Duration::from_micros(error.micros.unwrap_or_default().into())).ok()
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
