//! The lab's RDP server: healthy by itself, and at each step as faulty as its scenario says.
//!
//! Every answer is made in full before the act is done to it, so that an act is the same at every step: it works on
//! the bytes that would have gone out, whichever layer wrote them.

mod certificate;
mod credssp;
mod lab_server;
mod line;
mod negotiate;
mod old_tls;
mod seen;
mod session;
mod settings;
mod tls;

pub use certificate::CertificateError;
pub use lab_server::{LabServer, StartError};
pub use seen::{Connection, End};
