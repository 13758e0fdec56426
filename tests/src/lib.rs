//! What rdp-probe is held against: a lab RDP server that obeys a script, and the bed of real servers.
//!
//! | module | is |
//! | --- | --- |
//! | [`act`] | what the lab does where a healthy server would answer |
//! | [`lie`] | the bytes that are not the answer |
//! | [`scenario`] | a server, its acts, and what is to be found of it |
//! | [`server`] | the server that obeys |
//! | [`udp`] | its UDP side |
//! | [`probe`] | the probe, run in this process |
//! | [`cli`] | the command `rdp-lab` |
//! | [`anyone`] | a TLS client that trusts anyone |
//! | [`author`] | ends of connections whose author is known |
//! | [`bed`] | real servers, started on loopback |

pub mod act;
pub mod anyone;
pub mod author;
pub mod bed;
pub mod cli;
pub mod lie;
pub mod probe;
pub mod scenario;
pub mod server;
pub mod udp;
