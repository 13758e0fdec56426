use rdp_packets::codec::{Decode, Encode};
use rdp_packets::tls::{
    AlertDescription, Certificate, CipherSuite, ClientHello, ContentType, Flight, Handshake, HandshakeType, Record,
    ServerHello, Version,
};

use super::line::{Line, Over};
use super::session::Lab;
use super::tls::{alert, count_hello};
use crate::act::Step;
use crate::scenario::Versions;

/// The suites of a server that only knows the RSA key exchange, preferred first.
const SUITES: [CipherSuite; 2] = [CipherSuite::RSA_WITH_AES_256_CBC_SHA, CipherSuite::RSA_WITH_AES_128_CBC_SHA];

/// Plays a server that rustls cannot play: it shows its hello and its certificate, and gets no further.
pub(super) async fn run(lab: &Lab, line: &mut Line) -> Result<(), Over> {
    let hello = client_hello(line).await?;
    let version = if lab.scenario.tls.versions == Versions::Tls10 { Version::TLS_1_0 } else { Version::TLS_1_2 };
    let suite = SUITES.into_iter().find(|suite| hello.cipher_suites.contains(suite));
    let truth = match suite {
        Some(suite) if hello.version >= version => flight(lab, version, suite),
        Some(_) => return line.send_last(alert(AlertDescription::PROTOCOL_VERSION.0.into())).await,
        None => return line.send_last(alert(AlertDescription::HANDSHAKE_FAILURE.0.into())).await,
    };
    let act = lab.scenario.act(&line.seen, Step::Tls);
    line.answer(Step::Tls, act, truth, alert).await?;
    Err(Over)
}

async fn client_hello(line: &mut Line) -> Result<ClientHello, Over> {
    let mut heard = Flight::default();
    loop {
        let bytes = line.receive::<Record<'_>>().await?;
        count_hello(line, &bytes);
        let record = Record::decode(&bytes).map_err(|error| line.fault(&error))?;
        heard.push(record.fragment).map_err(|error| line.fault(&error))?;
        match heard.message().map_err(|error| line.fault(&error))? {
            Some(Handshake::ClientHello(hello)) => return Ok(hello),
            Some(other) => return Err(line.fault(&format!("{} where a ClientHello is due", other.kind()))),
            None => {}
        }
    }
}

/// The server's flight up to the end of what it says in clear.
fn flight(lab: &Lab, version: Version, cipher_suite: CipherSuite) -> Vec<u8> {
    let hello = ServerHello {
        version,
        random: [7; 32],
        session_id: Vec::new(),
        cipher_suite,
        compression: 0,
        extensions: Vec::new(),
    };
    let messages = [
        Handshake::ServerHello(hello),
        Handshake::Certificate(Certificate { chain: lab.chain.clone() }),
        Handshake::Other { kind: HandshakeType::SERVER_HELLO_DONE, body: &[] },
    ];
    let record =
        |fragment: Vec<u8>| Record { content_type: ContentType::HANDSHAKE, version, fragment: &fragment }.to_bytes();
    messages.iter().map(Encode::to_bytes).flat_map(record).collect()
}
