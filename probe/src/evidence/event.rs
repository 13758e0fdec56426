use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Frame, Probe, Quoted};
use crate::clock::Moment;
use crate::phase::Phase;
use crate::stop::Icmp;
use crate::sys::TcpInfo;

/// One thing seen, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// When, in microseconds since the run began.
    #[serde(rename = "at_us")]
    pub at: Moment,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What can be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A phase began.
    Enter {
        /// Which.
        phase: Phase,
    },
    /// A phase ended.
    Leave {
        /// Which.
        phase: Phase,
        /// How.
        outcome: Outcome,
    },
    /// From here on a message is awaited.
    Awaiting {
        /// Its title.
        message: String,
    },
    /// Bytes that we wrote to the socket, noted before the write.
    Sent(Bytes),
    /// Bytes that we read from the socket.
    Received(Bytes),
    /// A message that we put inside TLS.
    Sealed {
        /// Its title.
        message: String,
        /// Its bytes, in clear.
        #[serde(flatten)]
        bytes: Bytes,
    },
    /// A message that came inside TLS.
    Opened {
        /// Its title.
        message: String,
        /// Its bytes, in clear.
        #[serde(flatten)]
        bytes: Bytes,
    },
    /// The other side ended the connection.
    Ended {
        /// How.
        how: End,
    },
    /// What the kernel knew of the connection.
    // In a box, since every entry of a tape is as large as the largest.
    Kernel(Box<TcpInfo>),
    /// An ICMP message about our connection.
    Icmp {
        /// What it said.
        icmp: Icmp,
        /// What of our packet it quotes, where the capture saw it; the kernel's queue does not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quoted: Option<Quoted>,
    },
    /// A packet of our connection on the wire, at the kernel's time.
    Frame(Frame),
    /// A packet that was sent for its fate alone.
    Probe {
        /// Its number in the walk.
        number: u32,
        /// What was sent.
        #[serde(flatten)]
        probe: Probe,
    },
    /// What came of such a packet; one that has none got no answer.
    Answer {
        /// The number of the packet that it answers.
        number: u32,
        /// What came.
        #[serde(flatten)]
        answer: Answer,
    },
    /// A sense that this run does not have: what it would have seen is unknown, not absent.
    Blind {
        /// Which.
        sense: Sense,
        /// Why.
        reason: String,
    },
}

impl Event {
    /// The phase that began, for an `Enter`.
    pub fn enter(&self) -> Option<Phase> {
        if let Self::Enter { phase } = self { Some(*phase) } else { None }
    }

    /// The phase that ended and how, for a `Leave`.
    pub fn leave(&self) -> Option<(Phase, Outcome)> {
        if let Self::Leave { phase, outcome } = self { Some((*phase, *outcome)) } else { None }
    }

    /// How the other side ended the connection, for an `Ended`.
    pub fn ended(&self) -> Option<End> {
        if let Self::Ended { how } = self { Some(*how) } else { None }
    }

    /// The bytes that came, for a `Received`.
    pub fn received(&self) -> Option<&Bytes> {
        if let Self::Received(bytes) = self { Some(bytes) } else { None }
    }

    /// The bytes that went, for a `Sent`.
    pub fn sent(&self) -> Option<&Bytes> {
        if let Self::Sent(bytes) = self { Some(bytes) } else { None }
    }

    /// The title of the message that went, for a `Sealed`.
    pub fn sealed(&self) -> Option<&str> {
        if let Self::Sealed { message, .. } = self { Some(message) } else { None }
    }

    /// The awaited message, for an `Awaiting`.
    pub fn awaiting(&self) -> Option<&str> {
        if let Self::Awaiting { message } = self { Some(message) } else { None }
    }

    /// The packet, for a `Frame`.
    pub fn frame(&self) -> Option<&Frame> {
        if let Self::Frame(frame) = self { Some(frame) } else { None }
    }

    /// Which packet it answers, and what came, for an `Answer`.
    pub fn answer(&self) -> Option<(u32, &Answer)> {
        if let Self::Answer { number, answer } = self { Some((*number, answer)) } else { None }
    }

    /// The kernel's view, for a `Kernel`.
    pub fn kernel(&self) -> Option<&TcpInfo> {
        if let Self::Kernel(info) = self { Some(info) } else { None }
    }
}

/// Bytes as they crossed, kept up to a cap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bytes {
    /// The bytes that were kept, in hex.
    #[serde(with = "hex")]
    #[schemars(with = "String")]
    pub bytes: Vec<u8>,
    /// How many there were.
    pub length: usize,
}

/// How a phase ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What had to happen in it happened.
    Passed,
    /// The walk stopped in it.
    Stopped,
    /// The walk did not come so far.
    NotReached,
    /// The walk did not need it.
    NotApplicable,
}

/// How the other side ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// A TCP reset.
    Reset,
    /// A TCP FIN.
    Fin,
    /// A TLS `close_notify` alert.
    CloseNotify,
}

/// What a run can see with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    /// The wire itself: packets with their TTL, flags and kernel times.
    Capture,
    /// The kernel's queue of ICMP messages.
    ErrorQueue,
    /// `TCP_INFO`.
    Kernel,
}
