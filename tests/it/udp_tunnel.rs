//! The tunnel that the lab's UDP side makes for who knows a cookie, and the cookie that its TCP side gives out.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rdp_lab::probe;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_lab::udp::{Cookies, Tunnel, UdpServer};
use rdp_packets::Secret;
use rdp_packets::codec::{Decode, Encode, Frame};
use rdp_packets::mcs::DomainPdu;
use rdp_packets::rdpudp::tunnel::{CreateRequest, CreateResponse, CreateResult, TunnelContent, TunnelPdu};
use rdp_packets::rdpudp::{UdpVersion, cookie_hash};
use rdp_packets::session::{MultitransportRequest, SecurityFlags, SecurityHeader};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::Data;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::version::TLS12;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

use crate::udp_client::{Client, Stream};

/// Longer than the server takes to acknowledge.
const QUIET: Duration = Duration::from_millis(500);

/// TLS that trusts the certificate which the server shows in clear; of version 1.2, in which a server has nothing to say
/// behind the handshake.
async fn tls_to(address: SocketAddr) -> (Stream, ClientConnection) {
    let mut trusted = RootCertStore::empty();
    for certificate in Stream::to(address).await.certificates().await {
        trusted.add(certificate.into()).expect("a certificate");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS12])
        .expect("versions")
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let name = ServerName::try_from("lab-server.lab.example").expect("a name");
    let mut tls = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = Stream::to(address).await;
    stream.shake_hands(&mut tls).await;
    (stream, tls)
}

/// Asks for a tunnel behind a whole TLS handshake.
async fn ask(address: SocketAddr, request_id: u32, security_cookie: Secret<[u8; 16]>) -> (Stream, ClientConnection) {
    let (mut stream, mut tls) = tls_to(address).await;
    let request = TunnelContent::CreateRequest(CreateRequest { request_id, security_cookie });
    tls.writer().write_all(&TunnelPdu::new(request).to_bytes()).expect("TLS");
    stream.flush(&mut tls).await;
    (stream, tls)
}

/// Asks for a tunnel, and reads that it was made.
async fn create(address: SocketAddr, request_id: u32, cookie: Secret<[u8; 16]>) {
    let (mut stream, mut tls) = ask(address, request_id, cookie).await;
    let mut answer = [0; 8];
    while tls.reader().read_exact(&mut answer).is_err() {
        stream.fill(&mut tls).await;
    }
    let yes = TunnelContent::CreateResponse(CreateResponse { result: CreateResult::S_OK });
    assert_eq!(TunnelPdu::decode(&answer), Ok(TunnelPdu::new(yes)));
}

#[tokio::test]
async fn a_tunnel_is_made_for_the_right_cookie_and_any_other_is_dropped_without_a_word() {
    let cookies = Cookies::default();
    let scenario = Scenario::parse("udp", "about = ''\n[udp]").expect("a scenario");
    let anywhere = (Ipv4Addr::LOCALHOST, 0).into();
    let server = UdpServer::listen(&scenario, anywhere, cookies.clone()).await.expect("a server");
    let (request_id, cookie) = cookies.give();
    create(server.address, request_id, cookie.clone()).await;
    for (number, cookie) in [(request_id, Secret([7; 16])), (request_id + 1, cookie)] {
        let (stream, _) = ask(server.address, number, cookie).await;
        assert_eq!(stream.until_quiet(QUIET).await.len(), 0);
    }
    let flows = server.flows.seen();
    let came = |tunnel| flows.iter().filter(|flow| flow.tunnel == Some(tunnel)).count();
    let shaken: usize = flows.iter().map(|flow| flow.handshakes).sum();
    assert_eq!((came(Tunnel::Created), came(Tunnel::Dropped), shaken), (1, 2, 3));
}

/// Passes one connection on to a server, and gives what the server said.
async fn overhear(listener: TcpListener, server: SocketAddr) -> Vec<u8> {
    let (client, _) = listener.accept().await.expect("a client");
    let server = TcpStream::connect(server).await.expect("a server");
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    tokio::spawn(async move {
        let passed = copy(&mut from_client, &mut to_server).await;
        to_server.shutdown().await.and(passed)
    });
    let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
        heard.extend(&buffer[..count]);
        if to_client.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    heard
}

/// The Initiate Multitransport Request in what a server said in clear.
fn request(mut said: &[u8]) -> Option<MultitransportRequest> {
    while let Some(length) = Tpkt::<DomainPdu<'_>>::length(said).expect("TPKT") {
        let (message, rest) = said.split_at(length);
        said = rest;
        let Ok(Tpkt(Data(DomainPdu::SendDataIndication(data)))) = Tpkt::<Data<DomainPdu<'_>>>::decode(message) else {
            continue;
        };
        let (header, body) = data.user_data.split_at(4);
        if SecurityHeader::decode(header).expect("flags").flags == SecurityFlags::TRANSPORT_REQ {
            return Some(MultitransportRequest::decode(body).expect("a request"));
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cookie_of_a_session_opens_its_tunnel_and_each_session_has_its_own() {
    // Without encryption anybody can read it.
    let text = "about = ''\nuntil = 'ready'\n[security]\naccepts = ['rdp']\notherwise = 'rdp'\n[session]\n\
                encryption = 'none'\ndoes = ['multitransport']\n[udp]";
    let scenario = Scenario::parse("udp", text).expect("a scenario");
    let server = LabServer::start(scenario.clone()).await.expect("a server");
    let mut cookies = Vec::new();
    for due in 1..=2 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let mut plan = probe::plan_of(&scenario, listener.local_addr().expect("an address")).expect("a plan");
        plan.experiments = false;
        let heard = tokio::spawn(overhear(listener, server.address));
        probe::run(&plan).await;
        let request = request(&heard.await.expect("a connection")).expect("a request");
        assert_eq!(request.request_id, due);
        cookies.push(request.security_cookie);
    }
    assert_ne!(cookies[0], cookies[1]);
    for (number, cookie) in (1..).zip(&cookies) {
        let client = Client::new(server.address).await;
        let mut syn = client.syn(UdpVersion::V3);
        syn.extension.as_mut().expect("a version").cookie_hash = Some(cookie_hash(cookie));
        assert_eq!(client.open(&syn).await.version(), UdpVersion::V3);
        create(server.address, number, cookie.clone()).await;
    }
    let names: Vec<_> = server.finish().await.into_iter().map(|connection| connection.correlation_id).collect();
    assert!(matches!(names[..], [Some(one), Some(other), ..] if one != other), "{names:?}");
}
