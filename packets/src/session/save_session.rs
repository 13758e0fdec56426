use super::auto_reconnect::AutoReconnectCookie;
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::{open_bits, open_enum};
use crate::text;

/// Widths of the fields of the first version, bytes.
const DOMAIN: usize = 52;
const USER_NAME: usize = 512;

/// The second version's number, and the bytes of its fixed fields before the padding.
const VERSION: u16 = 1;
const FIXED: u32 = 18;

/// Padding: in the second version, in a notification, and in what is extended.
const LONG_PADDING: usize = 558;
const NOTIFY_PADDING: usize = 576;
const EXTENDED_PADDING: usize = 570;

open_enum! {
    /// The `InfoType` of a [`SaveSessionInfo`].
    InfoType: u32 {
        /// Who logged on, in short.
        LOGON = 0, "INFOTYPE_LOGON";
        /// Who logged on.
        LOGON_LONG = 1, "INFOTYPE_LOGON_LONG";
        /// Somebody logged on.
        LOGON_PLAINNOTIFY = 2, "INFOTYPE_LOGON_PLAINNOTIFY";
        /// A cookie, or an error.
        LOGON_EXTENDED_INFO = 3, "INFOTYPE_LOGON_EXTENDED_INFO";
    }
}

open_bits! {
    /// Which fields a [`LogonExtended`] has.
    LogonFields: u32 {
        /// The cookie.
        AUTORECONNECTCOOKIE = 0x1, "LOGON_EX_AUTORECONNECTCOOKIE";
        /// The error.
        LOGONERRORS = 0x2, "LOGON_EX_LOGONERRORS";
    }
}

open_enum! {
    /// What happens at the logon: a message of Winlogon, or else an NTSTATUS.
    LogonNotification: u32 {
        /// The password is wrong, or the account is unknown.
        STATUS_LOGON_FAILURE = 0xc000_006d, "STATUS_LOGON_FAILURE";
        /// The account may not do this.
        STATUS_ACCOUNT_RESTRICTION = 0xc000_006e, "STATUS_ACCOUNT_RESTRICTION";
        /// The password has to be changed first.
        STATUS_PASSWORD_MUST_CHANGE = 0xc000_0224, "STATUS_PASSWORD_MUST_CHANGE";
        /// The server asks what to do about a session in use.
        SESSION_BUSY_OPTIONS = 0xffff_fff8, "LOGON_MSG_SESSION_BUSY_OPTIONS";
        /// Whoever is logged on does not let the client in.
        DISCONNECT_REFUSED = 0xffff_fff9, "LOGON_MSG_DISCONNECT_REFUSED";
        /// The account may not log on to this server from afar.
        NO_PERMISSION = 0xffff_fffa, "LOGON_MSG_NO_PERMISSION";
        /// The server asks whether to throw somebody out.
        BUMP_OPTIONS = 0xffff_fffb, "LOGON_MSG_BUMP_OPTIONS";
        /// The server asks which session to come back to.
        RECONNECT_OPTIONS = 0xffff_fffc, "LOGON_MSG_RECONNECT_OPTIONS";
        /// The session is being ended.
        SESSION_TERMINATE = 0xffff_fffd, "LOGON_MSG_SESSION_TERMINATE";
        /// The logon goes on.
        SESSION_CONTINUE = 0xffff_fffe, "LOGON_MSG_SESSION_CONTINUE";
        /// The user may not log on.
        ACCESS_DENIED = 0xffff_ffff, "ERROR_CODE_ACCESS_DENIED";
    }
}

open_enum! {
    /// More about a notification that is an NTSTATUS; with a message of Winlogon, the number of a session.
    LogonErrorData: u32 {
        /// The credentials are wrong.
        FAILED_BAD_PASSWORD = 0, "LOGON_FAILED_BAD_PASSWORD";
        /// The password has to be changed.
        FAILED_UPDATE_PASSWORD = 1, "LOGON_FAILED_UPDATE_PASSWORD";
        /// Some other reason.
        FAILED_OTHER = 2, "LOGON_FAILED_OTHER";
        /// The user should hear of something.
        WARNING = 3, "LOGON_WARNING";
    }
}

/// Save Session Info PDU, [MS-RDPBCGR] 2.2.10.1: what came of the logon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveSessionInfo<'a> {
    /// Logon Info Version 1, [MS-RDPBCGR] 2.2.10.1.1.1: the domain is cut to 25 UTF-16 units, the name to 255.
    Logon(Logon),
    /// Logon Info Version 2, [MS-RDPBCGR] 2.2.10.1.1.2.
    LogonLong(Logon),
    /// Plain Notify, [MS-RDPBCGR] 2.2.10.1.1.3: somebody logged on, and that is all.
    PlainNotify,
    /// Logon Info Extended, [MS-RDPBCGR] 2.2.10.1.1.4.
    Extended(LogonExtended),
    /// Anything else.
    Other {
        /// What it is called.
        info_type: InfoType,
        /// Its bytes.
        body: &'a [u8],
    },
}

/// Who logged on, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logon {
    /// The account's domain.
    pub domain: String,
    /// The account.
    pub user_name: String,
    /// The session's number.
    pub session_id: u32,
}

/// What a server says beyond who logged on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogonExtended {
    /// With it the client may come back.
    pub auto_reconnect: Option<AutoReconnectCookie>,
    /// What is wrong with the logon.
    pub error: Option<LogonError>,
}

/// Logon Errors Info, [MS-RDPBCGR] 2.2.10.1.1.4.1.1: the server has something to show, which need not be an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogonError {
    /// What happens.
    pub notification: LogonNotification,
    /// More about it.
    pub data: LogonErrorData,
}

impl SaveSessionInfo<'_> {
    /// What it is called.
    pub const fn info_type(&self) -> InfoType {
        match self {
            Self::Logon(_) => InfoType::LOGON,
            Self::LogonLong(_) => InfoType::LOGON_LONG,
            Self::PlainNotify => InfoType::LOGON_PLAINNOTIFY,
            Self::Extended(_) => InfoType::LOGON_EXTENDED_INFO,
            Self::Other { info_type, .. } => *info_type,
        }
    }
}

impl Encode for SaveSessionInfo<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.info_type().0.to_le_bytes());
        match self {
            Self::Logon(logon) => logon.encode_short(out),
            Self::LogonLong(logon) => logon.encode_long(out),
            Self::PlainNotify => pad(out, NOTIFY_PADDING),
            Self::Extended(extended) => extended.encode(out),
            Self::Other { body, .. } => out.extend(*body),
        }
    }
}

impl<'a> Decode<'a> for SaveSessionInfo<'a> {
    const NAME: &'static str = "Save Session Info PDU";

    /// Reads over the padding at an end: not everybody writes all of it.
    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let info_type = InfoType(reader.u32_le("infoType")?);
        Ok(match info_type {
            InfoType::LOGON => Self::Logon(Logon::read_short(reader)?),
            InfoType::LOGON_LONG => Self::LogonLong(Logon::read_long(reader)?),
            InfoType::LOGON_PLAINNOTIFY => Self::PlainNotify,
            InfoType::LOGON_EXTENDED_INFO => Self::Extended(LogonExtended::read(reader)?),
            _ => Self::Other { info_type, body: reader.rest() },
        })
    }
}

impl Logon {
    fn encode_short(&self, out: &mut Vec<u8>) {
        for (text, width) in [(&self.domain, DOMAIN), (&self.user_name, USER_NAME)] {
            let length = text::to_utf16_zero(text).len().min(width);
            out.extend(u32::try_from(length).unwrap_or_default().to_le_bytes());
            text::put_utf16(out, text, width);
        }
        out.extend(self.session_id.to_le_bytes());
    }

    fn read_short(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.u32_le("cbDomain")?;
        let domain = text::utf16(reader, "Domain", DOMAIN)?;
        reader.u32_le("cbUserName")?;
        let user_name = text::utf16(reader, "UserName", USER_NAME)?;
        Ok(Self { domain, user_name, session_id: reader.u32_le("sessionId")? })
    }

    fn encode_long(&self, out: &mut Vec<u8>) {
        let texts = [&self.domain, &self.user_name].map(|text| text::to_utf16_zero(text));
        out.extend(VERSION.to_le_bytes());
        out.extend(FIXED.to_le_bytes());
        out.extend(self.session_id.to_le_bytes());
        for text in &texts {
            out.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        pad(out, LONG_PADDING);
        out.extend(texts.into_iter().flatten());
    }

    fn read_long(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u16_le("Version")?;
        if version != VERSION {
            return Err(reader.refuse("Version", 2, version.into(), "1"));
        }
        reader.u32_le("Size")?;
        let session_id = reader.u32_le("SessionId")?;
        let [domain, user_name] = [reader.u32_le("cbDomain")?, reader.u32_le("cbUserName")?]
            .map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        reader.bytes("Pad", LONG_PADDING)?;
        let domain = reader.bytes("Domain", domain).map(text::from_utf16)?;
        let user_name = reader.bytes("UserName", user_name).map(text::from_utf16)?;
        Ok(Self { domain, user_name, session_id })
    }
}

impl LogonExtended {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut fields = LogonFields::default();
        let mut content = Vec::new();
        if let Some(cookie) = &self.auto_reconnect {
            fields = fields.with(LogonFields::AUTORECONNECTCOOKIE);
            put_field(&mut content, &cookie.to_bytes());
        }
        if let Some(error) = &self.error {
            fields = fields.with(LogonFields::LOGONERRORS);
            let codes = [error.notification.0, error.data.0];
            put_field(&mut content, codes.map(u32::to_le_bytes).as_flattened());
        }
        out.extend(u16::try_from(content.len()).unwrap_or(u16::MAX).saturating_add(6).to_le_bytes());
        out.extend(fields.0.to_le_bytes());
        out.extend(content);
        pad(out, EXTENDED_PADDING);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.u16_le("Length")?;
        let fields = LogonFields(reader.u32_le("FieldsPresent")?);
        let auto_reconnect = if fields.contains(LogonFields::AUTORECONNECTCOOKIE) {
            let mut field = field(reader, AutoReconnectCookie::NAME)?;
            Some(AutoReconnectCookie::read(&mut field)?)
        } else {
            None
        };
        let error = if fields.contains(LogonFields::LOGONERRORS) {
            let mut field = field(reader, "Logon Errors Info")?;
            Some(LogonError {
                notification: LogonNotification(field.u32_le("ErrorNotificationType")?),
                data: LogonErrorData(field.u32_le("ErrorNotificationData")?),
            })
        } else {
            None
        };
        Ok(Self { auto_reconnect, error })
    }
}

/// Writes a field behind its length.
fn put_field(out: &mut Vec<u8>, field: &[u8]) {
    out.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(field);
}

/// Opens a field, which holds `message`.
fn field<'a>(reader: &mut Reader<'a>, message: &'static str) -> Result<Reader<'a>, DecodeError> {
    let length = reader.u32_le("cbFieldData")?;
    reader.nested(message, "FieldData", usize::try_from(length).unwrap_or(usize::MAX))
}

fn pad(out: &mut Vec<u8>, count: usize) {
    out.resize(out.len().saturating_add(count), 0);
}
