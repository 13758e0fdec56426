//! The Multipoint Communication Service as far as the Basic Settings Exchange: [T.125] section 7, and [MS-RDPBCGR]
//! 2.2.1.3 and 2.2.1.4.
//!
//! The two connect messages are in BER, all others in PER.

mod connect;
mod ultimatum;

pub use connect::{ConnectInitial, ConnectResponse, DomainParameters, Outcome};
pub use ultimatum::{ConnectAnswer, DisconnectProviderUltimatum, Reason};
