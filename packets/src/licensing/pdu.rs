use super::{
    ClientLicenseInfo, ErrorAlert, License, LicenseRequest, NewLicenseRequest, PlatformChallenge,
    PlatformChallengeResponse,
};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

open_enum! {
    /// What a licensing message is.
    MessageType: u8 {
        /// From the server: [`LicenseRequest`].
        LICENSE_REQUEST = 0x01, "LICENSE_REQUEST";
        /// From the server: [`PlatformChallenge`].
        PLATFORM_CHALLENGE = 0x02, "PLATFORM_CHALLENGE";
        /// From the server: [`License`], a new one.
        NEW_LICENSE = 0x03, "NEW_LICENSE";
        /// From the server: [`License`], in place of an old one.
        UPGRADE_LICENSE = 0x04, "UPGRADE_LICENSE";
        /// From the client: [`ClientLicenseInfo`].
        LICENSE_INFO = 0x12, "LICENSE_INFO";
        /// From the client: [`NewLicenseRequest`].
        NEW_LICENSE_REQUEST = 0x13, "NEW_LICENSE_REQUEST";
        /// From the client: [`PlatformChallengeResponse`].
        PLATFORM_CHALLENGE_RESPONSE = 0x15, "PLATFORM_CHALLENGE_RESPONSE";
        /// From either side: [`ErrorAlert`].
        ERROR_ALERT = 0xff, "ERROR_ALERT";
    }
}

/// The bytes of the preamble.
pub(super) const PREAMBLE: u16 = 4;

/// The bits of `flags` that are the version.
const VERSION: u8 = 0x0f;

/// `EXTENDED_ERROR_MSG_SUPPORTED`.
const EXTENDED_ERRORS: u8 = 0x80;

/// A licensing message behind its preamble (`LICENSE_PREAMBLE`), [MS-RDPBCGR] 2.2.1.12.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdu {
    /// The version of licensing: 3 since RDP 5.0, 2 before. Fits four bits.
    pub version: u8,
    /// Whether the sender reads more about an error.
    pub extended_errors: bool,
    /// What it says.
    pub message: Message,
}

/// What a licensing message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The server asks for a licence.
    LicenseRequest(Box<LicenseRequest>),
    /// It tries the client.
    PlatformChallenge(PlatformChallenge),
    /// It grants a licence.
    NewLicense(License),
    /// It replaces a licence.
    UpgradeLicense(License),
    /// The client shows its licence.
    ClientLicenseInfo(ClientLicenseInfo),
    /// It asks for one.
    NewLicenseRequest(NewLicenseRequest),
    /// It stands the trial.
    PlatformChallengeResponse(PlatformChallengeResponse),
    /// Either side says that something is wrong, or the server that nothing is.
    ErrorAlert(ErrorAlert),
}

impl Message {
    /// What it is.
    pub const fn kind(&self) -> MessageType {
        match self {
            Self::LicenseRequest(_) => MessageType::LICENSE_REQUEST,
            Self::PlatformChallenge(_) => MessageType::PLATFORM_CHALLENGE,
            Self::NewLicense(_) => MessageType::NEW_LICENSE,
            Self::UpgradeLicense(_) => MessageType::UPGRADE_LICENSE,
            Self::ClientLicenseInfo(_) => MessageType::LICENSE_INFO,
            Self::NewLicenseRequest(_) => MessageType::NEW_LICENSE_REQUEST,
            Self::PlatformChallengeResponse(_) => MessageType::PLATFORM_CHALLENGE_RESPONSE,
            Self::ErrorAlert(_) => MessageType::ERROR_ALERT,
        }
    }
}

impl Pdu {
    /// A message of today's licensing.
    pub const fn new(message: Message) -> Self {
        Self { version: 3, extended_errors: true, message }
    }
}

impl Encode for Pdu {
    fn encode(&self, out: &mut Vec<u8>) {
        let body = match &self.message {
            Message::LicenseRequest(message) => message.to_bytes(),
            Message::PlatformChallenge(message) => message.to_bytes(),
            Message::NewLicense(message) | Message::UpgradeLicense(message) => message.to_bytes(),
            Message::ClientLicenseInfo(message) => message.to_bytes(),
            Message::NewLicenseRequest(message) => message.to_bytes(),
            Message::PlatformChallengeResponse(message) => message.to_bytes(),
            Message::ErrorAlert(message) => message.to_bytes(),
        };
        let extended = if self.extended_errors { EXTENDED_ERRORS } else { 0 };
        out.extend([self.message.kind().0, self.version & VERSION | extended]);
        out.extend(u16::try_from(body.len()).unwrap_or(u16::MAX).saturating_add(PREAMBLE).to_le_bytes());
        out.extend(body);
    }
}

impl Decode<'_> for Pdu {
    const NAME: &'static str = "Licensing Preamble";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = MessageType(reader.u8("bMsgType")?);
        if kind.name().is_none() {
            return Err(reader.refuse("bMsgType", 1, kind.0.into(), "the type of a licensing message"));
        }
        let flags = reader.u8("flags")?;
        let size = reader.u16_le("wMsgSize")?;
        let Some(size) = size.checked_sub(PREAMBLE) else {
            return Err(reader.refuse("wMsgSize", 2, size.into(), "at least 4, the preamble itself"));
        };
        let body = reader.nested(Self::NAME, "LicensingMessage", size.into())?;
        let message = match kind {
            MessageType::LICENSE_REQUEST => Message::LicenseRequest(Box::new(whole(body)?)),
            MessageType::PLATFORM_CHALLENGE => Message::PlatformChallenge(whole(body)?),
            MessageType::NEW_LICENSE => Message::NewLicense(whole(body)?),
            MessageType::UPGRADE_LICENSE => Message::UpgradeLicense(whole(body)?),
            MessageType::LICENSE_INFO => Message::ClientLicenseInfo(whole(body)?),
            MessageType::NEW_LICENSE_REQUEST => Message::NewLicenseRequest(whole(body)?),
            MessageType::PLATFORM_CHALLENGE_RESPONSE => Message::PlatformChallengeResponse(whole(body)?),
            _ => Message::ErrorAlert(whole(body)?),
        };
        Ok(Self { version: flags & VERSION, extended_errors: flags & EXTENDED_ERRORS != 0, message })
    }
}

/// Reads a message under its own name.
fn whole<'a, T: Decode<'a>>(body: Reader<'a>) -> Result<T, DecodeError> {
    T::whole(body.named(T::NAME))
}
