//! The recorded connection: plain or inside TLS, one message at a time. There is no I/O that the tape does not see,
//! and none outside a phase.

mod close;
mod command;
mod connection;
mod flow;
mod limits;
mod opening;
mod recorded;
mod stream;
mod transport;
mod via;
mod way;

#[cfg(test)]
pub(crate) use command::SECRETS;
pub use connection::{DRAWN, HELD, UNDRAWN, Wire};
pub(crate) use flow::Flow;
pub use limits::{Halt, Limits};
pub(crate) use opening::tls_cause;
pub use stream::{MOST_SENT, Stream};
pub use via::{Proxy, Via};
pub use way::Way;
