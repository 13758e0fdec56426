//! `udp_syn`: SYN and SYN+ACK of RDP-UDP, [MS-RDPEUDP] 3.1.5.1, each whole in one datagram that may not be cut.

use std::io;
use std::net::SocketAddr;

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::rdpudp::{Datagram, LARGEST_MTU, Opening, SMALLEST_MTU};
use socket2::{Socket, Type};
use tokio::net::UdpSocket;

use crate::clock::micros;
use crate::evidence::Sense;
use crate::fact::UdpSyn;
use crate::stop::{Cause, Operation};
use crate::sys;
use crate::wire::{Flow, Wire};

/// The message, as stops and citations name it.
const SYN_ACK: &str = "RDP-UDP SYN+ACK";

/// Asks for a transport, and gives the server's answer.
pub(crate) async fn run(wire: &mut Wire, to: SocketAddr, syn: &Opening, facts: &mut UdpSyn) -> Result<Opening, Cause> {
    begin(wire, to, facts)?;
    let bytes = syn.to_bytes();
    facts.offered = Some(syn.version().to_string());
    facts.length = Some(bytes.len());
    let sent = wire.clock().now();
    wire.send("RDP-UDP SYN", &bytes).await?;
    let answer = wire.receive_datagram(SYN_ACK).await?;
    facts.rtt_us = Some(micros(wire.clock().now() - sent));
    facts.answer_length = Some(answer.len());
    let Datagram::Opening(answer) = Datagram::decode(&answer)? else {
        return Err(Cause::misplaced(SYN_ACK, "uFlags", 6, "lacks SYN: a datagram of an open connection"));
    };
    judge(syn, &answer)?;
    facts.version = Some(answer.version().to_string());
    facts.upstream_mtu = Some(answer.upstream_mtu);
    facts.downstream_mtu = Some(answer.downstream_mtu);
    Ok(answer)
}

/// Opens a socket on a port of its own, and gives it to the wire.
pub(crate) fn begin(wire: &mut Wire, to: SocketAddr, facts: &mut UdpSyn) -> Result<(), Cause> {
    let socket = prepare(wire, to).map_err(|error| Cause::local(Operation::Socket, error))?;
    if let Some(missed) = wire.way().missed(&socket) {
        return Err(Cause::local(Operation::Source, missed));
    }
    if let Err(error) = sys::watch_error_queue(&socket, to.is_ipv6(), true) {
        wire.blind(Sense::ErrorQueue, &error.to_string());
    }
    let socket = UdpSocket::from_std(socket.into()).map_err(|error| Cause::local(Operation::Socket, error))?;
    facts.local = socket.local_addr().ok();
    wire.adopt_flow(Flow::new(socket));
    Ok(())
}

fn prepare(wire: &Wire, to: SocketAddr) -> io::Result<Socket> {
    let socket = wire.way().socket(to, Type::DGRAM)?;
    sys::allow_fragments(&socket, to.is_ipv6(), false)?;
    socket.connect(&to.into())?;
    Ok(socket)
}

/// Whether an answer is one to our SYN, and says nothing that it may not say.
fn judge(syn: &Opening, answer: &Opening) -> Result<(), Cause> {
    let misplaced = |field, offset, found: String| Err(Cause::misplaced(SYN_ACK, field, offset, found));
    if !answer.is_answer() {
        return misplaced("uFlags", 6, format!("is {}: a SYN, and no answer to one", answer.flags));
    }
    if answer.source_ack != syn.initial_sequence_number {
        let (ours, theirs) = (syn.initial_sequence_number, answer.source_ack);
        return misplaced("snSourceAck", 0, format!("is {theirs:#010x}, not our {ours:#010x}"));
    }
    let sizes = [("uUpStreamMtu", 12, answer.upstream_mtu), ("uDownStreamMtu", 14, answer.downstream_mtu)];
    for (field, offset, size) in sizes {
        if !(SMALLEST_MTU..=LARGEST_MTU).contains(&size) {
            return misplaced(field, offset, format!("is {size}, not {SMALLEST_MTU} to {LARGEST_MTU}"));
        }
    }
    if answer.version() > syn.version() {
        let found = format!("is {}, above the {} that we offered", answer.version(), syn.version());
        return misplaced("uUdpVer", 18, found);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rdp_packets::rdpudp::{Flags, UdpVersion};

    use super::*;

    /// What is wrong with an answer.
    type Change = fn(&mut Opening);

    /// What is said of an answer to a SYN of number 7, after `change`.
    fn said(change: impl FnOnce(&mut Opening)) -> Option<String> {
        let syn = Opening::syn(7, UdpVersion::V2, None, 1232);
        let mut answer = Opening::syn_ack(7, 99, UdpVersion::V2, 1232);
        change(&mut answer);
        judge(&syn, &answer).err().map(|cause| cause.to_string())
    }

    #[test]
    fn an_answer_that_says_what_it_may_not_say_is_garbled() {
        assert_eq!(said(|_| {}), None);
        let cases: [(Change, &str); 5] = [
            (|answer| answer.source_ack = 8, "`snSourceAck` at byte 0 is 0x00000008, not our 0x00000007"),
            (|answer| answer.upstream_mtu = 0, "`uUpStreamMtu` at byte 12 is 0, not 1132 to 1232"),
            (|answer| answer.downstream_mtu = 65535, "`uDownStreamMtu` at byte 14 is 65535, not 1132 to 1232"),
            (|answer| answer.flags = Flags::SYN, "`uFlags` at byte 6 is SYN: a SYN, and no answer to one"),
            (
                |answer| answer.extension.as_mut().unwrap().version = UdpVersion::V3,
                "`uUdpVer` at byte 18 is 3, above the 2 that we offered",
            ),
        ];
        for (change, expected) in cases {
            assert_eq!(said(change), Some(format!("RDP-UDP SYN+ACK: {expected}")));
        }
    }
}
