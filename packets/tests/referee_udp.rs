//! Another decoder, `ironrdp-rdpeudp`, reads RDP over UDP as this one writes it, and writes it again in the same bytes.

use ironrdp_pdu as iron;
use ironrdp_rdpeudp::pdu::{V1Datagram, V2Packet, decode_with_prefix, encode_with_prefix};
use rdp_packets::Secret;
use rdp_packets::codec::Encode;
use rdp_packets::rdpudp::v2::{Ack, Code, CodedVector, Data, DelayAckInfo, Packet, PacketType, Stamp};
use rdp_packets::rdpudp::{AckState, AckVector, Opening, Run, Segment, UdpVersion, cookie_hash};

#[test]
fn its_copies_of_our_datagrams_are_ours() {
    let mut hashed = Opening::syn(u32::MAX, UdpVersion::V3, Some([9; 16]), 0);
    let hash = cookie_hash(&Secret([7; 16]));
    hashed.extension.as_mut().expect("version 3").cookie_hash = Some(hash);
    let run = |state, length| Run { state, length };
    let runs = [run(AckState::RECEIVED, 64), run(AckState::NOT_YET_RECEIVED, 1), run(AckState::RECEIVED, 2)];
    let vector = AckVector::new(&runs);
    for ours in [
        Opening::syn(7, UdpVersion::V1, None, 0).to_bytes(),
        Opening::syn(7, UdpVersion::V2, Some([9; 16]), 0).to_bytes(),
        hashed.to_bytes(),
        Opening::syn_ack(7, 8, UdpVersion::V3, 0).to_bytes(),
        Segment::acknowledging(8, 1024, AckVector::default()).carrying(8, &[7; 100]).to_bytes(),
        Segment { reset: Some(3), ..Segment::acknowledging(75, 1024, vector.clone()) }.to_bytes(),
        Segment { ack: None, ..Segment::acknowledging(75, 1024, vector).carrying(9, &[]) }.to_bytes(),
    ] {
        let theirs = iron::decode::<V1Datagram>(&ours).expect("read by the other");
        assert_eq!(iron::encode_vec(&theirs).expect("written by the other"), ours);
    }
}

#[test]
fn it_counts_a_run_one_less_than_it_is_long_as_we_do() {
    let vector = AckVector::new(&[Run { state: AckState::RECEIVED, length: 5 }]);
    let ours = Segment::acknowledging(5, 64, vector).to_bytes();
    let theirs = iron::decode::<V1Datagram>(&ours).expect("read by the other").ack_vector.expect("a vector");
    assert_eq!(theirs.elements.iter().map(|element| element.length).collect::<Vec<_>>(), [4]);
}

#[test]
fn its_copies_of_our_packets_are_ours() {
    let stamp = Stamp { received: 0x0003_0201, waited_ms: 7 };
    let empty = Packet::new(PacketType::DATA);
    let runs = [Code::Run { received: true, length: 36 }, Code::Map(5), Code::Run { received: false, length: 2 }];
    let data = |bytes: &[u8]| Some(Data { number: 100, channel_number: 1, bytes: bytes.to_owned() });
    for ours in [
        Packet { ack_of_acks: Some(100), ..empty.clone() },
        Packet {
            ack: Some(Ack { number: 100, stamp, scale: 3, delays: vec![1, 2] }),
            overhead: Some(10),
            ..empty.clone()
        },
        Packet { ack_vector: Some(CodedVector::new(100, None, &runs)), data: data(&[]), ..empty.clone() },
        Packet { ack_vector: Some(CodedVector::new(100, Some(stamp), &runs)), ..empty.clone() },
        Packet {
            delay_ack: Some(DelayAckInfo { most: 1, timeout_ms: 500 }),
            ack_of_acks: Some(100),
            data: data(&[7; 1200]),
            ..empty
        },
        Packet { data: data(&[0; 990]), ..Packet::new(PacketType::DUMMY) },
    ] {
        let mut wire = ours.to_bytes();
        let (prefix, layout) = decode_with_prefix(&mut wire).expect("a prefix");
        let theirs = iron::decode::<V2Packet>(layout).expect("read by the other");
        let layout = iron::encode_vec(&theirs).expect("written by the other");
        let mut written = Vec::new();
        encode_with_prefix(&layout, prefix.is_dummy(), &mut written).expect("a prefix");
        assert_eq!(written, ours.to_bytes());
    }
}
