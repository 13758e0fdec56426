//! Generic Conference Control as far as the Basic Settings Exchange: the [T.124] messages that MCS carries, and in them
//! the blocks of settings, [MS-RDPBCGR] 2.2.1.3 and 2.2.1.4.
//!
//! ```text
//! 0     2                                      4
//! type  length (with these four bytes)         the block's own fields, all little-endian
//! ```
//!
//! Blocks grow with the versions of RDP: what stands behind the last field known here is read over.

mod block;
mod client;
mod client_core;
mod conference;
mod multitransport;
mod security;
mod server;
mod version;

pub use block::{Block, BlockType};
pub use client::{Channel, ChannelOptions, ClientCluster, ClientData, ClientSecurity, ClusterFlags};
pub use client_core::{ClientCapabilityFlags, ClientCore};
pub use conference::{ConferenceCreateRequest, ConferenceCreateResponse, Outcome};
pub use multitransport::MultitransportFlags;
pub use security::{EncryptionLevel, EncryptionMethods};
pub use server::{ServerCapabilityFlags, ServerCore, ServerData, ServerNetwork, ServerSecurity};
pub use version::Version;
