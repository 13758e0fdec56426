//! Licensing, [MS-RDPELE] and [MS-RDPBCGR] 2.2.1.12: a server lets the client pass, or asks for its licence.
//!
//! ```text
//! server: LicenseRequest                   or at once: ErrorAlert with STATUS_VALID_CLIENT
//! client: NewLicenseRequest                with a licence of its own: ClientLicenseInfo
//! server: PlatformChallenge
//! client: PlatformChallengeResponse
//! server: NewLicense or UpgradeLicense     or ErrorAlert
//! ```
//!
//! Each stands in a [`Pdu`] behind a basic security header. The client's answers to the server's messages, and the
//! server's halves of the same, are functions of the messages.

mod blob;
mod challenge;
mod client;
mod error_alert;
mod keys;
mod license;
mod pdu;
mod request;

pub use blob::{Blob, BlobType};
pub use challenge::{ChallengeResponseData, ClientType, DetailLevel, PlatformChallenge, PlatformChallengeResponse};
pub use client::{ClientLicenseInfo, HardwareId, KeyExchange, NewLicenseRequest, PlatformId, PremasterSecret};
pub use error_alert::{ErrorAlert, ErrorCode, StateTransition};
pub use keys::Keys;
pub use license::{License, NewLicenseInfo};
pub use pdu::{Message, MessageType, Pdu};
pub use request::{LicenseRequest, ProductInfo};
