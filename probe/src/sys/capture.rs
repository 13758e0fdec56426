//! The wire: a packet socket of our own that hears one flow and nothing else.
//!
//! It is opened with the privilege that this takes, hears nothing until it is bound, and is never promiscuous. What
//! comes waits in the kernel with the time at which it came, so that nobody has to read it while times are measured.

use std::io;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::time::{Duration, SystemTime};

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::RcvBufForce;
use pnet::datalink::{self, Channel, ChannelType, Config, DataLinkReceiver, NetworkInterface};
use socket2::{Domain, Socket, Type};

use super::filter::{self, Flow};
use crate::clock;

/// What the kernel may hold for us until we read it, in bytes.
const QUEUE: usize = 4 * 1024 * 1024;

/// The longest packet that is read whole; the kernel joins packets of a flow, but not beyond this.
const LONGEST: usize = 256 * 1024;

/// `PACKET_STATISTICS` of `linux/if_packet.h`: packets and drops since the last question.
const PACKET_STATISTICS: libc::c_int = 6;

/// `SIOCGSTAMPNS_NEW` of `linux/sockios.h`: seconds and nanoseconds, 64 bits each on every machine.
const SIOCGSTAMPNS: libc::Ioctl = 0x8010_8907;

/// A packet socket that follows one flow at a time.
pub struct Capture {
    socket: Socket,
    /// Reads from a copy of the same socket; there once it is bound.
    receiver: Option<Box<dyn DataLinkReceiver>>,
    /// Whether the kernel notes the times of packets: it begins some time after it was asked to.
    times: bool,
}

impl Capture {
    /// Opens the socket, which takes `CAP_NET_RAW`. It hears nothing yet.
    pub fn open() -> io::Result<Self> {
        // Protocol 0: nothing arrives before the socket is bound, so no packet slips in before the filter.
        let socket = Socket::new(Domain::PACKET, Type::DGRAM, None)?;
        socket.attach_filter(&filter::nothing())?;
        if setsockopt(&socket, RcvBufForce, &QUEUE).is_err() {
            socket.set_recv_buffer_size(QUEUE)?;
        }
        // The first question tells no time, but makes the kernel note times, soon.
        stamp(&socket);
        Ok(Self { socket, receiver: None, times: false })
    }

    /// Hears one flow from here on. It takes no privilege.
    pub fn follow(&mut self, flow: Flow) -> io::Result<()> {
        if self.receiver.is_none() {
            self.receiver = Some(bind(&self.socket)?);
        }
        self.socket.attach_filter(&filter::only(flow))
    }

    /// Hears nothing from here on; what has come can still be read.
    pub fn rest(&self) -> io::Result<()> {
        self.socket.attach_filter(&filter::nothing())
    }

    /// Takes the next packet that has come, from its IP header on, with the kernel's wall time; `None` when there is
    /// none. Until the kernel has begun to note times, it would tell the time of our question: such a packet has none.
    pub fn take(&mut self) -> Option<(Option<SystemTime>, &[u8])> {
        let asked = clock::wall_now();
        let packet = self.receiver.as_mut()?.next().ok()?;
        let at = stamp(&self.socket);
        self.times |= at.is_some_and(|at| at <= asked);
        Some((at.filter(|_| self.times), packet))
    }

    /// How many packets the kernel had no room for since it was last asked.
    #[expect(unsafe_code, reason = "getsockopt fills a plain array whose length we pass")]
    pub fn dropped(&self) -> u32 {
        let mut statistics = [0_u32; 2];
        let mut length = libc::socklen_t::try_from(size_of_val(&statistics)).unwrap_or_default();
        let (fd, to) = (self.socket.as_raw_fd(), statistics.as_mut_ptr().cast());
        // SAFETY: `statistics` outlives the call, `length` is its size, and the kernel writes no more than that.
        let done = unsafe { libc::getsockopt(fd, libc::SOL_PACKET, PACKET_STATISTICS, to, &raw mut length) };
        let [_, drops] = statistics;
        if done == 0 { drops } else { 0 }
    }
}

/// Binds the socket to all interfaces through pnet, which then owns a copy of it.
fn bind(socket: &Socket) -> io::Result<Box<dyn DataLinkReceiver>> {
    let everywhere = NetworkInterface {
        name: String::new(),
        description: String::new(),
        index: 0,
        mac: None,
        ips: Vec::new(),
        flags: 0,
    };
    let config = Config {
        read_buffer_size: LONGEST,
        write_buffer_size: 0,
        // What has come is read, nothing is waited for.
        read_timeout: Some(Duration::ZERO),
        channel_type: ChannelType::Layer3(u16::try_from(libc::ETH_P_ALL).unwrap_or_default()),
        promiscuous: false,
        socket_fd: Some(socket.try_clone()?.into_raw_fd()),
        ..Config::default()
    };
    match datalink::channel(&everywhere, config)? {
        Channel::Ethernet(_, receiver) => Ok(receiver),
        _ => Err(io::Error::from(io::ErrorKind::Unsupported)),
    }
}

/// When the packet that was read last came, by the kernel's wall clock; `None` before the first.
#[expect(unsafe_code, reason = "ioctl fills a plain array of the size that its number names")]
fn stamp(socket: &Socket) -> Option<SystemTime> {
    let mut time = [0_i64; 2];
    // SAFETY: `time` outlives the call, and the kernel writes two 64-bit numbers.
    let done = unsafe { libc::ioctl(socket.as_raw_fd(), SIOCGSTAMPNS, time.as_mut_ptr()) };
    let [seconds, nanoseconds] = time;
    let since = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
    (done == 0).then_some(SystemTime::UNIX_EPOCH + since)
}
