//! The lab's UDP side: RDP-UDP up to version 2 with TLS and the tunnel inside, the openings of version 3, and every
//! fault that a scenario's `[udp]` table names. It shares nothing with the probe but the codec.
//!
//! ```text
//! server     one socket; a task for each client address
//! line       what one client hears, and what it says
//! opening    SYN, SYN+ACK, and its repeats
//! stream     the reliable mode: packets, and their acknowledgements
//! outgoing   what the client has not acknowledged, and when that is sent again
//! inside     TLS in it, and the tunnel in TLS
//! lossy      the other mode: DTLS, up to the certificate
//! cookies    what the TCP side gave out
//! seen       what came, for tests to count
//! ```

mod cookies;
mod inside;
mod line;
mod lossy;
mod opening;
mod outgoing;
mod seen;
mod server;
mod stream;

pub use cookies::Cookies;
pub use seen::{Datagram, Flow, Flows, Heard, Tunnel};
pub use server::UdpServer;
