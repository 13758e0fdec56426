//! What the operating system alone can tell: all unsafe code and all platform code of the probe. Linux first.

mod error_queue;
mod interface;
mod permissions;
mod tcp_info;

pub use error_queue::{drain as drain_error_queue, watch as watch_error_queue};
pub use interface::index as interface_index;
pub use permissions::ordinary as ordinary_permissions;
pub use tcp_info::{TcpInfo, tcp_info};
