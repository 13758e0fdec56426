//! What a walk over UDP learns.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::facts;

facts! {
    /// What the SYN asked and the SYN+ACK answered, [MS-RDPEUDP] 3.1.5.1.
    UdpSyn {
        /// Our address and port.
        local: SocketAddr,
        /// The version that our SYN offered: `1`, `2` or `3`.
        offered: String,
        /// How long our SYN was, in bytes of UDP payload.
        length: usize,
        /// The version that the server took.
        version: String,
        /// The largest datagram from us that the server takes, in bytes of UDP payload.
        upstream_mtu: u16,
        /// The largest datagram that the server sends, in bytes of UDP payload.
        downstream_mtu: u16,
        /// How long the SYN+ACK was, in bytes of UDP payload.
        answer_length: usize,
        /// Our address and port as a STUN server sees them.
        mapped: SocketAddr,
        /// How long it took, in microseconds.
        rtt_us: u64,
        /// How often the server sent the same SYN+ACK again.
        repeats: u32,
        /// A SYN+ACK with another initial sequence number came as well: there are two that answer.
        second_answer: bool,
    }

    /// What came of the tunnel, [MS-RDPEMT] 2.2.2.
    UdpTunnel {
        /// The number of the server's request.
        request_id: u32,
        /// The server's `hrResponse` by name.
        result: String,
    }
}
