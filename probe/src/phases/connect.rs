//! `connect`: TCP to one address, with the kernel's ICMP queue watched until the connection stands.

use std::io;
use std::net::SocketAddr;

use socket2::{Socket, Type};
use tokio::net::TcpSocket;

use crate::evidence::{End, Event, Sense};
use crate::fact::Connect;
use crate::stop::{Cause, Icmp, Operation};
use crate::sys;
use crate::wire::Wire;

/// Connects, and hands the socket to the wire. Neither side sends segments above `mss` bytes, where that is given.
pub(crate) async fn run(
    wire: &mut Wire,
    address: SocketAddr,
    mss: Option<u16>,
    facts: &mut Connect,
) -> Result<(), Cause> {
    facts.remote = Some(address);
    facts.interface.clone_from(&wire.way().interface);
    facts.family = Some(if address.is_ipv6() { "ipv6" } else { "ipv4" }.to_owned());
    let socket = prepare(wire, address, mss).map_err(|error| Cause::local(Operation::Socket, error))?;
    // The copy stays readable after a connection that failed.
    let copy = socket.try_clone().map_err(|error| Cause::local(Operation::Socket, error))?;
    if let Err(error) = sys::watch_error_queue(&copy, address.is_ipv6(), true) {
        wire.blind(Sense::ErrorQueue, &error.to_string());
    }
    wire.follow(&socket, address);
    let connecting = TcpSocket::from_std_stream(socket.into()).connect(address);
    let connected = match wire.wait("SYN+ACK", connecting).await {
        Ok(Ok(connected)) => connected,
        // A SYN that was refused says so in other words: this one was answered, so that what ended is a connection.
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => {
            wire.stillborn();
            return Ok(());
        }
        Ok(Err(error)) => return Err(failed(wire, &copy, address, &error)),
        Err(cause) => {
            let unreachable = explained(wire, &copy, address);
            return Err(unreachable.filter(|_| cause == Cause::Silence).unwrap_or(cause));
        }
    };
    if let Err(error) = sys::watch_error_queue(&copy, address.is_ipv6(), false) {
        return Err(Cause::local(Operation::ErrorQueue, error));
    }
    facts.local = connected.local_addr().ok();
    if let Some(missed) = wire.way().missed(&copy) {
        return Err(Cause::local(Operation::Source, missed));
    }
    facts.snd_mss = sys::tcp_info(&copy).filter(|_| wire.way().via.is_none()).and_then(|info| info.mss);
    wire.adopt(connected);
    Ok(())
}

/// A socket whose small messages leave at once: without that, two of them wait for each other's acknowledgement.
fn prepare(wire: &Wire, address: SocketAddr, mss: Option<u16>) -> io::Result<Socket> {
    let socket = wire.way().socket(address, Type::STREAM)?;
    socket.set_tcp_nodelay(true)?;
    if let Some(mss) = mss {
        socket.set_tcp_mss(mss.into())?;
    }
    Ok(socket)
}

/// The ICMP message that explains a failure, if one came; with it goes what the kernel knew of the attempt.
fn explained(wire: &mut Wire, socket: &Socket, address: SocketAddr) -> Option<Cause> {
    if let Some(info) = sys::tcp_info(socket) {
        wire.tape().note(Event::Kernel(Box::new(info)));
    }
    let mut messages = sys::drain_error_queue(socket, address.ip());
    for (icmp, _) in &messages {
        wire.tape().note(Event::Icmp { icmp: icmp.clone(), quoted: None });
    }
    messages.pop().map(|(icmp, _)| Cause::Unreachable { icmp })
}

/// What a failed connection means. A firewall's reject looks like a refusal, until the ICMP message is read.
fn failed(wire: &mut Wire, socket: &Socket, address: SocketAddr, error: &io::Error) -> Cause {
    if let Some(unreachable) = explained(wire, socket, address) {
        return unreachable;
    }
    let kind = error.kind();
    if let Some((_, says)) = OWN_WORDS.iter().find(|(own, _)| *own == kind) {
        return Cause::Unreachable { icmp: Icmp::own(address.is_ipv6(), *says) };
    }
    let cause = if kind == io::ErrorKind::ConnectionRefused {
        Cause::Refused
    } else if kind == io::ErrorKind::TimedOut {
        return Cause::Silence;
    } else {
        return Cause::local(Operation::Connect, error);
    };
    wire.tape().note(Event::Ended { how: End::Reset });
    cause
}

/// What our own host says when it has no way to the target.
const OWN_WORDS: &[(io::ErrorKind, &str)] = &[
    (io::ErrorKind::HostUnreachable, "no neighbour with this address, or no route to it"),
    (io::ErrorKind::NetworkUnreachable, "no route to this network"),
    (io::ErrorKind::NetworkDown, "the network interface is down"),
];
