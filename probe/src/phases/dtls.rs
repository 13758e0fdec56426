//! `udp_tls` by our own DTLS ClientHello: reads the server's hello and certificate in clear, and finishes no handshake.
//! An RD Gateway speaks it straight on UDP ([MS-TSGU] 2.1.3); the lossy mode of RDP-UDP carries a datagram of it in each
//! source packet ([MS-RDPEUDP] 1.3.1).

use rdp_packets::codec::{Decode, Encode, Reader};
use rdp_packets::dtls::{ClientHello, Flight, Message, Record};
use rdp_packets::rdpudp::{Datagram, OPENING_WINDOW, Opening, Payload, Reassembly, Segment};
use rdp_packets::tls::{Alert, AlertDescription, AlertLevel, ContentType, HandshakeType, Version};

use super::{certificate, tls};
use crate::fact::Tls;
use crate::plan::Plan;
use crate::stop::Cause;
use crate::wire::Wire;

/// What carries the datagrams.
pub(crate) enum Carrier {
    /// UDP itself.
    Bare,
    /// Source packets of the lossy mode.
    Lossy {
        /// The number of our next one.
        next: u32,
        /// The server's.
        theirs: Box<Reassembly>,
    },
}

impl Carrier {
    /// The lossy mode behind our SYN of number `ours`.
    pub(crate) fn lossy(ours: u32, answer: &Opening) -> Self {
        let theirs = Box::new(Reassembly::new(answer.initial_sequence_number.wrapping_add(1)));
        Self::Lossy { next: ours.wrapping_add(1), theirs }
    }

    /// A datagram of DTLS as it goes out; the lossy mode acknowledges with it what came.
    fn wrap(&mut self, dtls: &[u8]) -> Vec<u8> {
        match self {
            Self::Bare => dtls.to_vec(),
            Self::Lossy { next, theirs } => {
                let told = Segment::acknowledging(theirs.highest(), OPENING_WINDOW, theirs.vector());
                let number = *next;
                *next = next.wrapping_add(1);
                told.carrying(number, dtls).to_bytes()
            }
        }
    }

    /// The datagram of DTLS in what came; `None` where there is none in it.
    fn unwrap(&mut self, datagram: &[u8]) -> Result<Option<Vec<u8>>, Cause> {
        let Self::Lossy { theirs, .. } = self else { return Ok(Some(datagram.to_vec())) };
        let Datagram::Segment(Segment { payload: Some(Payload::Source { start, data, .. }), .. }) =
            Datagram::decode(datagram)?
        else {
            return Ok(None);
        };
        // One that has no place in the window is read all the same: nothing is put in order here.
        let _ = theirs.take(start, &[]);
        Ok(Some(data.to_vec()))
    }
}

/// Says hello, and again with the cookie that the server gives, and reads until its flight has shown what it is.
pub(crate) async fn run(wire: &mut Wire, mut carrier: Carrier, plan: &Plan, facts: &mut Tls) -> Result<(), Cause> {
    let first = ClientHello::describing(Version::DTLS_1_2, tls::random(), tls::sni(plan).as_deref());
    wire.send("DTLS ClientHello", &carrier.wrap(&first.record(0, 0))).await?;
    facts.described = Some(true);
    let (mut flight, mut version, mut known) = (Flight::default(), Version::DTLS_1_0, false);
    loop {
        let awaited = if facts.version.is_none() { "DTLS ServerHello" } else { "DTLS Certificate" };
        let datagram = wire.receive_datagram(awaited).await?;
        let Some(dtls) = carrier.unwrap(&datagram)? else { continue };
        let mut reader = Reader::new(Record::NAME, &dtls);
        while !reader.is_empty() {
            let record = Record::read(&mut reader)?;
            if let Some(refused) = Some(record).filter(|it| it.content_type == ContentType::ALERT).and_then(refused) {
                return Err(refused);
            }
            flight.push(&record)?;
        }
        while let Some(message) = flight.message()? {
            match message {
                Message::HelloVerifyRequest(request) if !known => {
                    known = true;
                    let hello = ClientHello { cookie: request.cookie, ..first.clone() };
                    wire.send("DTLS ClientHello", &carrier.wrap(&hello.record(1, 1))).await?;
                }
                Message::ServerHello(hello) => {
                    version = hello.version;
                    facts.version = Some(hello.version.to_string());
                    facts.cipher_suite = Some(hello.cipher_suite.to_string());
                }
                Message::Certificate(shown) => {
                    facts.certificate = Some(certificate::read(&shown.chain, wire.now()));
                    return leave(wire, &mut carrier, version).await;
                }
                Message::Other { kind: HandshakeType::SERVER_HELLO_DONE, .. } => {
                    return leave(wire, &mut carrier, version).await;
                }
                Message::ClientHello(_) | Message::HelloVerifyRequest(_) | Message::Other { .. } => {}
            }
        }
    }
}

/// What an alert in clear says no to.
fn refused(alert: Record<'_>) -> Option<Cause> {
    (alert.epoch == 0).then(|| tls::alert(alert.fragment)).flatten()
}

/// Breaks off for no fault of the server's, RFC 5246 7.2.2.
async fn leave(wire: &mut Wire, carrier: &mut Carrier, version: Version) -> Result<(), Cause> {
    let goodbye = Alert { level: AlertLevel::FATAL, description: AlertDescription::USER_CANCELED }.to_bytes();
    let (content_type, fragment) = (ContentType::ALERT, goodbye.as_slice());
    let record = Record { content_type, version, epoch: 0, sequence_number: 2, fragment };
    wire.send("DTLS alert user_canceled", &carrier.wrap(&record.to_bytes())).await
}
