//! What answers at the KDC's address, and is no KDC that we can use.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rdp_lab::bed::kdc;
use rdp_lab::probe;
use rdp_probe::plan::Family;
use rdp_probe::verdict::diagnose;
use rdp_probe::wire::Way;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::server::{self, Server};
use super::{assert_finding, plan};

/// A `KRB-ERROR` that demands a proof of the password, whatever is sent.
const PROVE_IT: &[u8] = b"\0\0\0\x44\x7e\x42\x30\x40\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\
    \xa4\x11\x18\x0f20261121021500Z\xa5\x03\x02\x01\x07\xa6\x03\x02\x01\x19\xa9\x02\x1b\0\
    \xaa\x13\x30\x11\xa0\x03\x02\x01\x02\xa1\x0a\x30\x08\x1b\x06krbtgt";

/// What a KDC may take, which is nothing where none is broken.
const TIMEOUT: Duration = Duration::from_millis(500);

/// Reads each request, says always the same, and closes or keeps silent.
async fn broken(says: &'static [u8], closes: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let length = socket.read_u32().await.ok()?;
                let mut request = vec![0; usize::try_from(length).ok()?];
                socket.read_exact(&mut request).await.ok()?;
                socket.write_all(says).await.ok()?;
                // What comes then is the client's leave.
                if closes { None } else { socket.read_u8().await.ok() }
            });
        }
    });
    address
}

/// How a logon by that KDC ends, after its address.
async fn told(kdc: SocketAddr) -> String {
    let server = Server::start(server::Logon::Ticketless).await;
    let mut plan = plan(server.address, &kdc.to_string(), kdc::USER, kdc::PASSWORD);
    plan.timeout = TIMEOUT;
    let survey = probe::run(&plan).await;
    let headline = diagnose(&survey).headline;
    let stop = survey.walks[0].stop.as_ref().expect("a stop");
    assert!(stop.cause.is_kdc(), "{headline}");
    assert_finding(&survey, "credssp.kdc-unreachable");
    let waited = Duration::from_micros(stop.waited_us.expect("a wait"));
    assert!(waited < TIMEOUT + probe::TIMEOUT, "{waited:?}");
    let told = stop.detail.strip_prefix(&format!("Kerberos KDC: {kdc}: "));
    told.unwrap_or_else(|| panic!("{headline}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kdc_that_is_not_there_is_told_with_its_address() {
    let nobody = SocketAddr::from(([127, 0, 0, 1], 1));
    assert!(told(nobody).await.starts_with("Connection refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kdc_is_asked_from_the_address_of_ours_that_was_chosen() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let server = Server::start(server::Logon::Ticketless).await;
    let address = listener.local_addr().expect("an address").to_string();
    let mut plan = plan(server.address, &address, kdc::USER, kdc::PASSWORD);
    plan.timeout = TIMEOUT;
    let ours = Some(IpAddr::from([127, 0, 0, 2]));
    plan.way = Arc::new(Way { address: ours, ..Way::default() });
    let headline = diagnose(&probe::run(&plan).await).headline;
    // The kernel has taken the connection for the listener.
    let asked = timeout(TIMEOUT, listener.accept()).await.unwrap_or_else(|_| panic!("it was not asked: {headline}"));
    assert_eq!(asked.ok().map(|(_, from)| from.ip()), ours);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_the_kdc_that_was_not_asked_for_is_left_alone() {
    let server = Server::start(server::Logon::Ticketless).await;
    let mut plan = plan(server.address, "127.0.0.1:1", kdc::USER, kdc::PASSWORD);
    plan.family = Family::V6;
    let headline = diagnose(&probe::run(&plan).await).headline;
    assert!(headline.contains("127.0.0.1:1: it has no address of the family asked for"), "{headline}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kdc_that_keeps_silent_is_waited_for_as_long_as_for_anybody() {
    assert_eq!(told(broken(b"", false).await).await, "no answer in time");
    assert_eq!(told(broken(&PROVE_IT[..20], false).await).await, "no answer in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kdc_that_closes_is_told_with_what_it_had_said() {
    assert_eq!(told(broken(b"", true).await).await, "closed after 0 bytes of its reply");
    assert_eq!(told(broken(&PROVE_IT[..20], true).await).await, "closed after 20 bytes of its reply");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_kdc_is_told_by_what_it_says() {
    for (says, told_of_it) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "`length` at byte 0 holds 0x48545450, not 1 to 0x10000"),
        (b"\0\0\0\x02OK", "`message` at byte 4 holds 0x4f, not AS-REP, TGS-REP or KRB-ERROR"),
        (b"\0\0\0\x04\x7e\x02\x30\0", "KRB-ERROR: `error-code` at byte 8"),
        // A ticket of which nothing can be read; and a demand for the proof after the proof.
        (b"\0\0\0\x02\x6b\0", "InvalidToken: ASN1 DER error"),
        (PROVE_IT, "KdcInvalidRequest: additional preauthentication required"),
    ] {
        let told = told(broken(says, false).await).await;
        assert!(told.contains(told_of_it), "{told}");
    }
}
