use std::fmt;

use rdp_packets::codec::DecodeError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CauseKind, Garbled, Icmp, Operation, Refusal, RefusalKind};

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// Nothing came within the time allowed.
    Silence,
    /// A reset answered our SYN, and no ICMP message explains it.
    Refused,
    /// A reset after the connection was established, seen by a read or a write.
    Reset,
    /// The other side closed where its next message was due.
    Closed,
    /// An ICMP message, or our own host's routing, said that the target cannot be reached.
    Unreachable {
        /// What said so.
        icmp: Icmp,
    },
    /// The other side understood and said no in its own protocol.
    Declined {
        /// What it said.
        refusal: Refusal,
    },
    /// The peer's bytes are not the message that was due, or a value stands where it may not.
    Garbled(Garbled),
    /// Our own side could not go on.
    Local {
        /// What we were doing.
        #[schemars(with = "String")]
        operation: Operation,
        /// Why it failed.
        error: String,
    },
}

impl Cause {
    /// A refusal, when it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        if let Self::Declined { refusal } = self { Some(refusal) } else { None }
    }

    /// What kind of end it is.
    pub const fn kind(&self) -> CauseKind {
        match self {
            Self::Silence => CauseKind::Silence,
            Self::Refused => CauseKind::Refused,
            Self::Reset => CauseKind::Reset,
            Self::Closed => CauseKind::Closed,
            Self::Unreachable { .. } => CauseKind::Unreachable,
            Self::Declined { .. } => CauseKind::Declined,
            Self::Garbled(_) => CauseKind::Garbled,
            Self::Local { .. } => CauseKind::Local,
        }
    }

    /// The user wished the walk to end.
    pub fn interrupted() -> Self {
        Self::local(Operation::Interrupted, "the user ended the run")
    }

    /// The run's deadline ended a wait before its time.
    pub fn cut_by_the_deadline() -> Self {
        Self::local(Operation::Deadline, "the run's time was over")
    }

    /// Whether the walk was cut from outside, so that it shows nothing of the target.
    pub const fn is_cut(&self) -> bool {
        matches!(self, Self::Local { operation: Operation::Interrupted | Operation::Deadline, .. })
    }

    /// Whether it was the TLS library that would not go on with what the server sent.
    pub const fn is_library(&self) -> bool {
        matches!(self, Self::Local { operation: Operation::TlsLibrary, .. })
    }

    /// Whether it was the key distribution centre that gave no answer.
    pub const fn is_kdc(&self) -> bool {
        matches!(self, Self::Local { operation: Operation::Kdc, .. })
    }

    /// Whether nothing more came, for whatever reason.
    pub const fn is_an_end(&self) -> bool {
        matches!(self, Self::Silence | Self::Reset | Self::Closed)
    }

    /// Whether bytes of a message with this name could not be read.
    pub fn garbles(&self, name: &str) -> bool {
        matches!(self, Self::Garbled(garbled) if garbled.message == name)
    }

    /// A no in the other side's own protocol.
    pub fn declined(kind: RefusalKind, code: impl Into<String>, name: impl Into<String>) -> Self {
        Self::Declined { refusal: Refusal { kind, code: code.into(), name: name.into() } }
    }

    /// Something that our own side could not do.
    pub fn local(operation: Operation, error: impl fmt::Display) -> Self {
        Self::Local { operation, error: error.to_string() }
    }

    /// A well-formed value that may not stand where it stands.
    pub fn misplaced(message: &str, field: &str, offset: usize, found: impl Into<String>) -> Self {
        let (message, field) = (message.to_owned(), field.to_owned());
        Self::Garbled(Garbled { message, field, offset, found: found.into(), looks_like: None })
    }
}

impl From<DecodeError> for Cause {
    fn from(error: DecodeError) -> Self {
        Self::misplaced(error.message, error.field, error.offset, error.fault.to_string())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silence => f.write_str("no answer"),
            Self::Refused => f.write_str("connection refused"),
            Self::Reset => f.write_str("connection reset"),
            Self::Closed => f.write_str("closed by the other side"),
            Self::Unreachable { icmp } => icmp.fmt(f),
            Self::Declined { refusal } => refusal.fmt(f),
            Self::Garbled(garbled) => garbled.fmt(f),
            Self::Local { operation, error } => write!(f, "{operation}: {error}"),
        }
    }
}
