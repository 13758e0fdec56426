//! Standard RDP Security, [MS-RDPBCGR] 5.3: what encrypts a session where TLS does not.
//!
//! ```text
//! server: certificate with an RSA key, random   (settings)   ServerCertificate
//! client: its random, under that key            (security)   SecurityExchange
//! both:   keys from the two randoms; each message sealed     Session
//! ```
//!
//! Both sides of all of it are here. Secrets are zeroed when they are dropped, and no `Debug` shows one.

mod certificate;
pub(crate) mod digest;
mod exchange;
mod fips;
pub(crate) mod rc4;
mod rsa;
mod session;
mod signature;
mod x509;

pub use certificate::{CertificateChain, ProprietaryCertificate, ServerCertificate};
pub use exchange::SecurityExchange;
pub use rsa::{PrivateKey, PublicKey};
pub use session::Session;

/// A random number that both sides derive keys from.
pub type Random = [u8; 32];
