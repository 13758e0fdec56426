//! The Multipoint Communication Service, as far as RDP uses it: [T.125] section 7, and [MS-RDPBCGR] 2.2.1.3 to 2.2.1.9.
//!
//! The two connect messages are in BER, all others in PER: a [`DomainPdu`] begins with its choice in six bits, and what
//! has more than a few bits begins at a byte.

mod connect;
mod domain;
mod ultimatum;

pub use connect::{ConnectInitial, ConnectResponse, DomainParameters, Outcome};
pub use domain::{DomainPdu, Priority, SendData};
pub use ultimatum::{ConnectAnswer, DisconnectProviderUltimatum, Reason};
