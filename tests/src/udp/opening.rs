use std::time::Duration;

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::rdpudp::{
    AckVector, Datagram, Flags, LARGEST_MTU, Opening, SMALLEST_MTU, Segment, UdpVersion, WINDOW,
};
use tokio::time::timeout;

use super::line::Line;
use super::server::Shared;
use crate::scenario::UdpAct;

/// How long Windows waits before it sends a SYN+ACK again, [MS-RDPEUDP] note 8.
const PAUSE: Duration = Duration::from_millis(800);

/// A server that never stops: its pause, and how often it does so.
const FOREVER: (Duration, u32) = (Duration::from_millis(20), 250);

/// How many SYN+ACKs are a flood.
const FLOOD: usize = 20_000;

/// The bytes of a SYN+ACK that is cut: one fewer than any SYN+ACK has.
const CUT: usize = 15;

/// How far a number that is wrong is from the right one.
const WRONG: u32 = 0x0bad_0bad;

/// A connection that stands.
pub(super) struct Opened {
    /// The client's initial sequence number.
    pub(super) client: u32,
    /// The server's.
    pub(super) own: u32,
    /// What is spoken.
    pub(super) version: UdpVersion,
    /// Whether the mode is the lossy one.
    pub(super) lossy: bool,
    /// The longest datagram that the client wants, in bytes.
    pub(super) mtu: usize,
    /// The datagram that acknowledged the SYN+ACK.
    pub(super) first: Vec<u8>,
}

/// Waits for a SYN that is to be answered, and answers it until the client has heard; `None` if it never does.
pub(super) async fn run(shared: &Shared, line: &mut Line) -> Option<Opened> {
    let syn = loop {
        let bytes = line.hear().await?;
        match Datagram::decode(&bytes) {
            Ok(Datagram::Opening(syn)) if is_answered(shared, &syn) => break syn,
            Ok(Datagram::Opening(_) | Datagram::Segment(_)) | Err(_) => {}
        }
    };
    let act = shared.udp.act;
    let (own, version) = (fastrand::u32(..), version(shared, &syn));
    let truth = Opening::syn_ack(syn.initial_sequence_number, own, version, LARGEST_MTU.into());
    let said = answer(act, &truth);
    let (pause, repeats) = match act {
        Some(UdpAct::Forever) => FOREVER,
        Some(UdpAct::Flood) => (PAUSE, 0),
        _ => (PAUSE, shared.udp.repeats),
    };
    for time in 0..=repeats {
        if time > 0 || act != Some(UdpAct::LoseFirst) {
            for datagram in &said {
                line.send(datagram).await;
            }
        }
        if let Ok(first) = timeout(pause, acknowledgement(shared, line, own, version)).await {
            return Some(Opened {
                client: syn.initial_sequence_number,
                own,
                version,
                lossy: syn.flags.contains(Flags::SYNLOSSY),
                mtu: syn.downstream_mtu.clamp(SMALLEST_MTU, LARGEST_MTU).into(),
                first: first?,
            });
        }
    }
    None
}

fn is_answered(shared: &Shared, syn: &Opening) -> bool {
    shared.udp.answers.takes(syn.length) && (shared.udp.dtls || !syn.flags.contains(Flags::SYNLOSSY))
}

/// The highest version that both sides speak. Windows 10 has offered one that nobody knew, 0x0003.
fn version(shared: &Shared, syn: &Opening) -> UdpVersion {
    let most = syn.version().min(shared.udp.version);
    let hash = syn.extension.and_then(|extension| extension.cookie_hash);
    let known = !shared.udp.checks_hash || hash.is_some_and(|hash| shared.cookies.knows_hash(hash));
    match most {
        // Version 3 has no lossy mode.
        UdpVersion::V3 if known && !syn.flags.contains(Flags::SYNLOSSY) => UdpVersion::V3,
        most if most >= UdpVersion::V2 => UdpVersion::V2,
        _ => UdpVersion::V1,
    }
}

/// The datagrams that answer a SYN at once, of which `truth` is the healthy one.
fn answer(act: Option<UdpAct>, truth: &Opening) -> Vec<Vec<u8>> {
    let mtu = |mtu| Opening { upstream_mtu: mtu, downstream_mtu: mtu, ..truth.clone() };
    match act {
        Some(UdpAct::Truncated) => vec![truth.to_bytes().into_iter().take(CUT).collect()],
        Some(UdpAct::MtuZero) => vec![mtu(0).to_bytes()],
        Some(UdpAct::MtuHuge) => vec![mtu(u16::MAX).to_bytes()],
        Some(UdpAct::WrongIsn) => {
            vec![Opening { source_ack: truth.source_ack.wrapping_add(WRONG), ..truth.clone() }.to_bytes()]
        }
        Some(UdpAct::Flood) => vec![truth.to_bytes(); FLOOD],
        Some(UdpAct::SecondAnswer) => {
            let initial_sequence_number = truth.initial_sequence_number.wrapping_add(WRONG);
            vec![truth.to_bytes(), Opening { initial_sequence_number, ..truth.clone() }.to_bytes()]
        }
        Some(UdpAct::Stale) => {
            let stale = Segment::acknowledging(truth.source_ack, WINDOW, AckVector::default());
            vec![stale.carrying(truth.initial_sequence_number, b"of another time").to_bytes()]
        }
        Some(UdpAct::Forever | UdpAct::EndlessAcks | UdpAct::OutOfOrder | UdpAct::Duplicates | UdpAct::LoseFirst)
        | None => vec![truth.to_bytes()],
    }
}

/// Waits for the datagram that tells that the SYN+ACK of this number was heard: with version 3 that is any but a SYN.
async fn acknowledgement(shared: &Shared, line: &mut Line, own: u32, version: UdpVersion) -> Option<Vec<u8>> {
    loop {
        let bytes = line.hear().await?;
        let heard = match Datagram::decode(&bytes) {
            Ok(Datagram::Opening(_)) => false,
            Ok(Datagram::Segment(segment)) => version == UdpVersion::V3 || segment.source_ack == own,
            Err(_) => version == UdpVersion::V3,
        };
        if heard && shared.udp.act != Some(UdpAct::Forever) {
            return Some(bytes);
        }
    }
}
