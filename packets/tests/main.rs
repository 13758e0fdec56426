//! The crate held against bytes that it did not make: goldens written by hand from the specifications, recordings of
//! real servers, arbitrary bytes, and another decoder.

mod corpus;
mod golden;
mod licensing;
mod properties;
mod properties_rdp;
mod properties_session;
mod properties_udp;
mod referee;
mod referee_session;
mod referee_udp;
mod security;
