//! What the capture saw: packets of our own connection, as they crossed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One TCP packet of our own connection, seen on the wire at the time that the kernel gave it.
///
/// The kernel may join packets that came and split those that go (GRO, GSO): `length` above the MTU is no
/// fragmentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Frame {
    /// Who sent it.
    pub direction: Direction,
    /// The version of IP: 4 or 6.
    pub ip: u8,
    /// The time to live, or the hop limit, that was left when we saw it.
    pub ttl: u8,
    /// The identification; IPv4 alone has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u16>,
    /// Whether it may not be fragmented; IPv6 does not ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dont_fragment: Option<bool>,
    /// The bytes of the whole packet, its IP header included.
    pub length: usize,
    /// The TCP flags that are set, from the lowest bit.
    pub flags: Vec<Flag>,
    /// The sequence number, as it crossed.
    pub seq: u32,
    /// The acknowledgement number; it means something with `ack` alone.
    pub ack: u32,
    /// The window field, not scaled.
    pub window: u16,
    /// The TCP options in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<TcpOption>,
    /// The bytes behind the TCP header.
    pub payload: usize,
}

/// Who sent a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Our own host.
    Ours,
    /// The other side, or whoever speaks in its name.
    Theirs,
}

/// A flag of the TCP header, RFC 9293 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// No more data from the sender.
    Fin,
    /// Begins a connection.
    Syn,
    /// Resets the connection.
    Rst,
    /// Wants to be delivered at once.
    Psh,
    /// The acknowledgement number holds.
    Ack,
    /// The urgent pointer holds.
    Urg,
    /// Congestion was met (RFC 3168).
    Ece,
    /// The sender has slowed down (RFC 3168).
    Cwr,
}

impl Flag {
    /// All flags, from the lowest bit.
    pub const ALL: &'static [Self] =
        &[Self::Fin, Self::Syn, Self::Rst, Self::Psh, Self::Ack, Self::Urg, Self::Ece, Self::Cwr];
}

/// An option of the TCP header, in the order and with the padding that identify an implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TcpOption {
    /// Padding.
    Nop,
    /// The largest segment that the sender takes, RFC 9293 3.7.1.
    Mss {
        /// In bytes.
        bytes: u16,
    },
    /// How the window is scaled, RFC 7323 2.
    WindowScale {
        /// By so many bits.
        shift: u8,
    },
    /// Selective acknowledgements are understood, RFC 2018 2.
    SackPermitted,
    /// Selective acknowledgements, RFC 2018 3.
    Sack {
        /// How many blocks.
        blocks: usize,
    },
    /// Timestamps, RFC 7323 3.
    Timestamps {
        /// The sender's own.
        value: u32,
        /// The one that it gives back.
        echo: u32,
    },
    /// Any other, or one that is shorter than it should be.
    Other {
        /// Its kind.
        code: u8,
    },
}

impl Frame {
    /// Whether a flag is set.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }

    /// Whether it is that side's, and there is data in it.
    pub fn carries(&self, direction: Direction) -> bool {
        self.direction == direction && self.payload > 0
    }

    /// The sequence number after it.
    pub fn next_seq(&self) -> u32 {
        let flags = u32::from(self.has(Flag::Syn)) + u32::from(self.has(Flag::Fin));
        self.seq.wrapping_add(u32::try_from(self.payload).unwrap_or(u32::MAX)).wrapping_add(flags)
    }

    /// The largest segment that its sender takes, where it says so.
    pub fn mss(&self) -> Option<u16> {
        self.options.iter().find_map(|option| if let TcpOption::Mss { bytes } = option { Some(*bytes) } else { None })
    }
}

/// What an ICMP error that came repeats of the packet of ours that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quoted {
    /// The time to live, or the hop limit, that was left to the ICMP message itself.
    pub ttl: u8,
    /// What was left to our packet when it was given up.
    pub quoted_ttl: u8,
    /// The sequence number of our packet.
    pub seq: u32,
    /// The bytes of our whole packet, by its own IP header.
    pub length: usize,
    /// The largest packet that would have passed, where the message says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}
