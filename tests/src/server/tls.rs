use std::io::{self, Read};
use std::sync::Arc;

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::tls::{Alert, AlertDescription, AlertLevel, ContentType, Handshake, Record, Version};
use rustls::crypto::ring::{self, kx_group};
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion, version};

use super::lab_server::StartError;
use super::line::{Line, Over};
use super::session::Lab;
use crate::act::Step;
use crate::scenario::{Tls, Versions};

/// How rustls does TLS for a scenario.
pub(crate) fn config(tls: &Tls, shown: Arc<CertifiedKey>) -> Result<Arc<ServerConfig>, StartError> {
    let mut provider = ring::default_provider();
    if tls.retry {
        provider.kx_groups = vec![kx_group::SECP384R1];
    }
    let provider = Arc::new(provider);
    let versions: &[&SupportedProtocolVersion] = match tls.versions {
        Versions::Tls12 => &[&version::TLS12],
        Versions::Tls13 => &[&version::TLS13],
        Versions::Both | Versions::Tls10 | Versions::Tls12Rsa => &[&version::TLS13, &version::TLS12],
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions)?;
    let builder = if tls.client_certificate {
        // Whom it would trust does not matter: nobody is going to show anything.
        let mut trusted = RootCertStore::empty();
        trusted.add_parsable_certificates(shown.cert.iter().map(CertificateDer::clone));
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(trusted), provider).build();
        builder.with_client_cert_verifier(verifier.map_err(|error| StartError::Verifier(error.to_string()))?)
    } else {
        builder.with_no_client_auth()
    };
    Ok(Arc::new(builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)))))
}

/// Shakes hands: an act can be done to the first flight, and to the last.
pub(super) async fn run(lab: &Lab, line: &mut Line) -> Result<(), Over> {
    let mut tls = ServerConnection::new(Arc::clone(&lab.config)).map_err(|error| line.fault(&error))?;
    let mut first = true;
    while tls.is_handshaking() {
        let record = line.receive::<Record<'_>>().await?;
        count_hello(line, &record);
        let understood = hear(&mut tls, &record);
        let flight = flight(&mut tls).map_err(|error| line.fault(&error))?;
        if let Err(error) = understood {
            line.fault(&error);
            // What rustls has to say about it is an alert; an act comes before that too.
            let step = if first { Step::Tls } else { Step::Finished };
            let act = lab.scenario.act(&line.seen, step);
            line.answer(step, act, flight, alert).await?;
            return line.hang_up().await;
        }
        let step = match (tls.is_handshaking(), first) {
            (false, _) => Step::Finished,
            (true, true) if !flight.is_empty() => Step::Tls,
            (true, _) => {
                line.send(flight).await?;
                continue;
            }
        };
        first = false;
        let act = lab.scenario.act(&line.seen, step);
        line.answer(step, act, flight, alert).await?;
    }
    line.seen.handshakes += 1;
    line.secure(tls)
}

/// Hands a record to rustls, which takes no more than 4 KiB at once.
fn hear(tls: &mut ServerConnection, mut record: &[u8]) -> io::Result<()> {
    while !record.is_empty() {
        tls.read_tls(&mut record)?;
        tls.process_new_packets().map_err(io::Error::other)?;
    }
    Ok(())
}

/// Everything that rustls has to say now.
pub(crate) fn flight(tls: &mut ServerConnection) -> io::Result<Vec<u8>> {
    let mut flight = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut flight)?;
    }
    Ok(flight)
}

/// Appends what comes out of TLS; true when the client has said goodbye.
pub(crate) fn open(tls: &mut ServerConnection, mut bytes: &[u8], heard: &mut Vec<u8>) -> io::Result<bool> {
    let mut closed = false;
    while !bytes.is_empty() {
        tls.read_tls(&mut bytes)?;
        let state = tls.process_new_packets().map_err(io::Error::other)?;
        closed |= state.peer_has_closed();
        let mut opened = vec![0; state.plaintext_bytes_to_read()];
        tls.reader().read_exact(&mut opened)?;
        heard.append(&mut opened);
    }
    Ok(closed)
}

/// Counts a record that holds a `ClientHello`, and keeps that.
pub(super) fn count_hello(line: &mut Line, record: &[u8]) {
    let Ok(Record { content_type: ContentType::HANDSHAKE, fragment, .. }) = Record::decode(record) else { return };
    if let Ok(Handshake::ClientHello(hello)) = Handshake::decode(fragment) {
        line.seen.hellos += 1;
        line.seen.hello = Some(hello);
    }
}

/// A fatal alert in clear.
pub(super) fn alert(code: u32) -> Vec<u8> {
    let description = AlertDescription(u8::try_from(code).unwrap_or(u8::MAX));
    let alert = Alert { level: AlertLevel::FATAL, description }.to_bytes();
    Record { content_type: ContentType::ALERT, version: Version::TLS_1_2, fragment: &alert }.to_bytes()
}
