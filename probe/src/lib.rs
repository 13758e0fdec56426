//! A **target** is reached over a **path**; **phases** are walked; everything seen is **evidence**; rules turn evidence
//! into a **verdict**; the verdict is printed as a **report**.
//!
//! Data flows in this order, once; nothing later is visible to anything earlier:
//!
//! | module | is |
//! | --- | --- |
//! | [`clock`] | the one axis of time |
//! | [`phase`] | the phases of a connection |
//! | [`fact`] | what a walk learns, and the registry of its names |
//! | [`stop`] | where and how a walk ended |
//! | [`sys`] | what the operating system alone can tell |
//! | [`evidence`] | everything seen, on one tape |
//! | [`wire`] | the recorded connection |
//! | [`target`] | what the user points at |
//! | [`codes`] | what mstsc and the protocols call things |
//! | [`walk`] | one thing tried, and what came of it |
//! | [`path`] | what the walks show of the packets' way |
//! | [`credentials`] | who logs on, and on which conditions |
//! | [`plan`] | what to try next |
//! | [`pairing`] | what ties the legs of a run together |
//! | [`handshake`] | the walk itself, phase by phase |
//! | [`udp`] | the walk over UDP, and the leg beside |
//! | [`survey`] | everything learned about one target |
//! | [`verdict`] | what is concluded from it |
//! | [`expect`] | what the user holds it against |
//! | [`report`] | what is told of it, to programs and to people |
//! | [`compare`] | reports of several paths side by side |
//! | [`fleet`] | many targets, several at a time |
//! | [`cli`] | the command line |

pub mod cli;
pub mod clock;
pub mod codes;
pub mod compare;
pub mod credentials;
pub mod evidence;
pub mod expect;
pub mod fact;
pub mod fleet;
pub mod handshake;
pub mod pairing;
pub mod path;
pub mod phase;
mod phases;
pub mod plan;
pub mod report;
pub mod stop;
pub mod survey;
pub mod sys;
pub mod target;
pub mod udp;
pub mod verdict;
pub mod walk;
pub mod wire;
