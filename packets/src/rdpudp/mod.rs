//! RDP over UDP: [MS-RDPEUDP], whose numbers are big-endian, its successor [MS-RDPEUDP2], and [MS-RDPEMT], the tunnel
//! inside both.
//!
//! ```text
//! client                        server
//! SYN                    ->                          Opening: version, MTUs, correlation id
//!                        <-     SYN+ACK              Opening
//! ACK, TLS ClientHello   ->                          Segment, up to version 2
//!                        <-     TLS ServerHello ...  Segment, up to version 2
//! tunnel, inside TLS     <->                         tunnel::TunnelPdu
//! ```
//!
//! | part | defined in |
//! | --- | --- |
//! | [`Flags`], [`UdpVersion`] | MS-RDPEUDP 2.2.2.1, 2.2.2.9 |
//! | [`Opening`], [`SynEx`], [`cookie_hash`] | MS-RDPEUDP 2.2.2.5, 2.2.2.8, 2.2.2.9, 3.1.5.1.1, 3.1.5.1.3 |
//! | [`Segment`], [`Payload`] | MS-RDPEUDP 2.2.2.2, 2.2.2.4, 2.2.2.6, 3.1.5.1.2 to 3.1.5.1.5 |
//! | [`AckVector`] | MS-RDPEUDP 2.2.2.7 |
//! | [`Reassembly`] | MS-RDPEUDP 3.1.1.4, for the reliable mode |
//! | [`v2`] | MS-RDPEUDP2 2.2.1: version 3 of the openings |
//! | [`tunnel`] | MS-RDPEMT 2.2 |

mod ack;
mod flags;
mod opening;
mod reassembly;
mod segment;
pub mod tunnel;
pub mod v2;

pub use ack::{AckState, AckVector, LONGEST_VECTOR, Run};
pub use flags::{Flags, SynExFlags, UdpVersion};
pub use opening::{LARGEST_MTU, OPENING_WINDOW, Opening, SMALLEST_MTU, SynEx, cookie_hash};
pub use reassembly::{Arrivals, Reassembly, Refusal, Taken, WINDOW};
pub use segment::{Datagram, Payload, Segment};
