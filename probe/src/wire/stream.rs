use std::time::Duration;

use rdp_packets::codec::{Decode, Encode};
use rdp_packets::rdpudp::{AckState, Datagram, OPENING_WINDOW, Opening, Payload, Reassembly, Segment};

use crate::clock::Moment;

/// How long we wait for an acknowledgement, at first; each time twice as long. The least that version 1 allows.
const RESEND: Duration = Duration::from_millis(500);

/// How often a packet is sent.
const SENDS: u32 = 4;

/// Datagrams that a stream with TLS in it may send: a handshake without loss takes six.
pub const MOST_SENT: usize = 9;

/// What stands around our bytes in a datagram, at most: the header, an ACK vector of a window of packets, and the
/// numbers of the packet.
const AROUND: usize = 8 + 132 + 8;

/// The reliable mode of RDP-UDP up to version 2, [MS-RDPEUDP] 3.1.1: a stream of bytes each way. A pure machine: it is
/// told what came and what time it is, and says what to send and when to ask again.
#[derive(Debug, Clone)]
pub struct Stream {
    theirs: Reassembly,
    /// The number of our next packet.
    next: u32,
    /// The number of our next transmission.
    coded: u32,
    /// Bytes of ours in a datagram.
    room: usize,
    outstanding: Vec<Outstanding>,
    /// Whether they wait to be told what we have.
    owed: bool,
    /// Datagrams that may still be sent.
    left: usize,
}

/// A packet that is not acknowledged.
#[derive(Debug, Clone)]
struct Outstanding {
    number: u32,
    data: Vec<u8>,
    sent: u32,
    due: Moment,
}

impl Stream {
    /// The stream behind our SYN of number `ours` and the SYN+ACK that answered it, which it acknowledges. It sends no
    /// more than `most` datagrams.
    pub fn new(ours: u32, answer: &Opening, most: usize) -> Self {
        let room = usize::from(answer.upstream_mtu).saturating_sub(AROUND);
        Self {
            theirs: Reassembly::new(answer.initial_sequence_number.wrapping_add(1)),
            next: ours.wrapping_add(1),
            coded: ours.wrapping_add(1),
            room,
            outstanding: Vec::new(),
            owed: true,
            left: most,
        }
    }

    /// Takes bytes to send.
    pub fn write(&mut self, bytes: &[u8]) {
        for data in bytes.chunks(self.room.max(1)) {
            let data = data.to_vec();
            self.outstanding.push(Outstanding { number: self.next, data, sent: 0, due: Moment::default() });
            self.next = self.next.wrapping_add(1);
        }
    }

    /// Takes a datagram that came. One that is none of this stream changes nothing.
    pub fn hear(&mut self, datagram: &[u8]) {
        match Datagram::decode(datagram) {
            // The SYN+ACK again: ours, which acknowledges it, was lost.
            Ok(Datagram::Opening(_)) => self.owed = true,
            Ok(Datagram::Segment(segment)) => self.take_in(&segment),
            Err(_) => {}
        }
    }

    fn take_in(&mut self, segment: &Segment<'_>) {
        if let Some(vector) = &segment.ack {
            let arrived = |number: u32| match vector.state(segment.source_ack, number) {
                Some(state) => state == AckState::RECEIVED,
                // It does not go back so far, or not so far ahead.
                None => segment.source_ack.wrapping_sub(number) <= u32::MAX / 2,
            };
            self.outstanding.retain(|packet| packet.sent == 0 || !arrived(packet.number));
        }
        if let Some(reset) = segment.reset {
            self.theirs.reset(reset);
        }
        if let Some(Payload::Source { start, data, .. }) = segment.payload {
            // What has no room comes again.
            self.owed |= self.theirs.take(start, data).is_ok();
        }
    }

    /// The bytes that came, in order.
    pub fn take(&mut self) -> Vec<u8> {
        self.theirs.stream()
    }

    /// When to ask again what to send, if nothing comes before; `None` when nothing waits for an acknowledgement.
    pub fn due(&self) -> Option<Moment> {
        if self.left == 0 {
            return None;
        }
        self.outstanding.iter().filter(|packet| packet.sent < SENDS).map(|packet| packet.due).min()
    }

    /// What to send now. Each datagram acknowledges what came; where nothing else is to be sent, one does no more.
    pub fn datagrams(&mut self, now: Moment) -> Vec<Vec<u8>> {
        let mut datagrams = Vec::new();
        let told = Segment::acknowledging(self.theirs.highest(), OPENING_WINDOW, self.theirs.vector());
        for packet in self.outstanding.iter_mut().filter(|packet| packet.sent < SENDS && packet.due <= now) {
            if self.left == 0 {
                break;
            }
            packet.due = now.after(RESEND * (1 << packet.sent));
            packet.sent += 1;
            let payload = Payload::Source { coded: self.coded, start: packet.number, data: &packet.data };
            datagrams.push(Segment { payload: Some(payload), ..told.clone() }.to_bytes());
            self.coded = self.coded.wrapping_add(1);
            self.left -= 1;
        }
        if datagrams.is_empty() && self.owed && self.left > 0 {
            datagrams.push(told.to_bytes());
            self.left -= 1;
        }
        self.owed &= datagrams.is_empty();
        datagrams
    }
}

#[cfg(test)]
mod tests {
    use rdp_packets::rdpudp::UdpVersion;

    use super::*;

    /// Two ends, the server's and ours.
    fn ends() -> [Stream; 2] {
        let opening = |number, answered| Opening::syn_ack(answered, number, UdpVersion::V2, 1232);
        [Stream::new(u32::MAX, &opening(7, u32::MAX), MOST_SENT), Stream::new(7, &opening(u32::MAX, 7), MOST_SENT)]
    }

    /// Lets both ends talk until nobody has anything to say, over a link that drops the datagrams that `lost` picks by
    /// their number; gives what came at each end.
    fn talk(ends: &mut [Stream; 2], lost: impl Fn(usize) -> bool) -> [Vec<u8>; 2] {
        let (mut now, mut sent) = (Moment::default(), 0);
        let mut came = [Vec::new(), Vec::new()];
        loop {
            let leaving = ends.each_mut().map(|end| end.datagrams(now));
            if leaving.iter().all(Vec::is_empty) {
                match ends.iter().filter_map(Stream::due).min() {
                    Some(due) => now = due,
                    None => return came,
                }
            }
            for (from, datagrams) in leaving.into_iter().enumerate() {
                // The last one overtakes.
                for datagram in datagrams.into_iter().rev() {
                    sent += 1;
                    if !lost(sent) {
                        ends[1 - from].hear(&datagram);
                        came[1 - from].extend(ends[1 - from].take());
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_written_arrives_in_order_whatever_is_lost_on_the_way() {
        let bytes: Vec<u8> = (0..3000_u32).flat_map(u32::to_be_bytes).take(3000).collect();
        for every in 2..9 {
            let mut ends = ends();
            ends[0].write(&bytes);
            ends[1].write(b"answer");
            let came = talk(&mut ends, |number| number % every == 0);
            assert_eq!(came, [b"answer".to_vec(), bytes.clone()], "every {every}th is lost");
        }
    }

    #[test]
    fn a_stream_that_nobody_acknowledges_gives_up() {
        let mut ends = ends();
        ends[0].write(&vec![0; 20_000]);
        let (mut now, mut sent) = (Moment::default(), 0);
        while let Some(due) = ends[0].due() {
            now = now.max(due);
            sent += ends[0].datagrams(now).len();
        }
        assert_eq!(sent, MOST_SENT);
        let mut lone = self::ends();
        lone[0].write(b"hello");
        let mut times = Vec::new();
        while let Some(due) = lone[0].due() {
            times.push(due.0 / 1000);
            assert_eq!(lone[0].datagrams(due).len(), 1);
        }
        assert_eq!(times, [0, 500, 1500, 3500]);
    }

    #[test]
    fn noise_changes_nothing() {
        let [mut ours, _] = ends();
        assert_eq!(ours.datagrams(Moment::default()).len(), 1, "the SYN+ACK is acknowledged");
        for noise in [b"".as_slice(), b"HTTP/1.1 400", &[0; 9], &[0xfe; 1232]] {
            ours.hear(noise);
        }
        assert_eq!((ours.datagrams(Moment::default()), ours.take(), ours.due()), (Vec::new(), Vec::new(), None));
    }
}
