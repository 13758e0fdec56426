//! Published examples, and single packets of real servers.

use std::fs;

use rdp_packets::codec::DecodeError;
use rdp_packets::licensing;
use rdp_packets::mcs::{ConnectInitial, ConnectResponse, DomainPdu, SendData};
use rdp_packets::rdpudp::tunnel::TunnelPdu;
use rdp_packets::rdpudp::v2::Packet;
use rdp_packets::security::SecurityExchange;
use rdp_packets::session::{ClientInfo, Flagged, ServerRedirection, ShareControl, SharePdu};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest, Data};

use super::datagrams::datagram;
use super::{files, name, read};
use crate::golden::unhex;

/// Reads a message, and judges how it is written again.
type Read = fn(&[u8]) -> Result<(), DecodeError>;

/// What has to come of a vector.
#[derive(Clone, Copy)]
enum Due {
    /// It decodes, and encodes to its own bytes.
    Again(Read),
    /// Its folder's README calls it wrong, cut or hostile: it is refused, in these words.
    Refused(Read, &'static str),
    /// Its layer is not spoken yet.
    Later,
}

const DOMAIN: Read = |bytes| read::<Tpkt<Data<DomainPdu>>>(bytes).map(drop);
const SHARE: Read = |bytes| read::<ShareControl>(bytes).map(drop);
const LICENSING: Read = |bytes| read::<licensing::Pdu>(bytes).map(drop);
const REQUEST: Read = |bytes| read::<Tpkt<ConnectionRequest>>(bytes).map(drop);
const DATAGRAM: Read = |bytes| datagram(bytes).map(drop);
const PACKET: Read = |bytes| read::<Packet>(bytes).map(drop);
const CONFIRM: Read = |bytes| read::<Tpkt<ConnectionConfirm>>(bytes).map(drop);

/// What has to come of the vectors whose names begin so; the first row that fits counts.
const RULES: &[(&str, Due)] = &[
    // What is inside an encrypted message: virtual channels are not spoken yet.
    ("bcgr-4.1.10-client-info-pdu-plain1", Due::Again(|bytes| read::<ClientInfo>(bytes).map(drop))),
    ("bcgr-4.1.11-server-license-error-pdu-valid-client-plain1", Due::Again(LICENSING)),
    ("bcgr-4.1.12-server-demand-active-pdu-plain1", Due::Again(SHARE)),
    ("bcgr-4.1.13-client-confirm-active-pdu-plain1", Due::Again(SHARE)),
    ("bcgr-4.1.14-client-synchronize-pdu-plain1", Due::Again(SHARE)),
    ("bcgr-4.1.15-client-control-pdu-cooperate-plain1", Due::Again(SHARE)),
    ("bcgr-4.1.16-client-control-pdu-request-control-plain1", Due::Again(SHARE)),
    ("bcgr-4.1.17-client-persistent-key-list-pdu-plain1", Due::Again(SHARE)),
    ("bcgr-4.1.18-client-font-list-pdu-plain1", Due::Again(SHARE)),
    ("bcgr-4.1.19-server-synchronize-pdu-plain1", Due::Again(SHARE)),
    ("bcgr-4.1.20-server-control-pdu-cooperate-plain1", Due::Again(SHARE)),
    ("bcgr-4.1.21-server-control-pdu-granted-control-plain1", Due::Again(SHARE)),
    ("bcgr-4.1.22-server-font-map-pdu-plain1", Due::Again(SHARE)),
    ("bcgr-4.3.1-logon-info-version-2-plain1", Due::Again(SHARE)),
    ("bcgr-4.4-annotated-server-to-client-virtual-channel-pdu-plain1", Due::Later),
    (
        "bcgr-4.5-annotated-standard-security-server-redirection-p-plain1",
        Due::Again(|bytes| read::<ServerRedirection>(bytes).map(drop)),
    ),
    ("bcgr-4.6-", Due::Again(redirection)),
    (
        "bcgr-4.2.2-",
        Due::Refused(DOMAIN, "MCS Send Data Indication: `userData` at byte 14 needs 30 bytes, 22 are left"),
    ),
    ("bcgr-4.4-", Due::Refused(DOMAIN, "TPKT: `content` at byte 4 needs 42 bytes, 38 are left")),
    (
        "cap-x224-cr-bare-crlf",
        Due::Refused(
            REQUEST,
            "X.224 Connection Request: `routingToken or cookie` at byte 11 is not a line that CR LF ends",
        ),
    ),
    ("bcgr-4.1.1-", Due::Again(REQUEST)),
    ("bcgr-4.1.2-", Due::Again(CONFIRM)),
    ("bcgr-4.1.3-", Due::Again(|bytes| read::<Tpkt<Data<ConnectInitial>>>(bytes).map(drop))),
    ("bcgr-4.1.4-", Due::Again(|bytes| read::<Tpkt<Data<ConnectResponse>>>(bytes).map(drop))),
    ("bcgr-4.1.9-", Due::Again(exchange)),
    ("cap-x224-cr-", Due::Again(REQUEST)),
    ("cap-x224-cc-", Due::Again(CONFIRM)),
    // Fast-path input, which has no TPKT.
    ("bcgr-4.7-", Due::Later),
    // Every other message of a session, which is encrypted inside, or has nothing inside.
    ("bcgr-", Due::Again(DOMAIN)),
    // Credentials before they are encrypted.
    ("cssp-4-tscredentials-", Due::Later),
    ("ele-", Due::Again(LICENSING)),
    // Dynamic channels.
    ("edyc-", Due::Later),
    // An example of the prefix byte alone: the packet behind it is made of arbitrary bytes.
    (
        "eudp2-3.1.1.1.5.1-",
        Due::Refused(
            PACKET,
            "RDP-UDP2 packet: `end of message` at byte 8 is followed by 3 bytes that belong to nothing",
        ),
    ),
    // Flags of before the erratum, without the prefix byte, and with it.
    (
        "eudp2-4.4.4-",
        Due::Refused(
            PACKET,
            "RDP-UDP2 packet: `end of message` at byte 7 is followed by 21 bytes that belong to nothing",
        ),
    ),
    (
        "eudp2-4.4.6-",
        Due::Refused(
            PACKET,
            "RDP-UDP2 packet: `end of message` at byte 25 is followed by 4 bytes that belong to nothing",
        ),
    ),
    ("eudp2-", Due::Again(PACKET)),
    ("cap-udp-v3-", Due::Again(PACKET)),
    // Also what was cut inside its data, and what no side may send: a datagram tells neither.
    ("eudp-", Due::Again(DATAGRAM)),
    ("cap-udp-", Due::Again(DATAGRAM)),
    ("emt-", Due::Again(|bytes| read::<TunnelPdu>(bytes).map(drop))),
];

/// Reads a Security Exchange PDU, inside its domain PDU.
fn exchange(bytes: &[u8]) -> Result<(), DecodeError> {
    let Tpkt(Data(pdu)) = read(bytes)?;
    let DomainPdu::SendDataRequest(SendData { user_data, .. }) = pdu else { panic!("{pdu:?}") };
    read::<Flagged<SecurityExchange>>(user_data).map(drop)
}

/// Reads a redirection that stands in clear, inside its domain PDU.
fn redirection(bytes: &[u8]) -> Result<(), DecodeError> {
    let Tpkt(Data(pdu)) = read(bytes)?;
    let DomainPdu::SendDataIndication(SendData { user_data, .. }) = pdu else { panic!("{pdu:?}") };
    let share = read::<ShareControl>(user_data)?;
    assert!(matches!(share.pdu, SharePdu::Redirection(_)), "{share:?}");
    Ok(())
}

#[test]
fn every_vector_comes_back_or_is_refused_by_name() {
    let Some(files) = files("RDP_VECTORS", "hex") else { return };
    let mut counts = [0; 3];
    for file in files {
        let name = name(&file);
        let rule = RULES.iter().find(|(prefix, _)| name.starts_with(prefix));
        let (_, due) = rule.unwrap_or_else(|| panic!("{name}: no rule says what has to come of it"));
        let bytes = unhex(&fs::read_to_string(&file).expect(name));
        let count = match due {
            Due::Later => 2,
            Due::Again(again) => {
                again(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
                0
            }
            Due::Refused(again, words) => {
                assert_eq!(again(&bytes).expect_err(name).to_string(), *words, "{name}");
                1
            }
        };
        counts[count] += 1;
    }
    let [again, refused, later] = counts;
    eprintln!("vectors: {again} came back, {refused} were refused by name, {later} are not spoken yet");
}
