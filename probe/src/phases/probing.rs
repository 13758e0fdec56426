//! One packet that is sent for its fate alone, on a socket of its own: so what comes back answers it and no other, and
//! no privilege is needed, since the kernel's error queue tells who gave the packet up.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Socket, Type};
use tokio::io::Interest;
use tokio::net::{TcpSocket, UdpSocket};
use tokio::time::timeout;

use crate::clock::{Clock, Moment};
use crate::evidence::{Answer, Event, Probe};
use crate::path::datagrams::payload;
use crate::stop::{Cause, Operation};
use crate::sys;
use crate::wire::{Way, Wire};

/// How long an answer is awaited: short of the second after which the kernel would send a SYN again.
const PATIENCE: Duration = Duration::from_millis(950);

/// A packet that was sent, and what came of it.
pub(super) struct Probed {
    at: Moment,
    pub(super) probe: Probe,
    answer: Option<(Moment, Answer)>,
}

impl Probed {
    /// What came of it.
    pub(super) fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref().map(|(_, answer)| answer)
    }
}

/// Sends a packet to the target's port, and waits for what comes of it.
pub(super) async fn send(clock: Clock, way: Arc<Way>, to: SocketAddr, probe: Probe) -> io::Result<Probed> {
    let socket = prepare(&way, to, probe)?;
    // The copy stays readable after a connection that failed.
    let copy = socket.try_clone()?;
    let at = clock.now();
    let came = timeout(PATIENCE, async {
        match probe {
            Probe::Syn { .. } => connected(socket, to).await,
            Probe::Datagram { length, .. } => bounced(socket, to, length).await,
        }
    });
    let came = came.await.ok().transpose();
    let answer = match sys::drain_error_queue(&copy, to.ip()).pop() {
        // A host next to us that does not answer ARP is silent.
        Some((icmp, None)) if icmp.is_own() => None,
        Some((icmp, mtu)) => Some(Answer::Icmp { icmp, mtu }),
        None => came?.flatten(),
    };
    Ok(Probed { at, probe, answer: answer.map(|answer| (clock.now(), answer)) })
}

/// Connects, and closes at once. What our own host would not send is an error.
async fn connected(socket: Socket, to: SocketAddr) -> io::Result<Option<Answer>> {
    let done = TcpSocket::from_std_stream(socket.into()).connect(to).await;
    match done.map_err(|error| (error.kind(), error)) {
        Ok(_) | Err((io::ErrorKind::ConnectionReset, _)) => Ok(Some(Answer::Accepted)),
        Err((io::ErrorKind::ConnectionRefused, _)) => Ok(Some(Answer::Refused)),
        Err((io::ErrorKind::HostUnreachable | io::ErrorKind::TimedOut, _)) => Ok(None),
        Err((_, error)) => Err(error),
    }
}

/// Sends a datagram, and waits until it bounces: until the error queue has something to tell of it.
async fn bounced(socket: Socket, to: SocketAddr, length: u16) -> io::Result<Option<Answer>> {
    let socket = UdpSocket::from_std(socket.into())?;
    socket.connect(to).await?;
    match socket.send(&vec![0; payload(length, to.is_ipv6())]).await {
        Err(error) if sys::is_too_large(&error) => {}
        sent => {
            sent?;
            socket.ready(Interest::ERROR).await?;
        }
    }
    Ok(None)
}

fn prepare(way: &Way, to: SocketAddr, probe: Probe) -> io::Result<Socket> {
    let kind = match probe {
        Probe::Syn { .. } => Type::STREAM,
        Probe::Datagram { .. } => Type::DGRAM,
    };
    let ipv6 = to.is_ipv6();
    let socket = way.socket(to, kind)?;
    sys::watch_error_queue(&socket, ipv6, true)?;
    match probe {
        Probe::Syn { ttl } if ipv6 => socket.set_unicast_hops_v6(ttl.into())?,
        Probe::Syn { ttl } => socket.set_ttl_v4(ttl.into())?,
        Probe::Datagram { fragments, .. } => sys::allow_fragments(&socket, ipv6, fragments)?,
    }
    Ok(socket)
}

/// Waits for work that gathers packets, and notes them on the tape. When the wait is cut, those stay whose fate was
/// known by then: the others were not waited for long enough to be called silent.
pub(super) async fn gather(
    wire: &mut Wire,
    message: &str,
    work: impl AsyncFnOnce(&mut Vec<Probed>) -> io::Result<()>,
) -> Result<(), Cause> {
    let mut probed = Vec::new();
    let waited = wire.wait(message, work(&mut probed)).await;
    let sent = wire.tape().recording().0.iter().filter(|entry| matches!(entry.event, Event::Probe { .. })).count();
    for (number, Probed { at, probe, answer }) in (sent..).zip(probed) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        wire.tape().note_at(at, Event::Probe { number, probe });
        if let Some((at, answer)) = answer {
            wire.tape().note_at(at, Event::Answer { number, answer });
        }
    }
    waited?.map_err(|error| Cause::local(Operation::Probing, error))
}
