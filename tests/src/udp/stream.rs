use std::time::Duration;

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::rdpudp::{AckState, AckVector, Datagram, Payload, Reassembly, Run, Segment, UdpVersion};
use tokio::time::timeout;

use super::inside::{Inside, Wrong};
use super::line::Line;
use super::opening::Opened;
use super::outgoing::{Outgoing, Transmission};
use super::seen::Tunnel;
use super::server::Shared;
use crate::scenario::UdpAct;

/// The room that a Windows server names once a connection stands, in packets.
const ROOM: u16 = 200;

/// A client that is silent for so long is gone, [MS-RDPEUDP] 3.1.1.9.
const GONE: Duration = Duration::from_secs(65);

/// One connection of the reliable mode.
struct Stream<'a> {
    line: &'a mut Line,
    act: Option<UdpAct>,
    mtu: usize,
    incoming: Reassembly,
    outgoing: Outgoing,
}

/// Carries TLS until the client is gone, in versions 1 and 2; with version 3, only hears.
pub(super) async fn run(shared: &Shared, line: &mut Line, opened: Opened) {
    if opened.version == UdpVersion::V3 {
        while line.hear().await.is_some() {}
        return;
    }
    let mut inside = if shared.udp.tls { Inside::new(shared) } else { None };
    let mut stream = Stream {
        line,
        act: shared.udp.act,
        mtu: opened.mtu,
        incoming: Reassembly::new(opened.client.wrapping_add(1)),
        outgoing: Outgoing::new(opened.own),
    };
    if stream.act == Some(UdpAct::EndlessAcks) {
        stream.acknowledge_endlessly(opened.own).await;
    }
    let mut datagram = opened.first;
    loop {
        if stream.take(&datagram) {
            let bytes = stream.incoming.stream();
            let said = inside.as_mut().map_or(Ok(Vec::new()), |inside| inside.hear(&bytes, stream.line));
            match said {
                Ok(said) => stream.say(&said).await,
                Err(Wrong::Tls(alert)) => {
                    stream.say(&alert).await;
                    inside = None;
                }
                Err(Wrong::Tunnel) => return stream.line.note(|flow| flow.tunnel = Some(Tunnel::Dropped)),
            }
        }
        let Some(next) = stream.next().await else { return };
        datagram = next;
    }
}

/// What tells the client which of its packets have come.
pub(super) fn acknowledging<'a>(incoming: &Reassembly) -> Segment<'a> {
    Segment::acknowledging(incoming.highest(), ROOM, incoming.vector())
}

impl Stream<'_> {
    /// Takes a datagram; true if it carried a packet, which has to be acknowledged.
    fn take(&mut self, datagram: &[u8]) -> bool {
        let Ok(Datagram::Segment(Segment { source_ack, ack, reset, payload, .. })) = Datagram::decode(datagram) else {
            return false;
        };
        if let Some(vector) = ack {
            self.outgoing.acknowledged(source_ack, &vector);
        }
        if let Some(number) = reset {
            self.incoming.reset(number);
        }
        match payload {
            // One that is refused is acknowledged as missing.
            Some(Payload::Source { start, data, .. }) => {
                let _ = self.incoming.take(start, data);
                true
            }
            Some(Payload::Fec { .. }) | None => false,
        }
    }

    /// Sends bytes of the stream, with the acknowledgement of what came; that alone if there are none.
    async fn say(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return self.line.say(&acknowledging(&self.incoming)).await;
        }
        let overhead = acknowledging(&self.incoming).carrying(0, &[]).to_bytes().len();
        let place = self.outgoing.push(bytes, self.mtu.saturating_sub(overhead).max(1));
        self.transmit(place).await;
    }

    /// Sends the packets from a place on.
    async fn transmit(&mut self, place: usize) {
        let acknowledgement = acknowledging(&self.incoming);
        let mut packets = self.outgoing.transmit(place);
        if self.act == Some(UdpAct::OutOfOrder) {
            packets.reverse();
        }
        for Transmission { coded, start, data } in packets {
            let payload = Some(Payload::Source { coded, start, data });
            self.line.say(&Segment { payload, ..acknowledgement.clone() }).await;
        }
    }

    /// The client's next datagram; what it does not acknowledge meanwhile is sent again.
    async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let patience = self.outgoing.patience();
            match timeout(patience.unwrap_or(GONE), self.line.hear()).await {
                Ok(heard) => return heard,
                Err(_) if patience.is_some() && self.outgoing.try_again() => self.transmit(0).await,
                Err(_) => return None,
            }
        }
    }

    /// Acknowledges as many packets as a vector can tell of.
    async fn acknowledge_endlessly(&self, own: u32) {
        let vector = AckVector::new(&[Run { state: AckState::RECEIVED, length: u32::MAX }]);
        self.line.say(&Segment::acknowledging(own, ROOM, vector)).await;
    }
}
