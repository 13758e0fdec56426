//! A network device whose wire is this process.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;

/// A TUN device: what the kernel sends through it is read here, one IP packet at a time, and what is written here the
/// kernel receives. It ends with this value.
#[derive(Debug)]
pub(super) struct Tun {
    file: File,
}

impl Tun {
    /// Makes the device in the calling thread's namespace. Reading it never waits.
    #[expect(unsafe_code, reason = "only an ioctl turns /dev/net/tun into a device")]
    pub(super) fn open(name: &str) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/net/tun")?;
        let flags = libc::c_short::try_from(libc::IFF_TUN | libc::IFF_NO_PI).map_err(io::Error::other)?;
        let mut request =
            libc::ifreq { ifr_name: [0; libc::IFNAMSIZ], ifr_ifru: libc::__c_anonymous_ifr_ifru { ifru_flags: flags } };
        for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
            *to = from.cast_signed();
        }
        // SAFETY: `request` outlives the call, and the kernel writes no more than the size of an `ifreq`.
        match unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) } {
            0 => Ok(Self { file }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// The next packet that the kernel has sent; [`io::ErrorKind::WouldBlock`] when there is none.
    pub(super) fn receive(&self, room: &mut [u8]) -> io::Result<usize> {
        (&self.file).read(room)
    }

    /// Lets the kernel receive a packet.
    pub(super) fn send(&self, packet: &[u8]) -> io::Result<()> {
        (&self.file).write_all(packet)
    }
}

impl AsFd for Tun {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
