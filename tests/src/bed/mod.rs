//! The bed: real servers, started on loopback, each on a port that the kernel gave, in a directory that goes with it;
//! and in [`net`], paths to a server.
//!
//! A server that is started listens already; one that is dropped is gone with everything it started, and so is one
//! whose suite was killed.
//!
//! | module | starts | which takes |
//! | --- | --- | --- |
//! | [`xrdp`] | xrdp | TLS, RDP security, either, TLS up to 1.1 alone |
//! | [`shadow`] | the shadow server of `FreeRDP` | NLA, TLS, RDP security |
//! | [`weston`] | weston's RDP backend | TLS, RDP security alone |
//! | [`iron`] | a server on `ironrdp-server` | NLA, TLS, RDP security |
//! | [`kdc`] | MIT's `krb5kdc` | Kerberos, for one user and one server, on a clock that may be wrong |
//! | [`openssl`] | `openssl s_server` behind an X.224 front of ours | TLS 1.0 alone, RSA key exchange alone, a weak key |

mod cargo;
mod certificate;
mod error;
mod front;
pub mod iron;
pub mod kdc;
pub mod net;
pub mod openssl;
mod port;
mod process;
mod real_server;
pub mod shadow;
mod stamps;
pub mod weston;
pub mod xrdp;
mod xvfb;

pub use cargo::cargo;
pub use error::{Error, Result, or_skip};
pub use real_server::RealServer;
pub use stamps::stamped;
pub use xvfb::Display;
