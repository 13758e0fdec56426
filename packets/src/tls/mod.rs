//! TLS as far as it is in clear: enough to ask a server for its version, suite and certificate, and to name what it
//! answers, also where our TLS library and the server have nothing in common.
//!
//! | part | defined in |
//! | --- | --- |
//! | [`Record`], [`Version`] | RFC 5246 section 6.2.1, RFC 8446 section 5.1 |
//! | [`Alert`] | RFC 8446 section 6, IANA TLS Alerts |
//! | [`Handshake`], [`Flight`] | RFC 5246 section 7.4, RFC 8446 section 4 |
//! | [`ClientHello`], [`ServerHello`] | RFC 5246 section 7.4.1, RFC 8446 section 4.1 |
//! | [`Certificate`] | RFC 5246 section 7.4.2; from TLS 1.3 on it is encrypted |
//! | [`Extension`] | RFC 6066, RFC 7685, RFC 8422, RFC 8446 section 4.2 |

mod alert;
mod certificate;
mod client_hello;
mod extension;
mod flight;
mod group;
mod handshake;
mod record;
mod server_hello;
mod signature;
mod suite;

pub use alert::{Alert, AlertDescription, AlertLevel};
pub use certificate::Certificate;
pub use client_hello::ClientHello;
pub use extension::{Extension, ExtensionType};
pub use flight::{Flight, LONGEST_MESSAGE};
pub use group::NamedGroup;
pub use handshake::{Handshake, HandshakeType};
pub use record::{ContentType, LONGEST_FRAGMENT, LONGEST_PLAIN, RECORD_HEADER, Record, Version};
pub use server_hello::{RETRY, ServerHello};
pub use signature::SignatureScheme;
pub use suite::CipherSuite;
