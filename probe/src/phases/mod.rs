//! The phases, one file each: what is sent, what is awaited, and which facts come of it.

mod auto_detect;
pub(crate) mod capabilities;
pub(crate) mod certificate;
pub(crate) mod channels;
pub(crate) mod connect;
pub(crate) mod credssp;
pub(crate) mod datagrams;
pub(crate) mod describe;
pub(crate) mod dtls;
pub(crate) mod finalization;
pub(crate) mod hops;
pub(crate) mod licensing;
pub(crate) mod logon;
pub(crate) mod multitransport;
pub(crate) mod negotiate;
mod probing;
pub(crate) mod proxy;
pub(crate) mod resolve;
pub(crate) mod security;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod stun;
pub(crate) mod tls;
#[cfg(feature = "credentials")]
mod trust;
pub(crate) mod udp_syn;
pub(crate) mod udp_tunnel;
pub(crate) mod upstream;

pub(crate) use tls::random;
