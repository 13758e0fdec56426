//! Every golden decodes, and re-encodes to its own bytes; cut short anywhere, it is refused by the name of a field.
//!
//! A golden is `fixtures/packets/<layer>/<name>.hex`: hexadecimal digits, and comments from `#` to the end of a line.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rdp_packets::codec::{Decode, DecodeError, Encode, Fault, Reader};
use rdp_packets::credssp::TsRequest;
use rdp_packets::mcs::SendData;
use rdp_packets::session::{Flagged, ShareControl, SharePdu};
use rdp_packets::spnego::NegToken;
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest, Tpdu};
use rdp_packets::{Secret, dtls, gcc, licensing, mcs, negotiate, ntlm, rdpudp, security, session, stun, tls};

/// Decodes a message and encodes it again.
type Again = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

/// Pairs the beginning of a golden's name with the message that the golden holds.
macro_rules! rows {
    ($($prefix:literal => $message:ty,)*) => {
        &[$(($prefix, |bytes| <$message>::decode(bytes).map(|message| message.to_bytes()))),*]
    };
}

/// One row a message type; the first row that fits a golden's name is its row.
const ROWS: &[(&str, Again)] = rows! {
    "tpkt/" => Tpkt<Tpdu>,
    "x224/request" => Tpkt<ConnectionRequest>,
    "x224/confirm" => Tpkt<ConnectionConfirm>,
    "x224/" => Tpkt<Tpdu>,
    "negotiate/request" => negotiate::Request,
    "negotiate/correlation" => negotiate::CorrelationInfo,
    "negotiate/answer" => negotiate::Answer,
    "mcs/connect-initial" => mcs::ConnectInitial,
    "mcs/connect-response" => mcs::ConnectResponse,
    "mcs/ultimatum" => mcs::DisconnectProviderUltimatum,
    "mcs/" => mcs::DomainPdu,
    "gcc/create-request" => gcc::ConferenceCreateRequest,
    "gcc/create-response" => gcc::ConferenceCreateResponse,
    "session/client-info" => Sent<session::ClientInfo>,
    "session/early-user-authorization" => session::EarlyUserAuthorization,
    "session/redirection" => session::ServerRedirection,
    "session/auto-detect-request" => Sent<session::AutoDetectRequest>,
    "session/auto-detect-response" => Sent<session::AutoDetectResponse>,
    "session/multitransport-request" => Sent<session::MultitransportRequest>,
    "session/multitransport-response" => Sent<session::MultitransportResponse>,
    "session/" => session::ShareControl,
    "security/certificate" => security::ServerCertificate,
    "security/exchange" => Flagged<security::SecurityExchange>,
    "licensing/inner-hardware-id" => licensing::HardwareId,
    "licensing/inner-license" => licensing::NewLicenseInfo,
    "licensing/inner-response-data" => licensing::ChallengeResponseData,
    "licensing/" => licensing::Pdu,
    "tls/record" => tls::Record,
    "tls/alert" => tls::Alert,
    "tls/handshake" => tls::Handshake,
    "credssp/" => TsRequest,
    "spnego/" => NegToken,
    "rdpudp/datagram" => InUdp<rdpudp::Datagram>,
    "rdpudp/packet" => InUdp<rdpudp::v2::Packet>,
    "rdpudp/tunnel" => rdpudp::tunnel::TunnelPdu,
    "dtls/client-hello" => dtls::ClientHello,
    "dtls/hello-verify-request" => dtls::HelloVerifyRequest,
    "dtls/fragment" => dtls::Fragment,
    "dtls/record" => dtls::Record,
    "stun/request" => stun::BindingRequest,
    "stun/response" => stun::BindingResponse,
    "ntlm/negotiate" => ntlm::Negotiate,
    "ntlm/challenge" => ntlm::Challenge,
};

/// A golden: its name below `fixtures/packets` without the ending, its bytes, and its row.
struct Golden {
    name: String,
    bytes: Vec<u8>,
    again: Again,
}

#[test]
fn every_golden_decodes_and_encodes_to_its_own_bytes() {
    for Golden { name, bytes, again } in goldens() {
        match again(&bytes) {
            Ok(written) => assert_eq!(written, bytes, "{name} was written differently"),
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn every_truncation_of_every_golden_names_a_field() {
    for Golden { name, bytes, again } in goldens() {
        for cut in 0..bytes.len() {
            let error = again(&bytes[..cut]).expect_err(&format!("{name} cut to {cut} bytes is no message"));
            assert!(!error.field.is_empty() && !error.message.is_empty(), "{name} cut to {cut} bytes: {error}");
            assert!(error.offset <= cut, "{name} cut to {cut} bytes: {error}");
            assert!(!matches!(error.fault, Fault::Leftover { .. }), "{name} cut to {cut} bytes: {error}");
        }
    }
}

#[test]
fn every_flipped_bit_of_every_golden_is_read_within_bounds_or_refused() {
    for Golden { name, bytes, again } in goldens() {
        for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, 1 << bit))) {
            let mut flipped = bytes.clone();
            flipped[at] ^= bit;
            if let Ok(written) = again(&flipped) {
                assert!(written.len() <= 2 * bytes.len() + 64, "{name}, byte {at} ^ {bit:#04x}: {}", written.len());
                assert_eq!(again(&written).as_ref(), Ok(&written), "{name}, byte {at} ^ {bit:#04x}");
            }
        }
    }
}

#[test]
fn every_datagram_that_ends_early_is_read_within_bounds_or_names_a_field() {
    let in_udp =
        |golden: &Golden| golden.name.starts_with("rdpudp/datagram") || golden.name.starts_with("rdpudp/packet");
    for Golden { name, bytes, again } in goldens().into_iter().filter(in_udp) {
        for cut in 8..bytes.len() {
            let mut short = bytes[..cut].to_vec();
            short[4..6].copy_from_slice(&u16::try_from(cut).expect("a datagram").to_be_bytes());
            match again(&short) {
                // What is left of a cookie's hash is padding, and its bytes are not kept.
                Ok(written) => assert_eq!(written.len(), cut, "{name} cut to {cut} bytes"),
                Err(error) => {
                    assert!(matches!(error.fault, Fault::Missing { .. }), "{name} cut to {cut} bytes: {error}");
                }
            }
        }
    }
}

#[test]
fn every_row_has_a_golden() {
    let goldens = goldens();
    for (prefix, _) in ROWS {
        assert!(goldens.iter().any(|golden| golden.name.starts_with(prefix)), "no golden for {prefix}");
    }
}

#[test]
fn our_own_client_sends_the_goldens() {
    let initial = mcs::ConnectInitial::new(negotiate::Protocols::SSL, "rdp-probe");
    let extended = session::ExtendedInfo::new(IpAddr::from([127, 0, 0, 1]));
    let info = session::ClientInfo::new("lab", "alice", Secret::utf16("secret"), extended);
    let info = Flagged::new(session::SecurityFlags::INFO_PKT, info).to_bytes();
    let confirm = session::ConfirmActive::new(0x0001_03ea, 1024, 768, 24);
    let id = std::array::from_fn(|at| 0xa0 + u8::try_from(at).expect("below 16"));
    let syn = rdpudp::Opening::syn(0x0102_0304, rdpudp::UdpVersion::V2, Some(id), 0);
    let syn = InUdp { ports: [0xc3, 0x50, 0x0d, 0x3d], checksum: 0, content: syn };
    for (name, sent) in [
        ("rdpudp/datagram-syn", syn.to_bytes()),
        ("mcs/connect-initial", initial.to_bytes()),
        ("session/client-info", mcs::DomainPdu::SendDataRequest(SendData::new(1007, 1003, &info)).to_bytes()),
        ("session/confirm-active", ShareControl::new(1007, SharePdu::ConfirmActive(confirm)).to_bytes()),
    ] {
        let golden = goldens().into_iter().find(|golden| golden.name == name).expect(name);
        assert_eq!(sent, golden.bytes, "{name}");
    }
}

/// A message behind its security header in an MCS Send Data, which alone says how long it is.
struct Sent<T> {
    from_client: bool,
    initiator: u16,
    channel_id: u16,
    priority: mcs::Priority,
    content: Flagged<T>,
}

impl<'a, T: Decode<'a>> Decode<'a> for Sent<T> {
    const NAME: &'static str = "MCS Send Data";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let pdu = mcs::DomainPdu::read(reader)?;
        let (mcs::DomainPdu::SendDataRequest(data) | mcs::DomainPdu::SendDataIndication(data)) = pdu else {
            return Err(reader.error("choice", Fault::Form { expected: "Send Data" }));
        };
        let from_client = matches!(pdu, mcs::DomainPdu::SendDataRequest(_));
        let SendData { initiator, channel_id, priority, user_data } = data;
        Ok(Self { from_client, initiator, channel_id, priority, content: Flagged::decode(user_data)? })
    }
}

impl<T: Encode> Encode for Sent<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        let user_data = &self.content.to_bytes();
        let Self { initiator, channel_id, priority, .. } = *self;
        let data = SendData { initiator, channel_id, priority, user_data };
        if self.from_client {
            mcs::DomainPdu::SendDataRequest(data).encode(out);
        } else {
            mcs::DomainPdu::SendDataIndication(data).encode(out);
        }
    }
}

/// A datagram behind its UDP header, which alone says how long it is.
struct InUdp<T> {
    ports: [u8; 4],
    checksum: u16,
    content: T,
}

impl<'a, T: Decode<'a>> Decode<'a> for InUdp<T> {
    const NAME: &'static str = "UDP datagram";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let ports = reader.array("ports")?;
        let length = usize::from(reader.u16_be("length")?);
        let checksum = reader.u16_be("checksum")?;
        let content = T::whole(reader.nested(T::NAME, "content", length.saturating_sub(8))?)?;
        Ok(Self { ports, checksum, content })
    }
}

impl<T: Encode> Encode for InUdp<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        let content = self.content.to_bytes();
        out.extend(self.ports);
        out.extend(u16::try_from(content.len() + 8).expect("a datagram").to_be_bytes());
        out.extend(self.checksum.to_be_bytes());
        out.extend(content);
    }
}

/// The golden of this name, decoded.
pub(crate) fn decoded<T: for<'a> Decode<'a>>(name: &str) -> T {
    let golden = goldens().into_iter().find(|golden| golden.name == name).expect(name);
    T::decode(&golden.bytes).expect(name)
}

fn goldens() -> Vec<Golden> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/packets");
    entries(&root).iter().flat_map(|layer| entries(layer)).map(|file| golden(&root, &file)).collect()
}

fn golden(root: &Path, file: &Path) -> Golden {
    let name = file.strip_prefix(root).expect("below the root").with_extension("").display().to_string();
    let (_, again) = ROWS.iter().find(|(prefix, _)| name.starts_with(prefix)).expect(&name);
    Golden { bytes: unhex(&fs::read_to_string(file).expect(&name)), name, again: *again }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of goldens");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// The bytes of a commented hexadecimal text.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.lines().filter_map(|line| line.split('#').next()).collect();
    let digits: Vec<char> = digits.split_whitespace().flat_map(str::chars).collect();
    let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(&String::from_iter(pair), 16));
    pairs.collect::<Result<_, _>>().expect("hexadecimal digits in pairs")
}
