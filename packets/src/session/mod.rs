//! A session from the Client Info PDU to its end: [MS-RDPBCGR] 2.2.1.11 to 2.2.15, without encryption and licensing.
//!
//! ```text
//! MCS Send Data
//!   security header              Client Info, auto-detection, multitransport, redirection under Standard RDP Security
//!   share control header         Demand Active, Confirm Active, Deactivate All, redirection
//!     share data header          Synchronize, Control, fonts, Set Error Info, Save Session Info, ...
//! ```
//!
//! Under Standard RDP Security a security header stands before everything; where TLS encrypts, only before the messages
//! of its own row.

mod active;
mod auto_detect;
mod auto_reconnect;
mod capabilities;
mod client_info;
mod data;
mod early_auth;
mod error_info;
mod extended_info;
mod finalization;
mod header;
mod multitransport;
mod redirection;
mod save_session;
mod share;
mod time_zone;

pub use active::{ConfirmActive, DemandActive};
pub use auto_detect::{
    AutoDetectRequest, AutoDetectResponse, RequestContent, RequestType, ResponseContent, ResponseType, Stage,
};
pub use auto_reconnect::{AutoReconnectCookie, AutoReconnectStatus};
pub use capabilities::{
    Bitmap, Capability, CapabilityType, ExtraFlags, General, OsMajor, OsMinor, Pointer, VirtualChannel,
    VirtualChannelFlags,
};
pub use client_info::{ClientInfo, InfoFlags};
pub use data::{Compression, DataPdu, PduType2, ShareData};
pub use early_auth::EarlyUserAuthorization;
pub use error_info::ErrorInfo;
pub use extended_info::{AddressFamily, ExtendedInfo, PerformanceFlags};
pub use finalization::{Control, ControlAction, FontSequence, PersistentKeyList, SequenceFlags, Synchronize};
pub use header::{Flagged, SecurityFlags, SecurityHeader};
pub use multitransport::{MultitransportRequest, MultitransportResponse, MultitransportResult, RequestedProtocol};
pub use redirection::{EnhancedRedirection, RedirectionFlags, ServerRedirection};
pub use save_session::{
    InfoType, Logon, LogonError, LogonErrorData, LogonExtended, LogonFields, LogonNotification, SaveSessionInfo,
};
pub use share::{DeactivateAll, PduType, ShareControl, SharePdu};
pub use time_zone::{Season, TimeZone};
