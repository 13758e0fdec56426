//! The kernel's times of packets: it notes them once somebody wants to know, and begins a while after it was asked.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use rdp_probe::clock::{Clock, Moment};
use rdp_probe::sys::{Capture, Flow};

/// What keeps the kernel at it, for as long as this process lives.
static HELD: OnceLock<Option<Mutex<Capture>>> = OnceLock::new();

/// How long the kernel may take to begin.
const BUDGET: Duration = Duration::from_secs(5);

/// Lets the kernel note the times of all packets from here on, in every network namespace. Who may not capture has no
/// use for them.
///
/// # Panics
/// If it does not begin.
pub fn stamped() {
    HELD.get_or_init(|| Some(Mutex::new(stamping(Capture::open().ok()?).expect("the kernel notes times of packets"))));
}

/// Hears packets of its own until one has a time.
fn stamping(mut capture: Capture) -> io::Result<Capture> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut ours = TcpStream::connect(listener.local_addr()?)?;
    let (mut theirs, local) = listener.accept()?;
    capture.follow(Flow { remote: listener.local_addr()?, local_port: local.port() })?;
    let clock = Clock::start();
    while clock.now() < Moment::default().after(BUDGET) {
        ours.write_all(b"?")?;
        theirs.read_exact(&mut [0])?;
        while let Some((at, _)) = capture.take() {
            if at.is_some() {
                return Ok(capture);
            }
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}
