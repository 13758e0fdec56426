//! The suite: rdp-probe, over real sockets, against the lab and against real servers. Nothing is repeated until it
//! passes, and nothing sleeps where it can wait for what it needs.

mod acts;
mod bakeoff;
mod bed;
mod bounds;
mod capture;
mod clients;
mod command;
mod credentials;
mod datagrams;
mod delay;
mod docs;
mod evidence;
mod follow;
mod grid;
mod hops;
mod house;
mod iron;
mod kerberos;
mod lab;
mod nla;
mod origin;
mod path;
mod plan;
mod privilege;
mod real;
mod referee;
mod rules;
mod scenarios;
mod senses;
mod sessions;
mod sizes;
mod surface;
mod terminal;
mod timeouts;
mod who;
