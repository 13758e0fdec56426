//! DTLS as far as it is in clear, RFC 6347: what the lossy mode of RDP over UDP and a gateway's UDP speak instead of
//! TLS. What both have in common stands in [`crate::tls`].
//!
//! | part | defined in |
//! | --- | --- |
//! | [`Record`] | RFC 6347 section 4.1 |
//! | [`Fragment`], [`Flight`] | RFC 6347 section 4.2.2, 4.2.3 |
//! | [`ClientHello`], [`HelloVerifyRequest`] | RFC 6347 section 4.2.1 |

mod flight;
mod fragment;
mod hello;
mod record;

pub use flight::{Flight, Message};
pub use fragment::Fragment;
pub use hello::{ClientHello, HelloVerifyRequest};
pub use record::Record;
