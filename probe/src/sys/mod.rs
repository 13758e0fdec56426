//! What the operating system alone can tell: all unsafe code and all platform code of the probe. Linux first.

mod capture;
mod error_queue;
mod filter;
mod fragments;
mod interface;
mod interrupt;
mod names;
mod permissions;
mod privileges;
mod tcp_info;

pub use capture::Capture;
pub use error_queue::{Queued, drain as drain_error_queue, says as icmp_says, watch as watch_error_queue};
pub use filter::Flow;
pub use fragments::{allow as allow_fragments, is_too_large};
pub use interface::{bind as bind_interface, bound as bound_interface, index as interface_index};
pub use interrupt::{hold as hold_interrupts, release as release_interrupts};
pub use names::{AF_INET, AF_INET6, AF_UNSPEC, AI_CANONNAME, EAI_NONAME, carry_resolver};
pub use permissions::{ordinary as ordinary_permissions, private as private_permissions};
pub use privileges::drop_capabilities;
pub use tcp_info::{TcpInfo, tcp_info};
