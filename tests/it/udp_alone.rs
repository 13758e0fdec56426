//! UDP without TCP: an RD Gateway's plain DTLS, STUN, and what a script hears of either.

use std::net::{Ipv4Addr, SocketAddr};

use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_packets::codec::{Decode, Encode, Reader};
use rdp_packets::dtls::{ClientHello, Fragment, HelloVerifyRequest, Message, Record};
use rdp_packets::stun::{BindingRequest, BindingResponse};
use rdp_packets::tls::{Certificate, CipherSuite, ContentType, ServerHello, Version};
use rdp_probe::phase::Phase;
use rdp_probe::plan::{Plan, Udp};
use rdp_probe::stop::CauseKind;
use rdp_probe::survey::Survey;
use rdp_probe::verdict::{Outcome, Verdict, diagnose};
use rdp_probe::walk::{Variant, Walk};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use crate::command::{document, run};

const GATEWAY: u16 = 3391;
const STUN: u16 = 3478;

/// What a server answers to a datagram from an address.
type Answer = fn(&[u8], SocketAddr) -> Vec<Vec<u8>>;

/// A server of datagrams, which ends with this value.
struct Server {
    address: SocketAddr,
    _serving: JoinSet<()>,
}

/// Serves a well-known port of the loopback address with this last byte: each test has one of its own.
async fn serve(host: u8, port: u16, answer: Answer) -> Server {
    let socket = UdpSocket::bind((Ipv4Addr::new(127, 0, 33, host), port)).await.expect("a free address");
    let address = socket.local_addr().expect("an address");
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
            for datagram in answer(&buffer[..length], peer) {
                let _ = socket.send_to(&datagram, peer).await;
            }
        }
    });
    Server { address, _serving: serving }
}

/// Walks UDP alone.
async fn alone(address: SocketAddr) -> (Survey, Verdict) {
    let udp = Some(Udp { port: Some(address.port()), ..Udp::default() });
    let survey = probe::run(&Plan { tcp: false, udp, ..probe::plan(address) }).await;
    let verdict = diagnose(&survey);
    (survey, verdict)
}

/// The one walk over UDP.
fn only(survey: &Survey, variant: Variant) -> &Walk {
    let [_, walk] = &survey.walks[..] else { panic!("{} walks", survey.walks.len()) };
    assert_eq!(walk.variant, variant);
    walk
}

/// What a script hears of a target that is walked over UDP alone: the exit code and the headline.
async fn told(address: SocketAddr) -> (Option<i32>, String) {
    let (target, port) = (address.ip().to_string(), address.port().to_string());
    let done = tokio::task::spawn_blocking(move || run(&["--json", "--only", "udp", "--udp-port", &port, &target]));
    let output = done.await.expect("it runs");
    let headline = document(&output)["verdict"]["headline"].as_str().expect("a headline").to_owned();
    (output.status.code(), headline)
}

fn binding(request: &[u8], peer: SocketAddr, change: impl Fn(&mut BindingResponse)) -> Vec<Vec<u8>> {
    let transaction = BindingRequest::decode(request).expect("a Binding Request").transaction;
    let mut response = BindingResponse { transaction, mapped: peer };
    change(&mut response);
    vec![response.to_bytes()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stun_says_as_whom_we_get_out() {
    let server = serve(1, STUN, |request, peer| binding(request, peer, |_| {})).await;
    let (survey, verdict) = alone(server.address).await;
    let syn = &only(&survey, Variant::UdpStun).facts.udp_syn;
    let mapped = syn.mapped.expect("an address");
    assert!(mapped.ip().is_loopback() && Some(mapped.port()) == syn.local.map(|local| local.port()), "{syn:?}");
    assert_eq!(verdict.outcome, Outcome::Partial, "{}", verdict.headline);
    let (code, headline) = told(server.address).await;
    assert!(code == Some(0) && headline.starts_with("PASSED over UDP"), "{code:?} {headline}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_to_another_stun_request_is_none() {
    let other: Answer = |request, peer| binding(request, peer, |response| response.transaction[0] ^= 1);
    let server = serve(2, STUN, other).await;
    let (survey, verdict) = alone(server.address).await;
    let stop = only(&survey, Variant::UdpStun).stopped(Phase::UdpSyn, CauseKind::Garbled).expect("a stop");
    assert!(stop.detail.contains("transaction"), "{}", stop.detail);
    assert_eq!(verdict.outcome, Outcome::Stopped);
    let (code, headline) = told(server.address).await;
    assert!(code == Some(1) && headline.starts_with("STOPPED over UDP"), "{code:?} {headline}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_inconclusive_and_a_port_that_is_closed_is_a_stop() {
    for (host, port, variant, phase) in
        [(3, STUN, Variant::UdpStun, Phase::UdpSyn), (4, GATEWAY, Variant::UdpGateway, Phase::UdpTls)]
    {
        let server = serve(host, port, |_, _| Vec::new()).await;
        let (survey, verdict) = alone(server.address).await;
        assert!(only(&survey, variant).stopped(phase, CauseKind::Silence).is_some(), "{variant}");
        assert_eq!(verdict.outcome, Outcome::Inconclusive, "{variant}");
        let (code, headline) = told(server.address).await;
        assert!(code == Some(3) && headline.starts_with("INCONCLUSIVE over UDP"), "{code:?} {headline}");

        let closed = SocketAddr::from(([127, 0, 33, host + 2], port));
        let (survey, verdict) = alone(closed).await;
        assert!(only(&survey, variant).stopped(phase, CauseKind::Unreachable).is_some(), "{variant}");
        assert_eq!(verdict.outcome, Outcome::Stopped, "{variant}");
        let (code, headline) = told(closed).await;
        let said = headline.starts_with("STOPPED over UDP: ") && headline.contains("port unreachable");
        assert!(code == Some(1) && said, "{code:?} {headline}");
    }
}

/// The certificate that the gateway shows.
fn chain() -> Vec<Vec<u8>> {
    let file = format!("{}/../fixtures/certs/large.crt", env!("CARGO_MANIFEST_DIR"));
    vec![CertificateDer::from_pem_file(file).expect("a certificate").to_vec()]
}

/// A message of DTLS in records of its own, cut to pieces.
fn records(number: u16, message: &Message) -> Vec<Vec<u8>> {
    let body = message.to_bytes();
    let mut fragment = Fragment::whole(message.kind(), number, &body);
    let mut records = Vec::new();
    for (sequence_number, data) in (0..).zip(body.chunks(1000)) {
        let bytes = Fragment { data, ..fragment }.to_bytes();
        fragment.offset += u32::try_from(data.len()).expect("a length");
        let (content_type, version) = (ContentType::HANDSHAKE, Version::DTLS_1_2);
        records.push(Record { content_type, version, epoch: 0, sequence_number, fragment: &bytes }.to_bytes());
    }
    records
}

/// What a gateway says: who knows its cookie gets the hello and the certificate.
fn gateway(datagram: &[u8], _: SocketAddr) -> Vec<Vec<u8>> {
    let record = Record::read(&mut Reader::new(Record::NAME, datagram)).expect("a record");
    if record.content_type != ContentType::HANDSHAKE {
        return Vec::new();
    }
    let fragment = Fragment::read(&mut Reader::new(Fragment::NAME, record.fragment)).expect("a fragment");
    let hello = ClientHello::decode(fragment.data).expect("a ClientHello");
    let cookie = vec![0x5a; 20];
    if hello.cookie != cookie {
        return records(0, &Message::HelloVerifyRequest(HelloVerifyRequest { version: Version::DTLS_1_0, cookie }));
    }
    let answer = ServerHello {
        version: Version::DTLS_1_2,
        random: [7; 32],
        session_id: Vec::new(),
        cipher_suite: CipherSuite::RSA_WITH_AES_128_CBC_SHA,
        compression: 0,
        extensions: Vec::new(),
    };
    let certificate = Message::Certificate(Certificate { chain: chain() });
    [records(1, &Message::ServerHello(answer)), records(2, &certificate)].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_is_described_by_its_plain_dtls() {
    let server = serve(7, GATEWAY, gateway).await;
    let (survey, verdict) = alone(server.address).await;
    let walk = only(&survey, Variant::UdpGateway);
    let tls = &walk.facts.udp_tls;
    assert_eq!((&walk.stop, tls.version.as_deref()), (&None, Some("DTLS 1.2")));
    assert!(tls.certificate.as_ref().is_some_and(|shown| shown.sha256.is_some()), "{tls:?}");
    assert_eq!(verdict.outcome, Outcome::Partial);
    let (code, headline) = told(server.address).await;
    assert!(code == Some(0) && headline.starts_with("PASSED over UDP"), "{code:?} {headline}");

    let server = serve(8, GATEWAY, |_, _| vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]).await;
    let (survey, _) = alone(server.address).await;
    assert!(only(&survey, Variant::UdpGateway).stopped(Phase::UdpTls, CauseKind::Garbled).is_some());
    let (code, headline) = told(server.address).await;
    assert!(code == Some(1) && headline.starts_with("STOPPED over UDP"), "{code:?} {headline}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rdp_over_udp_alone_leaves_tcp_alone() {
    let lab = LabServer::start(Scenario::find("udp-healthy").expect("a scenario")).await.expect("a server");
    let (code, headline) = told(lab.address).await;
    assert!(code == Some(0) && headline.starts_with("PASSED over UDP: it answers"), "{code:?} {headline}");
    assert!(lab.flows.seen().len() >= 8);
    assert_eq!(lab.finish().await.len(), 0);
}
