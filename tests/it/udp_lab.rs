//! The lab's UDP side, held to its word by a client made by hand.

use std::net::Ipv4Addr;
use std::time::Duration;

use rdp_lab::bed::net::{Bed, Wire};
use rdp_lab::bed::or_skip;
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_lab::udp::{Cookies, Heard, UdpServer};
use rdp_packets::codec::Decode;
use rdp_packets::dtls::{ClientHello, Flight, Message};
use rdp_packets::rdpudp::{Flags, Opening, Segment, UdpVersion, cookie_hash};
use rdp_packets::tls::Version;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::udp_client::{CORRELATION, Client, Stream, packet};

/// Longer than any pause of the server's.
const QUIET: Duration = Duration::from_millis(1500);

/// A server on UDP alone, with this table.
async fn server(table: &str) -> UdpServer {
    knowing(table, Cookies::default()).await
}

async fn knowing(table: &str, cookies: Cookies) -> UdpServer {
    let scenario = Scenario::parse("udp", &format!("about = ''\n[udp]\n{table}")).expect("a scenario");
    UdpServer::listen(&scenario, (Ipv4Addr::LOCALHOST, 0).into(), cookies).await.expect("a server")
}

/// The datagrams that answer a SYN which nobody acknowledges.
async fn answers(table: &str) -> (Client, Vec<Vec<u8>>) {
    let server = server(table).await;
    let client = Client::new(server.address).await;
    client.send(&client.syn(UdpVersion::V2)).await;
    let heard = client.until_quiet(QUIET).await;
    (client, heard)
}

#[tokio::test]
async fn the_highest_version_of_both_is_spoken() {
    let (new, windows_10) = (UdpVersion::V3, UdpVersion(3));
    for (own, offered, spoken) in [
        (1, UdpVersion::V1, UdpVersion::V1),
        (1, new, UdpVersion::V1),
        (2, UdpVersion::V1, UdpVersion::V1),
        (2, UdpVersion::V2, UdpVersion::V2),
        (2, new, UdpVersion::V2),
        (3, windows_10, UdpVersion::V2),
        (3, new, new),
        (3, UdpVersion(0x0202), new),
    ] {
        let server = server(&format!("version = {own}\nchecks_hash = false")).await;
        let client = Client::new(server.address).await;
        let answer = client.open(&client.syn(offered)).await;
        assert_eq!((answer.version(), answer.length), (spoken, 1232), "{own} {offered}");
        // Version 1 is said by saying nothing of versions.
        assert_eq!(answer.extension.is_none(), spoken == UdpVersion::V1);
        assert_eq!((answer.upstream_mtu, answer.downstream_mtu, answer.correlation_id), (1232, 1232, None));
    }
    let told = Scenario::parse("x", "about = ''\n[udp]\nversion = 4").unwrap_err().to_string();
    assert!(told.contains("4 is no version of RDP-UDP"), "{told}");
}

#[tokio::test]
async fn version_3_is_for_who_knows_a_cookie_unless_nobody_looks() {
    let cookies = Cookies::default();
    let (_, cookie) = cookies.give();
    for (table, hash, spoken) in [
        ("", Some(cookie_hash(&cookie)), UdpVersion::V3),
        ("", Some([7; 32]), UdpVersion::V2),
        ("", None, UdpVersion::V2),
        ("checks_hash = false", Some([7; 32]), UdpVersion::V3),
    ] {
        let server = knowing(table, cookies.clone()).await;
        let client = Client::new(server.address).await;
        let mut syn = client.syn(UdpVersion::V3);
        syn.extension.as_mut().expect("a version").cookie_hash = hash;
        assert_eq!(client.open(&syn).await.version(), spoken, "{table} {hash:?}");
    }
}

#[tokio::test]
async fn what_came_is_told_of_each_client() {
    let lab = LabServer::start(Scenario::find("udp-healthy").expect("a scenario")).await.expect("a server");
    let client = Client::new(lab.address).await;
    client.open(&client.syn(UdpVersion::V2)).await;
    let [flow] = &lab.flows.seen()[..] else { panic!("one client") };
    assert_eq!((flow.correlation_id(), flow.syns(), flow.bytes()), (Some(CORRELATION), 1, 1232));
    let (Heard::Syn { version, number, lossy, hash, .. }, 1232) = (flow.received[0].heard, flow.received[0].bytes)
    else {
        panic!("a SYN: {flow:?}")
    };
    assert_eq!((version, number, lossy, hash), (UdpVersion::V2, client.number, false, false));
}

#[tokio::test]
async fn a_silent_server_hears_and_one_that_takes_short_syns_answers_those() {
    let silent = server("answers = 'none'").await;
    let client = Client::new(silent.address).await;
    client.send(&client.syn(UdpVersion::V2)).await;
    silent.flows.once(|flows| flows.iter().any(|flow| flow.syns() == 1)).await;
    assert_eq!(client.until_quiet(QUIET).await.len(), 0);

    let short = server("answers = 'short'").await;
    let client = Client::new(short.address).await;
    client.send(&client.syn(UdpVersion::V2)).await;
    for length in [1199, 16] {
        let client = Client::new(short.address).await;
        client.open(&Opening { length, ..client.syn(UdpVersion::V1) }).await;
    }
    // As scanners do it: every flag of the lower half, and zeros.
    let scanner = Client::new(short.address).await;
    let syn = Opening::syn(scanner.number, UdpVersion::V1, None, 16);
    scanner.open(&Opening { source_ack: 0, flags: Flags(0xff), upstream_mtu: 0, downstream_mtu: 0, ..syn }).await;
    assert_eq!(client.until_quiet(QUIET).await.len(), 0);
}

#[tokio::test]
async fn a_syn_ack_is_sent_again_until_it_is_acknowledged() {
    for (table, times) in [("", 3), ("repeats = 0", 1), ("act = 'lose-first'", 2), ("act = 'duplicates'", 6)] {
        let (_, heard) = answers(table).await;
        assert_eq!(heard.len(), times, "{table}");
        assert!(heard.iter().all(|datagram| *datagram == heard[0]), "the same number each time");
    }
    let server = server("").await;
    let client = Client::new(server.address).await;
    client.acknowledge(&client.open(&client.syn(UdpVersion::V2)).await).await;
    assert_eq!(client.until_quiet(QUIET).await.len(), 0);
    let [flow] = &server.flows.seen()[..] else { panic!("one client") };
    assert_eq!((flow.received.len(), flow.sent), (2, 1));
    assert!(matches!(flow.received[1].heard, Heard::Segment { acknowledged: Some(0), data: None, .. }));
}

#[tokio::test]
async fn what_is_no_answer_is_sent_as_the_act_says() {
    let only = async |act: &str| {
        let (client, heard) = answers(&format!("repeats = 0\nact = '{act}'")).await;
        assert_eq!(heard.len(), 1, "{act}");
        (client, heard.concat())
    };
    let (_, cut) = only("truncated").await;
    assert!(cut.len() == 15 && Opening::decode(&cut).is_err(), "{cut:?}");
    for (act, mtu) in [("mtu-zero", 0), ("mtu-huge", 65535)] {
        let answer = Opening::decode(&only(act).await.1).expect("a SYN+ACK");
        assert_eq!((answer.upstream_mtu, answer.downstream_mtu), (mtu, mtu));
    }
    let (client, wrong) = only("wrong-isn").await;
    assert_ne!(Opening::decode(&wrong).expect("a SYN+ACK").source_ack, client.number);
    assert!(packet(&only("stale").await.1).is_some());

    let (_, heard) = answers("repeats = 0\nact = 'second-answer'").await;
    let numbers: Vec<u32> =
        heard.iter().map(|it| Opening::decode(it).expect("a SYN+ACK").initial_sequence_number).collect();
    assert!(matches!(numbers[..], [one, other] if one != other), "{numbers:?}");
}

#[tokio::test]
async fn a_flood_comes_and_a_server_that_never_stops_is_not_stopped_by_an_answer() {
    let flood = server("act = 'flood'").await;
    let client = Client::new(flood.address).await;
    client.send(&client.syn(UdpVersion::V2)).await;
    flood.flows.once(|flows| flows.iter().any(|flow| flow.sent == 20_000)).await;
    assert!(client.until_quiet(QUIET).await.len() > 10);

    let forever = server("act = 'forever'").await;
    let client = Client::new(forever.address).await;
    let first = client.open(&client.syn(UdpVersion::V2)).await;
    client.acknowledge(&first).await;
    for _ in 0..50 {
        assert_eq!(client.answer().await, first);
    }
    // It ends with its value: what is under way is heard, and then nothing.
    drop(forever);
    assert!(client.until_quiet(QUIET).await.len() < 100);
}

#[tokio::test]
async fn an_ack_vector_claims_more_than_was_ever_sent() {
    let server = server("act = 'endless-acks'").await;
    let client = Client::new(server.address).await;
    client.acknowledge(&client.open(&client.syn(UdpVersion::V2)).await).await;
    let datagram = client.hear().await;
    let vector = Segment::decode(&datagram).expect("an ACK").ack.expect("a vector");
    assert_eq!((vector.packets(), datagram.len()), (2048 * 64, 8 + 2 + 2048 + 2));
}

/// The first certificate of a fixture, in DER.
fn fixture(name: &str) -> Vec<u8> {
    let file = format!("{}/../fixtures/certs/{name}.crt", env!("CARGO_MANIFEST_DIR"));
    CertificateDer::from_pem_file(file).expect("a certificate").to_vec()
}

#[tokio::test]
async fn the_certificate_is_read_in_clear_in_whatever_order_it_comes() {
    let shown = async |udp: &str| {
        let text = format!("about = ''\n[certificate]\nfixture = 'large'\n[udp]\n{udp}");
        let scenario = Scenario::parse("udp", &text).expect("a scenario");
        let server = LabServer::start(scenario).await.expect("a server");
        let mut stream = Stream::to(server.address).await;
        let chain = stream.certificates().await;
        (chain, stream.overtaken_and_duplicates())
    };
    let large = fixture("large");
    assert!(large.len() > 3 * 1232, "several datagrams");
    for (udp, overtakes, comes_twice) in [
        ("", false, false),
        ("version = 1", false, false),
        ("act = 'out-of-order'", true, false),
        ("act = 'duplicates'", false, true),
        ("act = 'endless-acks'", false, false),
    ] {
        let (chain, (overtaken, duplicates)) = shown(udp).await;
        assert_eq!(chain.first(), Some(&large), "{udp}");
        assert_eq!((overtaken > 0, duplicates > 0), (overtakes, comes_twice), "{udp}");
    }
    let (other, _) = shown("certificate = 'other'").await;
    assert_ne!(other.first(), Some(&large));
}

#[tokio::test]
async fn packets_fill_the_mtu_and_are_sent_again_until_they_are_acknowledged() {
    let text = "about = ''\n[certificate]\nfixture = 'large'\n[udp]";
    let scenario = Scenario::parse("udp", text).expect("a scenario");
    let server = LabServer::start(scenario).await.expect("a server");
    let client = Client::new(server.address).await;
    let syn = Opening { downstream_mtu: 1132, ..client.syn(UdpVersion::V2) };
    let mut stream = client.connect_with(&syn).await;
    stream.say(&rdp_packets::tls::ClientHello::describing(Version::TLS_1_2, [7; 32], None).records()).await;
    let heard = stream.until_quiet(Duration::from_secs(3)).await;
    assert_eq!(heard.iter().map(Vec::len).max(), Some(1132));
    let packets: Vec<(u32, u32, Vec<u8>)> = heard.iter().filter_map(|datagram| packet(datagram)).collect();
    let firsts: Vec<_> = packets.iter().filter(|(_, start, _)| *start == packets[0].1).collect();
    // Behind pauses of half a second, one, and two; the next one is of four.
    assert_eq!(firsts.len(), 4);
    assert!(firsts.iter().all(|(_, _, data)| *data == packets[0].2), "the same packet");
    let transmissions: Vec<u32> = packets.iter().map(|(coded, ..)| coded.wrapping_sub(packets[0].0)).collect();
    assert!((0..).zip(&transmissions).all(|(due, coded)| due == *coded), "{transmissions:?}: each has its own number");
}

#[tokio::test]
async fn a_server_without_tls_acknowledges_and_says_no_more() {
    let server = server("tls = false").await;
    let client = Client::new(server.address).await;
    let number = client.number;
    let mut stream = client.connect().await;
    stream.say(b"\x16\x03\x01 whatever").await;
    let heard = stream.until_quiet(QUIET).await;
    let [datagram] = &heard[..] else { panic!("one datagram: {heard:?}") };
    let segment = Segment::decode(datagram).expect("an ACK");
    assert_eq!((segment.source_ack, segment.payload), (number.wrapping_add(1), None));
    assert_eq!(segment.ack.map(|vector| vector.received()), Some(1));
}

#[tokio::test]
async fn the_lossy_mode_asks_for_a_cookie_and_shows_a_certificate_in_clear() {
    let refusing = server("").await;
    let client = Client::new(refusing.address).await;
    let mut syn = client.syn(UdpVersion::V2);
    syn.flags = syn.flags.with(Flags::SYNLOSSY);
    client.send(&syn).await;
    assert_eq!(client.until_quiet(QUIET).await.len(), 0);

    let text = "about = ''\n[certificate]\nfixture = 'large'\n[udp]\ndtls = true";
    let server = LabServer::start(Scenario::parse("udp", text).expect("a scenario")).await.expect("a server");
    let client = Client::new(server.address).await;
    syn.initial_sequence_number = client.number;
    let (mut stream, mut flight) = (client.connect_with(&syn).await, Flight::default());
    let hello = ClientHello::describing(Version::DTLS_1_2, [7; 32], None);
    stream.say(&hello.record(0, 0)).await;
    let Message::HelloVerifyRequest(request) = stream.message(&mut flight).await else { panic!("no cookie") };
    assert_eq!(request.cookie.len(), 32);
    stream.say(&ClientHello { cookie: request.cookie, ..hello }.record(1, 1)).await;
    let Message::ServerHello(answer) = stream.message(&mut flight).await else { panic!("no hello") };
    assert_eq!(answer.version, Version::DTLS_1_0);
    let Message::Certificate(shown) = stream.message(&mut flight).await else { panic!("no certificate") };
    assert_eq!(shown.chain.first(), Some(&fixture("large")));
    assert!(matches!(stream.message(&mut flight).await, Message::Other { .. }));
}

#[test]
fn a_server_answers_both_families_at_its_tcp_port_and_without_a_table_nobody_does() {
    let Some(bed) = or_skip(Bed::new([Wire::default()])) else { return };
    let silent = bed.server().lab(Scenario::find("healthy").expect("a scenario")).expect("a server");
    bed.client().block_on(|| async move {
        for address in silent.addresses() {
            let client = Client::new(address).await;
            client.send(&client.syn(UdpVersion::V2)).await;
            assert!(client.is_refused().await);
        }
        silent.finish();
    });
    let lab = bed.server().lab(Scenario::find("udp-healthy").expect("a scenario")).expect("a server");
    let addresses = lab.addresses();
    bed.client().block_on(|| async move {
        for address in addresses {
            assert!(!Stream::to(address).await.certificates().await.is_empty());
        }
    });
    let peers: Vec<_> = lab.flows.seen().iter().map(|flow| flow.peer.ip().to_canonical()).collect();
    assert_eq!(peers, bed.client().addresses());
}
