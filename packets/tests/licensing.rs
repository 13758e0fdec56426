//! Licensing, as both sides hold it, on the goldens' keys; and as another implementation answers.

use proptest::collection::vec;
use proptest::prelude::*;
use rdp_packets::codec::{Decode, Encode};
use rdp_packets::licensing::{
    ChallengeResponseData, ClientLicenseInfo, ErrorAlert, ErrorCode, HardwareId, KeyExchange, Keys, License,
    LicenseRequest, Message, NewLicenseInfo, NewLicenseRequest, Pdu, PlatformChallenge, PlatformChallengeResponse,
    StateTransition,
};

use rdp_packets::security::ServerCertificate;

use crate::golden::decoded;
use crate::security::{SERVER, counted, key};

/// "TEST" in UTF-16, with a zero.
const CHALLENGE: &[u8] = b"T\0E\0S\0T\0\0\0";

fn keys() -> Keys {
    Keys::new(&counted(0x20), &counted(0x00), &SERVER)
}

fn message(name: &str) -> Message {
    decoded::<Pdu>(&format!("licensing/{name}")).message
}

#[test]
fn the_client_answers_a_license_request() {
    let Message::LicenseRequest(request) = message("request") else { panic!("a request") };
    let certificate = request.server_certificate.as_ref().expect("a certificate");
    let key_exchange = KeyExchange::new(&certificate.public_key().expect("a key"), counted(0x00), &counted(0x20));
    let answer = NewLicenseRequest {
        key_exchange: key_exchange.clone(),
        user_name: "user".to_owned(),
        machine_name: "RDP-PROBE".to_owned(),
    };
    assert_eq!(Pdu::new(Message::NewLicenseRequest(answer)), decoded("licensing/new-license-request"));
    let hardware_id = decoded("licensing/inner-hardware-id");
    let shown = ClientLicenseInfo::new(key_exchange, &keys(), b"a chain of certificates".to_vec(), &hardware_id);
    assert_eq!(shown.open(&keys()), Ok(hardware_id));
    assert_eq!(Pdu::new(Message::ClientLicenseInfo(shown)), decoded("licensing/license-info"));
}

#[test]
fn the_server_derives_the_clients_keys() {
    let Message::NewLicenseRequest(request) = message("new-license-request") else { panic!("a request") };
    let keys = request.key_exchange.keys(&key(), &SERVER);
    let challenge = PlatformChallenge::new(&keys, CHALLENGE);
    assert_eq!(Message::PlatformChallenge(challenge), message("platform-challenge"));
}

#[test]
fn the_client_answers_a_platform_challenge() {
    let Message::PlatformChallenge(challenge) = message("platform-challenge") else { panic!("a challenge") };
    let challenge = challenge.open(&keys()).expect("the keys");
    assert_eq!(challenge, CHALLENGE);
    let data = ChallengeResponseData::to(challenge);
    assert_eq!(data, decoded("licensing/inner-response-data"));
    let hardware_id: HardwareId = decoded("licensing/inner-hardware-id");
    let response = PlatformChallengeResponse::new(&keys(), &data, &hardware_id);
    assert_eq!(response.open(&keys()), Ok((data, hardware_id)));
    let answer = Pdu::new(Message::PlatformChallengeResponse(response));
    assert_eq!(answer, decoded("licensing/platform-challenge-response"));
}

#[test]
fn what_the_server_grants_is_read() {
    let info: NewLicenseInfo = decoded("licensing/inner-license");
    let (Message::NewLicense(license), Message::UpgradeLicense(upgrade)) =
        (message("new-license"), message("upgrade-license"))
    else {
        panic!("licences")
    };
    assert_eq!(license, upgrade);
    assert_eq!(license, License::new(&keys(), &info));
    assert_eq!(license.open(&keys()), Ok(info));
}

#[test]
fn other_keys_are_found_out_by_the_signature() {
    let other = Keys::new(&[0; 48], &counted(0x00), &SERVER);
    let Message::PlatformChallenge(challenge) = message("platform-challenge") else { panic!("a challenge") };
    let Message::NewLicense(license) = message("new-license") else { panic!("a licence") };
    let due = "is not the signature of what is encrypted before it";
    for (said, place) in [
        (
            challenge.open(&other).expect_err("other keys").to_string(),
            "Server Platform Challenge: `MACData` at byte 22",
        ),
        (license.open(&other).expect_err("other keys").to_string(), "Server New License: `MACData` at byte 79"),
    ] {
        assert_eq!(said, format!("{place} {due}"));
    }
    assert_eq!(format!("{other:?}"), "Keys { .. }");
}

#[test]
fn the_valid_client_is_no_error() {
    let Message::ErrorAlert(alert) = message("valid-client") else { panic!("an alert") };
    assert_eq!(alert, ErrorAlert::valid_client());
    assert_eq!(alert.error_code.to_string(), "STATUS_VALID_CLIENT");
    let unknown = ErrorAlert::new(ErrorCode(0x4d), StateTransition(9));
    assert_eq!(ErrorAlert::decode(&unknown.to_bytes()), Ok(unknown.clone()));
    assert_eq!(unknown.error_code.to_string(), "ErrorCode 0x4d");
}

#[test]
fn a_message_of_no_type_is_refused() {
    let said = |bytes: &[u8]| Pdu::decode(bytes).expect_err("no message").to_string();
    assert_eq!(
        said(&[0x05, 3, 4, 0]),
        "Licensing Preamble: `bMsgType` at byte 0 holds 0x05, not the type of a licensing message"
    );
    assert_eq!(
        said(&[0xff, 3, 3, 0]),
        "Licensing Preamble: `wMsgSize` at byte 2 holds 0x03, not at least 4, the preamble itself"
    );
    assert_eq!(
        said(&[0xff, 3, 8, 0, 7, 0, 0, 0]),
        "Licensing Error Message: `dwStateTransition` at byte 8 needs 4 bytes, 0 are left"
    );
}

/// `ironrdp-pdu` holds the client's side of the same exchange.
mod referee {
    use ironrdp_pdu::rdp::server_license as iron;

    use super::*;

    /// Their message behind the security header that they read with it.
    fn theirs(pdu: &Pdu) -> iron::LicensePdu {
        let bytes = [&[0x80, 0, 0, 0][..], &pdu.to_bytes()].concat();
        ironrdp_pdu::decode(&bytes).expect("their message")
    }

    /// Our message without that header.
    fn ours(pdu: &iron::LicensePdu) -> Message {
        Pdu::decode(&ironrdp_pdu::encode_vec(pdu).expect("their bytes")[4..]).expect("our message").message
    }

    /// The golden's request with the same key in a chain: they count the padding of a proprietary certificate's key in.
    fn request() -> Pdu {
        let Message::LicenseRequest(mut request) = message("request") else { panic!("a request") };
        let ServerCertificate::X509(mut chain) = decoded("security/certificate-x509") else { panic!("a chain") };
        let own = chain.certificates.pop().expect("the server's own");
        chain.certificates = vec![own.clone(), own];
        request.server_certificate = Some(ServerCertificate::X509(chain));
        Pdu::new(Message::LicenseRequest(request))
    }

    #[test]
    fn the_exchange_comes_to_the_same() {
        let iron::LicensePdu::ServerLicenseRequest(request) = theirs(&request()) else { panic!("a request") };
        let (answer, data) = iron::ClientNewLicenseRequest::from_server_license_request(
            &request,
            &counted::<32>(0x00),
            &counted::<48>(0x20),
            "user",
            "RDP-PROBE",
        )
        .expect("their answer");
        assert_eq!(ours(&answer.into()), message("new-license-request"));

        let iron::LicensePdu::ServerPlatformChallenge(challenge) = theirs(&decoded("licensing/platform-challenge"))
        else {
            panic!("a challenge")
        };
        let hardware = [1, 2, 3, 4];
        let answer = iron::ClientPlatformChallengeResponse::from_server_platform_challenge(&challenge, hardware, &data);
        let Message::PlatformChallengeResponse(answer) = ours(&answer.expect("their answer").into()) else {
            panic!("an answer")
        };
        // Their response data is eight zeros too long at its beginning, and is signed so.
        let response = keys().apply(&answer.encrypted_platform_challenge_response.data);
        assert_eq!(ChallengeResponseData::decode(&response[8..]).expect("their data").challenge, CHALLENGE);
        let hardware_id = keys().apply(&answer.encrypted_hwid.data);
        assert_eq!(hardware_id[..8], *b"\0\0\x01\x04\x01\0\0\0");
        assert_eq!(keys().sign(&[response, hardware_id].concat()), answer.mac_data);

        let iron::LicensePdu::ServerUpgradeLicense(license) = theirs(&decoded("licensing/new-license")) else {
            panic!("a licence")
        };
        license.verify_server_license(&data).expect("their keys");
        assert_eq!(license.new_license_info(&data).expect("their licence").scope, "lab.example");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_within_bounds_or_refused(
        kind in prop::sample::select(vec![1_u8, 2, 3, 4, 0x12, 0x13, 0x15, 0xff]),
        bytes in vec(any::<u8>(), 0..300),
    ) {
        let size = u16::try_from(bytes.len() + 4).expect("a short message");
        let bytes = [&[kind, 3][..], &size.to_le_bytes(), &bytes].concat();
        if let Ok(pdu) = Pdu::decode(&bytes) {
            let written = pdu.to_bytes();
            prop_assert!(written.len() <= 2 * bytes.len() + 64);
            prop_assert_eq!(Pdu::decode(&written), Ok(pdu));
        }
    }

    #[test]
    fn licenses_come_back(
        secrets in (any::<[[u8; 32]; 3]>(), vec(any::<u8>(), 0..500)),
        names in ("[ -~]{0,20}", "\\PC{0,20}", "\\PC{0,20}"),
        version in any::<u32>(),
    ) {
        let ([client, server, secret], license_info) = secrets;
        let mut premaster = [0; 48];
        premaster[..32].copy_from_slice(&secret);
        let keys = Keys::new(&premaster, &client, &server);
        let (scope, company_name, product_id) = names;
        let info = NewLicenseInfo { version, scope, company_name, product_id, license_info };
        let sent = Pdu::new(Message::NewLicense(License::new(&keys, &info)));
        let Ok(Pdu { message: Message::NewLicense(license), .. }) = Pdu::decode(&sent.to_bytes()) else {
            panic!("a licence")
        };
        prop_assert_eq!(license.open(&keys), Ok(info));
    }

    #[test]
    fn license_requests_come_back(
        server_random in any::<[u8; 32]>(),
        scope_list in vec("[ -~]{0,20}", 0..4),
        key_exchange_list in vec(any::<u32>(), 0..3),
    ) {
        let Message::LicenseRequest(request) = message("request") else { panic!("a request") };
        let request = LicenseRequest { server_random, scope_list, key_exchange_list, ..*request };
        prop_assert_eq!(LicenseRequest::decode(&request.to_bytes()), Ok(request));
    }
}
