use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes that are not the message that was due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Garbled {
    /// The message that was being read.
    pub message: String,
    /// The field that does not hold.
    pub field: String,
    /// Where the field begins, in bytes from the start of the message.
    pub offset: usize,
    /// What stands there.
    pub found: String,
    /// Which other service the first bytes belong to, when they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks_like: Option<String>,
}

impl fmt::Display for Garbled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.looks_like {
            write!(f, "not RDP but {service}: ")?;
        }
        write!(f, "{}: `{}` at byte {} {}", self.message, self.field, self.offset, self.found)
    }
}
