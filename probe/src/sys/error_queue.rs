use std::io::IoSliceMut;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd};

use nix::libc::sock_extended_err;
use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt};
use socket2::Socket;

use crate::stop::Icmp;

/// Asks the kernel to queue the ICMP messages that concern a socket, or to stop.
///
/// It is wanted while connecting alone: on an established connection an ICMP error would fail the next read with an
/// empty queue, and end a walk that a real client survives.
pub fn watch(socket: &impl AsFd, ipv6: bool, on: bool) -> nix::Result<()> {
    if ipv6 { setsockopt(&socket.as_fd(), Ipv6RecvErr, &on) } else { setsockopt(&socket.as_fd(), Ipv4RecvErr, &on) }
}

/// An ICMP message, and the largest packet that would have passed where it says so.
pub type Queued = (Icmp, Option<u32>);

/// Takes the queued ICMP messages about packets to a target, oldest first; at most sixteen.
///
/// Where nobody on our link has the target's address, our own host sends itself such a message: that is its own word.
/// What comes from the target is the target's, be it our own host.
pub fn drain(socket: &Socket, target: IpAddr) -> Vec<Queued> {
    let local = socket.local_addr().ok().and_then(|local| local.as_socket()).map(|local| local.ip());
    let ours = |from: &IpAddr| *from != target && (from.is_loopback() || Some(*from) == local);
    let told = |(icmp, mtu): Queued| match icmp.from.filter(ours) {
        Some(from) => (Icmp::own(from.is_ipv6(), icmp.says), mtu),
        None => (icmp, mtu),
    };
    std::iter::from_fn(|| next(socket)).take(16).flatten().map(told).collect()
}

/// The ICMP messages of one entry of the queue, one or none; `None` when the queue is empty.
fn next(socket: &Socket) -> Option<Vec<Queued>> {
    let mut payload = [0_u8; 512];
    let mut buffers = [IoSliceMut::new(&mut payload)];
    let mut control = nix::cmsg_space!([u8; 256]);
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let fd = socket.as_fd().as_raw_fd();
    let message = recvmsg::<SockaddrStorage>(fd, &mut buffers, Some(&mut control), flags).ok()?;
    let mut found = Vec::new();
    for entry in message.cmsgs().ok()? {
        if let ControlMessageOwned::Ipv4RecvErr(error, from) = entry {
            found.extend(icmp(&error, from.map(|from| IpAddr::V4(u32::from_be(from.sin_addr.s_addr).into()))));
        } else if let ControlMessageOwned::Ipv6RecvErr(error, from) = entry {
            found.extend(icmp(&error, from.map(|from| IpAddr::V6(from.sin6_addr.s6_addr.into()))));
        }
    }
    Some(found)
}

/// What a queue entry says; `None` when neither ICMP nor our own interface said it.
fn icmp(error: &sock_extended_err, from: Option<IpAddr>) -> Option<Queued> {
    let (kind, code) = (error.ee_type, error.ee_code);
    let too_big = error.ee_errno.cast_signed() == libc::EMSGSIZE;
    let mtu = too_big.then_some(error.ee_info);
    let ipv6 = match error.ee_origin {
        libc::SO_EE_ORIGIN_ICMP => false,
        libc::SO_EE_ORIGIN_ICMP6 => true,
        libc::SO_EE_ORIGIN_LOCAL if too_big => {
            let says = "larger than our interface sends".to_owned();
            return Some((Icmp { kind: None, code: None, from: None, says }, mtu));
        }
        _ => return None,
    };
    Some((Icmp { kind: Some(kind), code: Some(code), from, says: says(ipv6, kind, code).to_owned() }, mtu))
}

/// An ICMP or ICMPv6 type and code by name.
pub fn says(ipv6: bool, kind: u8, code: u8) -> &'static str {
    if ipv6 { v6(kind, code) } else { v4(kind, code) }
}

/// ICMP types and codes by name (IANA, RFC 792, RFC 1122, RFC 1812).
fn v4(kind: u8, code: u8) -> &'static str {
    match (kind, code) {
        (3, 0) => "ICMP network unreachable",
        (3, 1) => "ICMP host unreachable",
        (3, 2) => "ICMP protocol unreachable",
        (3, 3) => "ICMP port unreachable",
        (3, 4) => "ICMP fragmentation needed",
        (3, 9) => "ICMP network administratively prohibited",
        (3, 10) => "ICMP host administratively prohibited",
        (3, 13) => "ICMP communication administratively prohibited",
        (3, _) => "ICMP destination unreachable",
        (11, _) => "ICMP time exceeded",
        _ => "ICMP error",
    }
}

/// ICMPv6 types and codes by name (IANA, RFC 4443).
fn v6(kind: u8, code: u8) -> &'static str {
    match (kind, code) {
        (1, 0) => "ICMPv6 no route to destination",
        (1, 1) => "ICMPv6 administratively prohibited",
        (1, 3) => "ICMPv6 address unreachable",
        (1, 4) => "ICMPv6 port unreachable",
        (1, 5) => "ICMPv6 source address failed policy",
        (1, 6) => "ICMPv6 reject route",
        (1, _) => "ICMPv6 destination unreachable",
        (2, _) => "ICMPv6 packet too big",
        (3, _) => "ICMPv6 time exceeded",
        _ => "ICMPv6 error",
    }
}
