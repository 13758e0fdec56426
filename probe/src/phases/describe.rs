//! `tls` by our own ClientHello: describes a server that the TLS library cannot speak to. It reads the ServerHello and,
//! up to TLS 1.2, the certificate in clear; then it takes leave. It finishes no handshake.

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::tls::{
    Alert, AlertDescription, AlertLevel, ClientHello, ContentType, Flight, Handshake, HandshakeType, Record, Version,
};

use super::{certificate, tls};
use crate::fact::Tls;
use crate::plan::Plan;
use crate::stop::Cause;
use crate::walk::Variant;
use crate::wire::Wire;

/// Says hello, and reads until the server's flight has shown what it is.
pub(crate) async fn run(wire: &mut Wire, plan: &Plan, variant: Variant, facts: &mut Tls) -> Result<(), Cause> {
    let old = matches!(variant, Variant::DescribedTls10 | Variant::OtherHello(_));
    let highest = if old { Version::TLS_1_0 } else { Version::TLS_1_2 };
    let hello = ClientHello::describing(highest, tls::random(), tls::sni(plan).as_deref());
    let hello = if let Some(length) = variant.length() { hello.padded(length.into()) } else { hello };
    wire.send("ClientHello", &hello.records()).await?;
    facts.described = Some(true);
    let (mut flight, mut version) = (Flight::default(), highest);
    loop {
        let awaited = if facts.version.is_none() { "ServerHello" } else { "Certificate" };
        let bytes = wire.receive::<Record<'_>>(awaited).await?;
        let record = Record::decode(&bytes)?;
        match record.content_type {
            ContentType::ALERT => match tls::alert(record.fragment) {
                Some(refused) => return Err(refused),
                None if goodbye(record.fragment) => return Err(Cause::Closed),
                None => {}
            },
            ContentType::HANDSHAKE => flight.push(record.fragment)?,
            other => {
                let found = format!("holds {other}, not a handshake message");
                return Err(Cause::misplaced("TLS record", "type", 0, found));
            }
        }
        while let Some(message) = flight.message()? {
            match message {
                Handshake::ServerHello(hello) => {
                    version = hello.version;
                    facts.version = Some(hello.negotiated_version().to_string());
                    facts.cipher_suite = Some(hello.cipher_suite.to_string());
                }
                Handshake::Certificate(shown) => {
                    facts.certificate = Some(certificate::read(&shown.chain, wire.now()));
                    return leave(wire, version).await;
                }
                // A suite without a certificate: the flight ends, and there is none to see.
                Handshake::Other { kind: HandshakeType::SERVER_HELLO_DONE, .. } => return leave(wire, version).await,
                Handshake::ClientHello(_) | Handshake::Other { .. } => {}
            }
        }
    }
}

/// Whether an alert says that nothing more will come.
fn goodbye(fragment: &[u8]) -> bool {
    Alert::decode(fragment).is_ok_and(|alert| alert.description == AlertDescription::CLOSE_NOTIFY)
}

/// Breaks off as RFC 5246 7.2.2 has it: the user canceled the handshake, for no fault of the server's.
pub(super) async fn leave(wire: &mut Wire, version: Version) -> Result<(), Cause> {
    let goodbye = Alert { level: AlertLevel::FATAL, description: AlertDescription::USER_CANCELED }.to_bytes();
    let record = Record { content_type: ContentType::ALERT, version, fragment: &goodbye };
    wire.send("TLS alert user_canceled", &record.to_bytes()).await
}
