//! Standard RDP Security: both sides against each other, against values worked out by other means, and against bytes
//! that nobody here made.

use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;
use rdp_packets::codec::{Decode, DecodeError, Encode};
use rdp_packets::gcc::{EncryptionLevel, EncryptionMethods};
use rdp_packets::licensing::{Message, Pdu};
use rdp_packets::mcs::ConnectResponse;
use rdp_packets::security::{
    CertificateChain, PrivateKey, ProprietaryCertificate, PublicKey, Random, SecurityExchange, ServerCertificate,
    Session,
};
use rdp_packets::session::{Flagged, SecurityFlags};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::Data;

use crate::golden::{decoded, unhex};

/// The random numbers of the goldens.
const CLIENT: Random = counted(0x00);
pub(crate) const SERVER: Random = counted(0x80);

const METHODS: [EncryptionMethods; 4] =
    [EncryptionMethods::RC4_40, EncryptionMethods::RC4_56, EncryptionMethods::RC4_128, EncryptionMethods::FIPS];

/// As many bytes as are asked for, counted up from `first`.
pub(crate) const fn counted<const N: usize>(first: u8) -> [u8; N] {
    let mut bytes = [first; N];
    let mut at = 1;
    while at < N {
        bytes[at] = bytes[at - 1] + 1;
        at += 1;
    }
    bytes
}

/// The private half of the key in the goldens, made for them.
pub(crate) fn key() -> PrivateKey {
    let exponent = "8156b384c49843e0549d1e8d171b8b2e0fd86949757918acde4aa41090b439da
                    24babde0f079f1bfaebaa061132025bce85a7e06a75145310ba88417fcbd6222";
    let ServerCertificate::Proprietary(certificate) = decoded("security/certificate-proprietary") else {
        panic!("a proprietary certificate")
    };
    PrivateKey::new(certificate.key, &unhex(exponent))
}

/// A client and a server that agreed on `method`.
fn sides(method: EncryptionMethods) -> [Session; 2] {
    let client = Session::client(method, &CLIENT, &SERVER);
    let server = Session::server(method, EncryptionLevel::CLIENT_COMPATIBLE, &CLIENT, &SERVER);
    [client.expect("a method"), server.expect("a method")]
}

#[test]
fn what_is_sealed_is_what_another_implementation_seals() {
    // Worked out with Python and OpenSSL from the formulas of [MS-RDPBCGR] 5.3, for "rdp-probe" as the first, the
    // second, the 4097th and the 8193rd message, all but the first with a salted signature.
    let due = [
        [
            "e7261f18e0bfc0e735a25bf55f54743f3d",
            "c9145eb637b49f1d98cd1c9e06172cc5aa",
            "a1e0e6c9171ca239149934f23be7b95246",
            "e27ac566790cb15b0bf5028a8a50f40052",
        ],
        [
            "56d2bb779845f407d97d66c6188cb5719a",
            "bf2bbd10b440f6346775c748dab5bca77f",
            "89fec3e936ab4477bf71ac3fb86836c2f1",
            "74ae3b7bb38a1e3388d9e013a26c7e1d09",
        ],
        [
            "6b428bfd2005196acd3fb1a832b436a100",
            "9de8a85f3d7e8151f4ba35ea5b12e7685c",
            "245d082ca5a381ceda7410343e32cb37e2",
            "c6406bc40c641c3574aefb7606ee616705",
        ],
    ];
    for (method, due) in METHODS.into_iter().zip(due) {
        let [mut client, _] = sides(method);
        for count in 0..=8192 {
            let flags = if count == 0 { SecurityFlags(0) } else { SecurityFlags::SECURE_CHECKSUM };
            let sealed = client.seal(flags, b"rdp-probe");
            if let Some(at) = [0, 1, 4096, 8192].iter().position(|known| *known == count) {
                assert_eq!(sealed[4..], unhex(due[at]), "{method}, message {count}");
            }
        }
    }
    let [mut client, _] = sides(EncryptionMethods::FIPS);
    let header = |padding| [0x08, 0, 0, 0, 16, 0, 1, padding];
    let first = unhex("3d4b72f0446a5729 6f619ce29ce2b63d0793b54f5ad47e2d");
    assert_eq!(client.seal(SecurityFlags(0), b"rdp-probe"), [&header(7), &*first].concat());
    let second = unhex("b22d1faaa84edf7a 092c4b23abfb94c3");
    assert_eq!(client.seal(SecurityFlags(0), b"12345678"), [&header(0), &*second].concat());
}

#[test]
fn both_sides_read_each_other_across_every_change_of_keys() {
    for method in METHODS {
        let [mut client, mut server] = sides(method);
        for count in 0..3 * 4096_u32 {
            let message = count.to_le_bytes();
            let flags = if count % 3 == 0 { SecurityFlags(0) } else { SecurityFlags::SECURE_CHECKSUM };
            let encrypted = flags.with(SecurityFlags::ENCRYPT);
            assert_eq!(server.open(&client.seal(flags, &message)), Ok((encrypted, message.to_vec())));
            if count % 2 == 0 {
                assert_eq!(client.open(&server.seal(flags, &message)), Ok((encrypted, message.to_vec())));
            }
        }
    }
}

#[test]
fn a_wrong_signature_names_its_field() {
    for (method, place) in METHODS.into_iter().zip([4, 4, 4, 8]) {
        let [mut client, mut server] = sides(method);
        let mut sealed = client.seal(SecurityFlags::INFO_PKT, b"who goes there");
        *sealed.last_mut().expect("a byte") ^= 1;
        let said = server.open(&sealed).expect_err("forged").to_string();
        let due =
            format!("Security Header: `dataSignature` at byte {place} is not the signature of the data behind it");
        assert_eq!(said, due, "{method}");
    }
}

#[test]
fn a_server_at_the_lowest_level_sends_in_clear() {
    let mut client = Session::client(EncryptionMethods::RC4_56, &CLIENT, &SERVER).expect("a client");
    let server = Session::server(EncryptionMethods::RC4_56, EncryptionLevel::LOW, &CLIENT, &SERVER);
    let mut server = server.expect("a server");
    let sealed = server.seal(SecurityFlags::LICENSE_PKT, b"licence");
    assert_eq!(sealed, b"\x80\0\0\0licence");
    assert_eq!(client.open(&sealed), Ok((SecurityFlags::LICENSE_PKT, b"licence".to_vec())));
    let (_, message) = server.open(&client.seal(SecurityFlags::INFO_PKT, b"secret")).expect("encrypted");
    assert_eq!(message, b"secret");
}

#[test]
fn a_redirection_is_encrypted_without_saying_so() {
    let [mut client, mut server] = sides(EncryptionMethods::RC4_128);
    let mut sealed = server.seal(SecurityFlags::REDIRECTION_PKT, b"elsewhere");
    sealed[0] &= !0x08;
    assert_eq!(client.open(&sealed), Ok((SecurityFlags::REDIRECTION_PKT, b"elsewhere".to_vec())));
}

#[test]
fn a_method_without_a_name_makes_no_session() {
    for method in [EncryptionMethods::NONE, EncryptionMethods(0x20), EncryptionMethods(0x03)] {
        assert!(Session::client(method, &CLIENT, &SERVER).is_none());
        assert!(Session::server(method, EncryptionLevel::HIGH, &CLIENT, &SERVER).is_none());
    }
}

#[test]
fn nothing_secret_prints() {
    let [client, _] = sides(EncryptionMethods::RC4_128);
    assert_eq!(format!("{client:?}"), "Session { .. }");
    assert_eq!(format!("{:?}", key()), "PrivateKey { public: PublicKey(512 bits, exponent 65537), .. }");
    assert_eq!(format!("{:?}", SecurityExchange::new(&key().public, &CLIENT).client_random(&key())), "Secret");
}

#[test]
fn the_certificates_of_the_goldens_hold_one_key_and_its_signature() {
    let key = key();
    let certificate = ProprietaryCertificate::signed(key.public.clone());
    assert!(certificate.is_signed());
    let mut forged = certificate.clone();
    forged.temporary = true;
    assert!(!forged.is_signed());
    let proprietary: ServerCertificate = decoded("security/certificate-proprietary");
    assert_eq!(proprietary, ServerCertificate::Proprietary(certificate));
    let chain: ServerCertificate = decoded("security/certificate-x509");
    assert_eq!(chain.public_key(), Ok(key.public));
}

#[test]
fn the_client_random_arrives() {
    let golden: Flagged<SecurityExchange> = decoded("security/exchange");
    assert_eq!(golden.message, SecurityExchange::new(&key().public, &CLIENT));
    assert_eq!(golden.message.client_random(&key()).0, CLIENT);
}

#[test]
fn an_encrypted_random_of_any_length_and_value_is_taken() {
    for sent in [vec![], vec![0xff; 3], vec![0xff; 64], vec![0xff; 72], vec![0xff; 4096]] {
        SecurityExchange { encrypted_client_random: sent }.client_random(&key());
    }
}

#[test]
fn a_key_that_is_none_is_refused() {
    assert_eq!(PublicKey::new(&[], 3), None);
    assert_eq!(PublicKey::new(&[0xff; 63], 3), None);
    assert_eq!(PublicKey::new(&[0xfe; 64], 3), None);
    assert_eq!(PublicKey::new(&[0xff; 1025], 3), None);
    assert!(PublicKey::new(&[0xff; 1024], 0).is_some());
    let chain = CertificateChain { temporary: false, certificates: vec![b"\x30\x03\x30\x01\x02".to_vec()] };
    let said = ServerCertificate::X509(chain).public_key().expect_err("no certificate").to_string();
    assert_eq!(said, "X.509 certificate: `serialNumber` at byte 5 needs 1 bytes, 0 are left");
}

/// A published example; `None`, said aloud, when there is no folder of them.
fn published(name: &str) -> Option<Vec<u8>> {
    let files = crate::corpus::files("RDP_VECTORS", "hex")?;
    let file = files.iter().find(|file| file.ends_with(name)).expect(name);
    Some(unhex(&fs::read_to_string(file).expect(name)))
}

#[test]
fn the_published_certificate_is_signed() {
    let name = "bcgr-4.1.4-server-mcs-connect-response-pdu-gcc-conference-c.hex";
    let Some(bytes) = published(name) else { return };
    let Tpkt(Data(response)) = Tpkt::<Data<ConnectResponse>>::decode(&bytes).expect(name);
    let security = response.user_data.expect("settings").data.security;
    let certificate = ServerCertificate::decode(&security.server_certificate).expect(name);
    assert_eq!(certificate.to_bytes(), security.server_certificate);
    let ServerCertificate::Proprietary(certificate) = certificate else { panic!("a proprietary certificate") };
    assert!(certificate.is_signed());
}

#[test]
fn the_published_chain_holds_a_key_of_2048_bits() {
    let name = "ele-4.1-server-license-request-server-license-re.hex";
    let Some(bytes) = published(name) else { return };
    let Message::LicenseRequest(request) = Pdu::decode(&bytes).expect(name).message else { panic!("a request") };
    let key = request.server_certificate.expect("a certificate").public_key().expect(name);
    assert_eq!((key.size(), key.exponent()), (256, 65537));
    assert_eq!(key.encrypt(&CLIENT).len(), 264);
}

/// Decodes a message and encodes it again.
fn again<T: for<'a> Decode<'a> + Encode>(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    T::decode(bytes).map(|message| message.to_bytes())
}

proptest! {
    #[test]
    fn what_one_side_seals_the_other_opens(
        method in prop::sample::select(METHODS.to_vec()),
        randoms in any::<[Random; 2]>(),
        messages in vec((any::<u16>(), vec(any::<u8>(), 0..200)), 1..8),
    ) {
        let [client, server] = randoms;
        let mut sides = [
            Session::client(method, &client, &server).expect("a client"),
            Session::server(method, EncryptionLevel::HIGH, &client, &server).expect("a server"),
        ];
        for (flags, message) in messages {
            let [from, to] = &mut sides;
            let sealed = from.seal(SecurityFlags(flags), &message);
            let due = SecurityFlags(flags).with(SecurityFlags::ENCRYPT);
            prop_assert_eq!(to.open(&sealed), Ok((due, message)));
            sides.reverse();
        }
    }

    #[test]
    fn arbitrary_bytes_are_opened_or_refused(method in prop::sample::select(METHODS.to_vec()), bytes in vec(any::<u8>(), 0..100)) {
        let [mut client, _] = sides(method);
        for opening in [&b""[..], b"\x08\0\0\0", b"\x08\0\0\0\x10\0\x01\x07"] {
            let _ = client.open(&[opening, &bytes].concat());
        }
    }

    #[test]
    fn arbitrary_certificates_are_read_within_bounds_or_refused(bytes in vec(any::<u8>(), 0..200), version in 0_u32..4) {
        let bytes = [&version.to_le_bytes()[..], &bytes].concat();
        for again in [again::<ServerCertificate>, again::<SecurityExchange>, again::<PublicKey>] {
            if let Ok(written) = again(&bytes) {
                prop_assert_eq!(again(&written), Ok(written));
            }
        }
        let chain = CertificateChain { temporary: false, certificates: vec![bytes] };
        let _ = ServerCertificate::X509(chain).public_key();
    }

    #[test]
    fn a_flipped_bit_in_a_certificate_leaves_a_key_that_computes_or_none(at in any::<prop::sample::Index>(), bit in 0..8) {
        for name in ["security/certificate-proprietary", "security/certificate-x509"] {
            let mut bytes = decoded::<ServerCertificate>(name).to_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            if let Ok(key) = ServerCertificate::decode(&bytes).and_then(|certificate| certificate.public_key()) {
                prop_assert_eq!(key.encrypt(&CLIENT).len(), key.size() + 8);
            }
        }
    }
}
