//! The lab's RDP server: healthy by itself, and at each step as faulty as its scenario says.
//!
//! Every answer is made in full before the act is done to it, so that an act is the same at every step: it works on
//! the bytes that would have gone out, whichever layer wrote them.

mod capabilities;
pub(crate) mod certificate;
mod channels;
mod credssp;
mod domain;
mod finalization;
mod lab_server;
mod licensing;
mod line;
mod logon;
mod negotiate;
mod old_tls;
mod redirection;
mod rsa_key;
mod security;
mod seen;
mod session;
mod settings;
pub(crate) mod tls;
mod visit;

pub use certificate::CertificateError;
pub use lab_server::{LabServer, StartError};
pub use seen::{Connection, Delegated, End};
pub use visit::{Info, Visit};
