use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Says whether the datagrams of a socket may be cut into fragments. Those that may not are sent in whatever size the
/// interface takes, whatever the kernel knows of the path; a larger one fails, and the error queue tells the size.
#[expect(unsafe_code, reason = "nix and socket2 do not know these options; setsockopt reads one integer of ours")]
pub fn allow(socket: &impl AsFd, ipv6: bool, fragments: bool) -> io::Result<()> {
    let (level, option, value) = match (ipv6, fragments) {
        (false, true) => (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_DONT),
        (false, false) => (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_PROBE),
        (true, true) => (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_DONT),
        (true, false) => (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_PROBE),
    };
    let length = libc::socklen_t::try_from(size_of_val(&value)).map_err(io::Error::other)?;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: `value` outlives the call, and `length` is its size.
    let done = unsafe { libc::setsockopt(fd, level, option, (&raw const value).cast(), length) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whether a datagram was not sent because our own interface sends none so large.
pub fn is_too_large(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EMSGSIZE)
}
