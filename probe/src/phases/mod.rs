//! The phases, one file each: what is sent, what is awaited, and which facts come of it.

pub(crate) mod certificate;
pub(crate) mod connect;
pub(crate) mod credssp;
pub(crate) mod describe;
pub(crate) mod negotiate;
pub(crate) mod resolve;
pub(crate) mod settings;
pub(crate) mod tls;
