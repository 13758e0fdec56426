//! The recorded connection: plain or inside TLS, one message at a time. There is no I/O that the tape does not see,
//! and none outside a phase.

mod connection;
mod limits;
mod opening;
mod told;

pub use connection::{DRAWN, HELD, UNDRAWN, Wire};
pub use limits::{Halt, Limits};
pub(crate) use opening::tls_cause;
