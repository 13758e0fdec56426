use std::collections::VecDeque;
use std::time::Duration;

use rdp_packets::rdpudp::{AckState, AckVector};

/// How long a packet may be under way at first, [MS-RDPEUDP] 3.1.6.1 for version 1; each time it is sent again, twice
/// as long.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often a packet is sent again, [MS-RDPEUDP] note 9.
const TIMES: u32 = 5;

/// The packets that the client has not acknowledged.
pub(super) struct Outgoing {
    /// The number of the packet after the last one.
    next: u32,
    /// The number of the next transmission: another once packets are sent again.
    coded: u32,
    waiting: VecDeque<(u32, Vec<u8>)>,
    /// How often they were sent again since the client last acknowledged one.
    times: u32,
}

/// A packet, as it is transmitted once.
pub(super) struct Transmission<'a> {
    pub(super) coded: u32,
    pub(super) start: u32,
    pub(super) data: &'a [u8],
}

impl Outgoing {
    /// The packets of a side that began with this number.
    pub(super) fn new(initial: u32) -> Self {
        let first = initial.wrapping_add(1);
        Self { next: first, coded: first, waiting: VecDeque::new(), times: 0 }
    }

    /// Cuts bytes of the stream into packets; gives the place of the first of them.
    pub(super) fn push(&mut self, bytes: &[u8], most: usize) -> usize {
        let place = self.waiting.len();
        for data in bytes.chunks(most) {
            self.waiting.push_back((self.next, data.to_owned()));
            self.next = self.next.wrapping_add(1);
        }
        place
    }

    /// The packets from a place on, to be transmitted now.
    pub(super) fn transmit(&mut self, place: usize) -> Vec<Transmission<'_>> {
        let mut packets = Vec::new();
        for (start, data) in self.waiting.iter().skip(place) {
            packets.push(Transmission { coded: self.coded, start: *start, data });
            self.coded = self.coded.wrapping_add(1);
        }
        packets
    }

    /// Forgets what was acknowledged: packets that the vector calls received, and those that it goes no more back to.
    pub(super) fn acknowledged(&mut self, source_ack: u32, vector: &AckVector) {
        let before = self.waiting.len();
        self.waiting.retain(|(number, _)| {
            let ahead = source_ack.wrapping_sub(*number) > u32::MAX / 2;
            ahead || vector.packets() == 0 || vector.state(source_ack, *number) == Some(AckState::NOT_YET_RECEIVED)
        });
        if self.waiting.len() < before {
            self.times = 0;
        }
    }

    /// How long to wait for an acknowledgement; `None` when there is nothing to wait for.
    pub(super) fn patience(&self) -> Option<Duration> {
        (!self.waiting.is_empty()).then(|| PATIENCE * 2_u32.pow(self.times))
    }

    /// Counts that everything is to be sent again; false when it has been often enough.
    pub(super) fn try_again(&mut self) -> bool {
        self.times += 1;
        self.times <= TIMES
    }
}
