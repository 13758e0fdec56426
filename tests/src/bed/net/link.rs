//! A link whose wire is a thread of this process: what lies between two TUN devices, with a clock of its own.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::prctl;
use nix::sys::time::TimeSpec;
use rdp_probe::clock::{Clock, Moment};

use super::impairment::{Impairment, Lane};
use super::middlebox::{Middlebox, Reaction};
use super::record::{self, Counts, Fate, Origin, Passage, Way};
use super::tun::Tun;
use crate::bed::error::{Result, io};

/// Larger than any IP packet.
const ROOM: usize = 1 << 16;

/// How long [`Link::wait_until`] waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Packets taken from one device before the other gets its turn.
const TURN: usize = 32;

/// A link. It ends with this value.
#[derive(Debug)]
pub struct Link {
    shared: Arc<Shared>,
    /// Its end is the thread's sign to go.
    stop: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread and the test both see.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Something was put on record.
    noted: Condvar,
}

#[derive(Debug)]
struct State {
    up: Lane,
    down: Lane,
    passages: Vec<Passage>,
}

impl Link {
    /// Starts the link between two devices, the client's and the server's.
    pub(super) fn start(client: Tun, server: Tun, spec: Spec) -> Result<Self> {
        // The two directions are not to lose the same packets.
        let down = Impairment { seed: !spec.down.seed, ..spec.down };
        let (up, down) = (Lane::new(spec.up), Lane::new(down));
        let state = Mutex::new(State { up, down, passages: Vec::new() });
        let shared = Arc::new(Shared { state, noted: Condvar::new() });
        let (stop, stopped) = UnixStream::pair().map_err(io("make a pair of sockets"))?;
        let wire = Wire {
            client,
            server,
            clock: Clock::start(),
            shared: Arc::clone(&shared),
            middlebox: spec.middlebox.unwrap_or_else(|| Box::new(|_, _| Reaction::PASS)),
            travelling: BinaryHeap::new(),
        };
        let thread = thread::Builder::new().name("link".to_owned()).spawn(move || wire.run(&stopped));
        let thread = Some(thread.map_err(io("start the thread of a link"))?);
        Ok(Self { shared, stop: Some(stop), thread })
    }

    /// What happened in one direction until now.
    pub fn counts(&self, way: Way) -> Counts {
        record::count(&self.shared.lock().passages, way)
    }

    /// Every packet until now, in the order in which they came.
    pub fn passages(&self) -> Vec<Passage> {
        self.shared.lock().passages.clone()
    }

    /// How long the client waited for echoes and for SYN+ACKs, as seen from its end of the link, by the link's clock.
    pub fn round_trips(&self) -> Vec<Duration> {
        record::round_trips(&self.shared.lock().passages)
    }

    /// Waits until the record is as it should be; false when it is not within 5 s. What the hosts have noticed is on
    /// record already; this is for what may still be on its way.
    pub fn wait_until(&self, holds: impl Fn(&[Passage]) -> bool) -> bool {
        let state = self.shared.lock();
        let waited = self.shared.noted.wait_timeout_while(state, PATIENCE, |state| !holds(&state.passages));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Changes what happens to packets that come from now on.
    pub fn impair(&self, way: Way, impairment: Impairment) {
        *self.shared.lock().lane(way) = Lane::new(impairment);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
            && !thread::panicking()
        {
            panic::resume_unwind(panic);
        }
    }
}

impl Shared {
    /// A thread that panicked leaves a record that is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lane(&mut self, way: Way) -> &mut Lane {
        match way {
            Way::Up => &mut self.up,
            Way::Down => &mut self.down,
        }
    }
}

/// Whether a packet is for an IPv6 multicast group: what kernels say on their own account, which is no traffic.
fn is_link_local_talk(packet: &[u8]) -> bool {
    matches!(packet, [0x60..=0x6f, ..] if packet.get(24) == Some(&0xff))
}

/// What a link is to be.
#[derive(Default)]
pub(super) struct Spec {
    pub(super) up: Impairment,
    pub(super) down: Impairment,
    pub(super) middlebox: Option<Middlebox>,
}

/// The thread's side of a link.
struct Wire {
    client: Tun,
    server: Tun,
    clock: Clock,
    shared: Arc<Shared>,
    middlebox: Middlebox,
    /// When the next packet arrives, and its place in the record.
    travelling: BinaryHeap<Reverse<(Moment, usize)>>,
}

impl Wire {
    fn run(mut self, stopped: &UnixStream) {
        // The kernel wakes a thread up to 50 µs late, unless it asks for better.
        let _ = prctl::set_timerslack(1);
        let mut room = vec![0; ROOM];
        loop {
            let wait = self.deliver();
            let ready = |fd: &PollFd<'_>| fd.any().unwrap_or(true);
            let mut sources = [
                PollFd::new(self.client.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.server.as_fd(), PollFlags::POLLIN),
                PollFd::new(stopped.as_fd(), PollFlags::POLLIN),
            ];
            // A signal that interrupts the wait is as good as an event.
            let _ = ppoll(&mut sources, wait.map(TimeSpec::from_duration), None);
            let [client, server, stop] = sources.each_ref().map(ready);
            if stop {
                return;
            }
            for (ready, way) in [(client, Way::Up), (server, Way::Down)] {
                if ready {
                    self.collect(way, &mut room);
                }
            }
        }
    }

    /// Takes what the kernel has sent.
    fn collect(&mut self, way: Way, room: &mut [u8]) {
        for _ in 0..TURN {
            let from = if way == Way::Up { &self.client } else { &self.server };
            let Ok(length) = from.receive(room) else { return };
            let packet = &room[..length];
            if is_link_local_talk(packet) {
                continue;
            }
            match way {
                Way::Up => {
                    let Reaction { pass, inject } = (self.middlebox)(way, packet);
                    if pass {
                        self.admit(way, packet.to_vec(), Origin::Sent);
                    } else {
                        let now = self.clock.now();
                        self.note(way, packet.to_vec(), Origin::Sent, now, Fate::Swallowed);
                    }
                    self.inject(inject);
                }
                Way::Down => self.admit(way, packet.to_vec(), Origin::Sent),
            }
        }
    }

    /// Begins the journey of a packet.
    fn admit(&mut self, way: Way, packet: Vec<u8>, origin: Origin) {
        let now = self.clock.now();
        let taken = self.shared.lock().lane(way).take(now, packet.len());
        match taken {
            Err(fate) => drop(self.note(way, packet, origin, now, fate)),
            Ok(arrivals) => {
                for (copy, arrives) in arrivals.into_iter().enumerate() {
                    let origin = if copy == 0 { origin } else { Origin::Copied };
                    let place = self.note(way, packet.clone(), origin, now, Fate::Travelling);
                    self.travelling.push(Reverse((arrives, place)));
                }
            }
        }
    }

    /// Puts a packet on record, and tells its place there.
    fn note(&self, way: Way, packet: Vec<u8>, origin: Origin, entered: Moment, fate: Fate) -> usize {
        let passages = &mut self.shared.lock().passages;
        passages.push(Passage { way, packet, origin, entered, fate });
        self.shared.noted.notify_all();
        passages.len() - 1
    }

    /// Hands over whatever has arrived, and tells how long it is until more does.
    fn deliver(&mut self) -> Option<Duration> {
        while let Some(Reverse((arrives, place))) = self.travelling.peek().copied() {
            let wait = arrives - self.clock.now();
            if !wait.is_zero() {
                return Some(wait);
            }
            self.travelling.pop();
            self.arrive(place);
        }
        None
    }

    fn arrive(&mut self, place: usize) {
        let (way, packet) = {
            let passage = &self.shared.lock().passages[place];
            (passage.way, passage.packet.clone())
        };
        let reaction = match way {
            Way::Up => Reaction::PASS,
            Way::Down => (self.middlebox)(way, &packet),
        };
        if reaction.pass {
            self.hand_over(way, &packet, place);
        } else {
            self.settle(place, Fate::Swallowed);
        }
        self.inject(reaction.inject);
    }

    /// Gives a packet to the kernel at the end of the link. It is on record before: whoever has heard of the packet is
    /// to find it there.
    fn hand_over(&self, way: Way, packet: &[u8], place: usize) {
        self.settle(place, Fate::Left(self.clock.now()));
        let to = if way == Way::Up { &self.server } else { &self.client };
        if to.send(packet).is_err() {
            self.settle(place, Fate::Lost);
        }
    }

    fn settle(&self, place: usize, fate: Fate) {
        self.shared.lock().passages[place].fate = fate;
        self.shared.noted.notify_all();
    }

    /// Sends what the middlebox forged: over the link, or at once to the client, at whose end it stands.
    fn inject(&mut self, forged: Vec<(Way, Vec<u8>)>) {
        for (way, packet) in forged {
            match way {
                Way::Up => self.admit(way, packet, Origin::Forged),
                Way::Down => {
                    let now = self.clock.now();
                    let place = self.note(way, packet.clone(), Origin::Forged, now, Fate::Travelling);
                    self.hand_over(way, &packet, place);
                }
            }
        }
    }
}
