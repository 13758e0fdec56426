use std::fmt;

/// The peer's bytes are not the message that was due.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}: `{field}` at byte {offset} {fault}")]
pub struct DecodeError {
    /// The message that was being read, by the specification's title.
    pub message: &'static str,
    /// The field that was being read, by the specification's name.
    pub field: &'static str,
    /// Where the field begins, in bytes from the start of the outermost message.
    pub offset: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The message ends before the field does.
    Missing {
        /// Bytes that the field needs.
        needed: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// The field holds a value that it may not hold.
    Value {
        /// What it holds.
        found: u64,
        /// What it may hold, in words that follow "not".
        expected: &'static str,
    },
    /// The field's bytes are not of the form that they must have.
    Form {
        /// The form they must have, in words that follow "is not".
        expected: &'static str,
    },
    /// The message is over, and bytes are left.
    Leftover {
        /// How many.
        left: usize,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { needed, left } => write!(f, "needs {needed} bytes, {left} are left"),
            Self::Value { found, expected } => write!(f, "holds {found:#04x}, not {expected}"),
            Self::Form { expected } => write!(f, "is not {expected}"),
            Self::Leftover { left } => write!(f, "is followed by {left} bytes that belong to nothing"),
        }
    }
}
