//! `tls`: the handshake, done by rustls over our own wire, record by record. So the tape knows which message was
//! awaited, and the bytes that rustls would not understand are still read by our own decoders.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use rdp_packets::codec::Decode;
use rdp_packets::tls::{Alert, AlertLevel, ContentType, Flight, Handshake, Record, ServerHello};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::cipher_suite;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, HandshakeKind, SignatureScheme, SupportedCipherSuite,
    SupportedProtocolVersion,
};

use super::certificate;
use crate::evidence::Keys;
use crate::fact::Tls;
use crate::plan::{Plan, Sni};
use crate::stop::{Cause, Operation, RefusalKind};
use crate::walk::Variant;
use crate::wire::{Wire, tls_cause};

/// What the server showed of itself.
#[cfg_attr(not(feature = "credentials"), expect(dead_code, reason = "this build cannot log on"))]
pub(crate) struct Shown {
    /// Its certificates in DER, its own first.
    pub(crate) chain: Vec<Vec<u8>>,
    /// Whether it signed the handshake with its own certificate's key, or why that is not known.
    pub(crate) proof: Result<(), String>,
}

/// Shakes hands, and moves the wire inside TLS.
pub(crate) async fn run(wire: &mut Wire, plan: &Plan, variant: Variant, facts: &mut Tls) -> Result<Shown, Cause> {
    let witness = Arc::new(Witness::default());
    let (name, sni) = server_name(plan);
    let client = ClientConnection::new(config(Arc::clone(&witness), variant, sni, wire.key_log()), name);
    let mut client = client.map_err(|error| Cause::local(Operation::TlsSetup, error))?;
    let mut overheard = Overheard::default();
    let done = shake(wire, &mut client, variant.hops(), &mut overheard).await;
    learn(&client, &witness, &overheard, wire, facts);
    done?;
    wire.secure(client);
    Ok(witness.shown())
}

/// The length of a record that holds nothing but a ChangeCipherSpec; no other flight is so short.
const CHANGE_CIPHER_SPEC: usize = 6;

/// The handshake: what rustls has to say goes out, and each record that comes in goes to rustls. The first goes `hops` hops
/// at first, where that is given.
async fn shake(
    wire: &mut Wire,
    client: &mut ClientConnection,
    mut hops: Option<u8>,
    overheard: &mut Overheard,
) -> Result<(), Cause> {
    let mut flight = Vec::new();
    loop {
        while client.wants_write() {
            client.write_tls(&mut flight).map_err(|error| Cause::local(Operation::TlsLibrary, error))?;
        }
        // The lone ChangeCipherSpec that TLS 1.3 sends for old middleboxes goes with what follows it: a packet less,
        // and our side does not speak in the middle of the server's flight.
        if flight.len() > CHANGE_CIPHER_SPEC {
            wire.send_as_far_as(hops.take(), "TLS flight", &std::mem::take(&mut flight)).await?;
        }
        if !client.is_handshaking() {
            return Ok(());
        }
        let awaited =
            if overheard.hello.as_ref().is_none_or(ServerHello::is_retry) { "ServerHello" } else { "Finished" };
        let record = wire.receive::<Record<'_>>(awaited).await?;
        overheard.hear(&record);
        let mut unread = record.as_slice();
        // rustls takes no more than 4 KiB at once.
        while !unread.is_empty() {
            client.read_tls(&mut unread).map_err(|error| Cause::local(Operation::TlsLibrary, error))?;
            if let Err(error) = client.process_new_packets() {
                let mut alert = Vec::new();
                // The alert that rustls may want to send is courtesy: what failed is told either way.
                let _ = client.write_tls(&mut alert);
                if !alert.is_empty() {
                    let _ = wire.send("TLS alert", &alert).await;
                }
                return Err(overheard.alert.take().unwrap_or_else(|| tls_cause(error)));
            }
        }
    }
}

/// Writes down what is known, also when the handshake failed.
fn learn(client: &ClientConnection, witness: &Witness, overheard: &Overheard, wire: &mut Wire, facts: &mut Tls) {
    if let Some(hello) = &overheard.hello {
        facts.version = Some(hello.negotiated_version().to_string());
        facts.cipher_suite = Some(hello.cipher_suite.to_string());
        facts.group = hello.group().map(|group| group.to_string());
        facts.hello_retry = Some(overheard.retried);
    }
    if let Some(group) = client.negotiated_key_exchange_group() {
        facts.group = Some(rdp_packets::tls::NamedGroup(u16::from(group.name())).to_string());
    }
    if let Some(kind) = client.handshake_kind() {
        facts.hello_retry = Some(kind == HandshakeKind::FullWithHelloRetryRequest);
    }
    if let Some(chain) = witness.chain.get() {
        facts.certificate = Some(certificate::read(chain, wire.now()));
    }
}

/// What our own decoders read in the records that are in clear.
#[derive(Default)]
struct Overheard {
    flight: Flight,
    hello: Option<ServerHello>,
    retried: bool,
    alert: Option<Cause>,
}

impl Overheard {
    fn hear(&mut self, record: &[u8]) {
        let Ok(record) = Record::decode(record) else { return };
        match record.content_type {
            // From TLS 1.3 on an alert behind the ServerHello is encrypted, and of another type outside.
            ContentType::ALERT => self.alert = alert(record.fragment).or(self.alert.take()),
            ContentType::HANDSHAKE if self.flight.push(record.fragment).is_ok() => {
                while let Ok(Some(message)) = self.flight.message() {
                    if let Handshake::ServerHello(hello) = message {
                        self.retried |= hello.is_retry();
                        self.hello = Some(hello);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The refusal that a fatal alert in clear is; `None` for a warning, which ends nothing.
pub(super) fn alert(fragment: &[u8]) -> Option<Cause> {
    let Alert { level, description } = Alert::decode(fragment).ok()?;
    (level == AlertLevel::FATAL)
        .then(|| Cause::declined(RefusalKind::Alert, format!("{:#04x}", description.0), description.to_string()))
}

/// Random bytes from the TLS library's source.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // The system's source fails on no system that rustls runs on; zeros would be as valid, only not fresh.
    let _ = ring::default_provider().secure_random.fill(&mut bytes);
    bytes
}

/// The name that goes into the ClientHello; a name that cannot go there is not sent.
pub(super) fn sni(plan: &Plan) -> Option<String> {
    let name = match &plan.sni {
        Sni::Target => plan.target.host.trim_end_matches('.'),
        Sni::Name(name) => name,
        Sni::Absent => return None,
    };
    Sni::can_be(name).then(|| name.to_owned())
}

/// rustls wants a name also where none is sent.
fn server_name(plan: &Plan) -> (ServerName<'static>, bool) {
    let name = sni(plan).and_then(|name| ServerName::try_from(name).ok());
    let sent = name.is_some();
    (name.unwrap_or_else(|| ServerName::from(IpAddr::from([0, 0, 0, 0]))), sent)
}

/// All that a capped ClientHello offers.
const UP_TO_TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];

/// All that a small ClientHello offers: a suite of each version that every server of that version has.
const SMALL_SUITES: &[SupportedCipherSuite] =
    &[cipher_suite::TLS13_AES_128_GCM_SHA256, cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];

/// A client that speaks what rustls can, resumes nothing, and judges no certificate.
fn config(witness: Arc<Witness>, variant: Variant, sni: bool, keys: Option<Arc<Keys>>) -> Arc<ClientConfig> {
    let mut provider = ring::default_provider();
    if variant == Variant::SmallHello {
        provider.cipher_suites = SMALL_SUITES.to_vec();
        provider.kx_groups.truncate(1);
    }
    let versions = if variant == Variant::Tls12Cap { UP_TO_TLS12 } else { rustls::DEFAULT_VERSIONS };
    // rustls offers the suites of other versions too.
    provider.cipher_suites.retain(|suite| versions.iter().any(|version| suite.version().version == version.version));
    let builder = ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(versions);
    let mut config = builder
        .unwrap_or_else(|_| ClientConfig::builder())
        .dangerous()
        .with_custom_certificate_verifier(witness)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.enable_sni = sni;
    if let Some(keys) = keys {
        config.key_log = keys;
    }
    Arc::new(config)
}

/// Records the certificates and the signature instead of judging them: what mstsc would say of them is the verdict's
/// affair, and whether a secret may go to them is asked later.
#[derive(Debug, Default)]
struct Witness {
    chain: OnceLock<Vec<Vec<u8>>>,
    proof: OnceLock<Result<(), Error>>,
}

impl Witness {
    fn shown(&self) -> Shown {
        let proof = match self.proof.get() {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(format!("its key's signature cannot be verified: {error}")),
            None => Err("its key has signed nothing".to_owned()),
        };
        Shown { chain: self.chain.get().cloned().unwrap_or_default(), proof }
    }

    /// Notes what came of verifying a signature, and goes on either way.
    fn note(&self, verified: Result<HandshakeSignatureValid, Error>) -> HandshakeSignatureValid {
        self.proof.get_or_init(|| verified.map(drop));
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.chain.get_or_init(|| std::iter::once(end_entity).chain(intermediates).map(|der| der.to_vec()).collect());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        Ok(self.note(verify_tls12_signature(message, cert, dss, &algorithms)))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        Ok(self.note(verify_tls13_signature(message, cert, dss, &algorithms)))
    }

    /// What the provider verifies, and SHA-1 with it: a server that signs with nothing else is still reached.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider: CryptoProvider = ring::default_provider();
        let mut schemes = provider.signature_verification_algorithms.supported_schemes();
        schemes.extend([SignatureScheme::RSA_PKCS1_SHA1, SignatureScheme::ECDSA_SHA1_Legacy]);
        schemes
    }
}
