//! Paths to a server: a line of wires between network namespaces, which all end with the value that holds them.
//!
//! ```text
//! client ---- wire 0 ---- router 0 ---- wire 1 ---- router 1 ---- wire 2 ---- server
//!   10.99.0.1     10.99.0.2    10.99.1.1   10.99.1.2    10.99.2.1   10.99.2.2
//!   fd99:0::1     fd99:0::2    fd99:1::1   fd99:1::2    fd99:2::1   fd99:2::2
//! ```
//!
//! An interface is called by where it leads: `client` or `server`. A wire is a veth pair, or a [`Link`]: a thread of
//! this process, which delays, loses and forges packets, and keeps a record of them.
//!
//! ```no_run
//! # use rdp_lab::bed::{Result, net::{Bed, Icmp, Rule, Wire}};
//! # use rdp_lab::scenario::Scenario;
//! # fn black_hole(healthy: Scenario, probe: &mut std::process::Command) -> Result<()> {
//! let bed = Bed::new([Wire::default(), Wire::mtu(1300), Wire::default()])?;
//! bed.router(0).firewall(Rule::mute(Icmp::TooBig))?;
//! bed.router(1).firewall(Rule::mute(Icmp::TooBig))?;
//! let server = bed.server().lab(healthy)?;
//! let report = bed.client().output(probe.arg(server.v4.to_string()))?;
//! # drop(report);
//! # Ok(())
//! # }
//! ```
//!
//! | module | is |
//! | --- | --- |
//! | `namespace` | a network namespace without a name |
//! | `line` | the wires, the addresses, the routes: [`Bed`] |
//! | `host` | what may be done in one of its namespaces: [`Host`] |
//! | `lab` | the lab server there: [`Lab`] |
//! | `firewall` | what is lost, rejected, clamped, muted, redirected: [`Rule`] |
//! | `inspector` | who opens TLS on a router: [`Inspector`] |
//! | `tun`, `link` | the wire that is a thread: [`Link`] |
//! | `impairment` | what it does to packets: [`Impairment`] |
//! | `record` | what it saw: [`Passage`], [`Counts`] |
//! | `middlebox`, `forge` | who stands on it and ends connections: [`Middlebox`], [`Forger`] |

mod firewall;
mod forge;
mod host;
mod impairment;
mod inspector;
mod lab;
mod line;
mod link;
mod middlebox;
mod namespace;
mod record;
mod tun;

pub use firewall::{Counter, Hook, Icmp, Reject, Rule};
pub use forge::{At, Forger, IpId, Shot, Toward};
pub use host::{Host, unprivileged};
pub use impairment::Impairment;
pub use inspector::Inspector;
pub use lab::Lab;
pub use line::{Bed, Wire};
pub use link::Link;
pub use middlebox::{Middlebox, Reaction, Segment};
pub use record::{Counts, Fate, Origin, Passage, Way};
