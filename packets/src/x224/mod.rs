//! X.224 class 0, the connection-oriented transport below MCS: [X.224] section 13 and [MS-RDPBCGR] 2.2.1.1, 2.2.1.2.
//!
//! ```text
//! 0                 1          2                      4                 6
//! length indicator  TPDU code  destination reference  source reference  class, then the variable part
//! 2                 0xf0       0x80, then user data
//! ```
//!
//! The length indicator counts the header's bytes after itself. The connection TPDUs are all header, so there it has to
//! agree with TPKT's length.

mod connection;
mod tpdu;

pub use connection::{ConnectionConfirm, ConnectionRequest, Routing};
pub(crate) use tpdu::header;
pub use tpdu::{Data, DisconnectReason, RejectCause, Tpdu};
