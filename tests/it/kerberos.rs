//! Kerberos against a real KDC: each way in which there is no ticket, and the one in which there is.
//!
//! No Debian server accepts Kerberos, so the RDP server is a dummy that agrees to it and has no ticket of its own. The
//! `sspi` crate asks for the server's ticket as one between two users, which takes the server's own; so MIT's KDC gives
//! the user's ticket and refuses the server's. Only a Windows domain shows the rest.

use std::net::SocketAddr;
use std::sync::Arc;

use rdp_lab::bed::{RealServer, kdc, or_skip};
use rdp_lab::probe;
use rdp_packets::Secret;
use rdp_packets::codec::{Encode, Frame};
use rdp_packets::credssp::TsRequest;
use rdp_packets::negotiate::{Answer, Protocols, ResponseFlags};
use rdp_packets::spnego::{Mechanism, NegState, NegToken, NegTokenResp};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest, Tpdu};
use rdp_probe::credentials::{Credentials, Logon, Trust};
use rdp_probe::stop::{Cause, RefusalKind};
use rdp_probe::survey::Survey;
use rdp_probe::verdict::diagnose;
use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_brings_a_ticket_and_mit_then_refuses_one_between_two_users() {
    let Some(kdc) = started() else { return };
    let survey = logged_on(&kdc.address.to_string(), kdc::USER, kdc::PASSWORD).await;
    let facts = &survey.walks[0].facts.credssp;
    assert_eq!(facts.tickets, Some(1), "{}", diagnose(&survey).headline);
    assert_eq!(facts.authentication, None, "the server got nothing");
    assert_eq!(refusal(&survey), (RefusalKind::Kerberos, "KDC_ERR_BADOPTION".to_owned()));
    assert_finding(&survey, "credssp.logon-refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_the_kdcs_word() {
    let Some(kdc) = started() else { return };
    let survey = logged_on(&kdc.address.to_string(), kdc::USER, "wrong").await;
    assert_eq!(refusal(&survey), (RefusalKind::Kerberos, "KDC_ERR_PREAUTH_FAILED".to_owned()));
    assert_finding(&survey, "credssp.wrong-password");
    let log = std::fs::read_to_string(&kdc.log).expect("the KDC's log");
    assert_eq!(log.matches("PREAUTH_FAILED").count(), 1, "one proof and no more: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_user_is_the_kdcs_word() {
    let Some(kdc) = started() else { return };
    let survey = logged_on(&kdc.address.to_string(), "nobody", kdc::PASSWORD).await;
    assert_eq!(refusal(&survey), (RefusalKind::Kerberos, "KDC_ERR_C_PRINCIPAL_UNKNOWN".to_owned()));
    assert_finding(&survey, "credssp.unknown-user");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kdc_that_is_not_there_is_told_with_its_address() {
    let survey = logged_on("127.0.0.1:1", kdc::USER, kdc::PASSWORD).await;
    let stop = survey.walks[0].stop.as_ref().expect("a stop");
    assert!(stop.cause.is_kdc() && stop.detail.contains("127.0.0.1:1: Connection refused"), "{}", stop.detail);
    assert_finding(&survey, "credssp.kdc-unreachable");
}

fn started() -> Option<RealServer> {
    or_skip(kdc::start("127.0.0.1"))
}

fn refusal(survey: &Survey) -> (RefusalKind, String) {
    match survey.walks[0].stop.as_ref().map(|stop| &stop.cause) {
        Some(Cause::Declined { refusal }) => (refusal.kind, refusal.name.clone()),
        _ => panic!("{}", diagnose(survey).headline),
    }
}

fn assert_finding(survey: &Survey, rule: &str) {
    let verdict = diagnose(survey);
    assert!(verdict.findings.iter().any(|finding| finding.rule == rule), "{verdict:?}");
}

/// Logs on at the dummy, by a KDC.
async fn logged_on(kdc: &str, user: &str, password: &str) -> Survey {
    let mut plan = probe::plan(dummy().await);
    // `NAME@REALM` would be an enterprise name, which MIT's KDC does not look up.
    let user = format!("{}\\{user}", kdc::REALM);
    plan.logon = Logon::with(Credentials::new(&user, Secret(password.to_owned())).expect("a user"));
    (plan.logon.trust, plan.logon.kdc) = (Trust::Anything, Some(kdc.to_owned()));
    probe::run(&plan).await
}

/// A server that agrees to Kerberos.
async fn dummy() -> SocketAddr {
    let own = rcgen::generate_simple_self_signed(["dummy.lab.example".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                read::<Tpkt<ConnectionRequest>>(&mut socket).await?;
                let answer = Answer::Response { flags: ResponseFlags::default(), selected: Protocols::HYBRID };
                let confirm =
                    ConnectionConfirm { destination_reference: 0, source_reference: 1, class: 0, answer: Some(answer) };
                socket.write_all(&Tpkt(Tpdu::ConnectionConfirm(confirm)).to_bytes()).await.ok()?;
                let mut tls = acceptor.accept(socket).await.ok()?;
                read::<TsRequest>(&mut tls).await?;
                let chosen = NegToken::Response(NegTokenResp {
                    state: Some(NegState::ACCEPT_INCOMPLETE),
                    supported_mech: Some(Mechanism::KERBEROS),
                    response_token: None,
                    mech_list_mic: None,
                });
                tls.write_all(&TsRequest::with_token(chosen.to_bytes()).to_bytes()).await.ok()?;
                // What comes now is the client's leave.
                tls.read_u8().await.ok()
            });
        }
    });
    address
}

/// Reads one message.
async fn read<F: Frame>(socket: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if F::length(&bytes).ok()? == Some(bytes.len()) {
            return Some(bytes);
        }
        bytes.push(socket.read_u8().await.ok()?);
    }
}
