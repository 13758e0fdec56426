use super::ExtendedInfo;
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_bits;
use crate::secret::Secret;
use crate::text;

/// The longest text, bytes: the largest even number that a length can hold.
const LONGEST: usize = 0xfffe;

open_bits! {
    /// What a client says of the session that it wants; four bits from 0x200 on hold a kind of compression.
    InfoFlags: u32 {
        /// It has a mouse.
        MOUSE = 0x0000_0001, "INFO_MOUSE";
        /// No secure attention sequence is asked for at logon.
        DISABLECTRLALTDEL = 0x0000_0002, "INFO_DISABLECTRLALTDEL";
        /// The credentials below are to be used at once.
        AUTOLOGON = 0x0000_0008, "INFO_AUTOLOGON";
        /// Text is in UTF-16, and otherwise in the code page.
        UNICODE = 0x0000_0010, "INFO_UNICODE";
        /// The alternate shell fills the screen.
        MAXIMIZESHELL = 0x0000_0020, "INFO_MAXIMIZESHELL";
        /// It wants to hear of the logon.
        LOGONNOTIFY = 0x0000_0040, "INFO_LOGONNOTIFY";
        /// It can decompress.
        COMPRESSION = 0x0000_0080, "INFO_COMPRESSION";
        /// It sends the Windows key.
        ENABLEWINDOWSKEY = 0x0000_0100, "INFO_ENABLEWINDOWSKEY";
        /// Sound plays at the server.
        REMOTECONSOLEAUDIO = 0x0000_2000, "INFO_REMOTECONSOLEAUDIO";
        /// It encrypts whatever the level says.
        FORCE_ENCRYPTED_CS_PDU = 0x0000_4000, "INFO_FORCE_ENCRYPTED_CS_PDU";
        /// It wants single applications.
        RAIL = 0x0000_8000, "INFO_RAIL";
        /// It wants to hear of logon errors.
        LOGONERRORS = 0x0001_0000, "INFO_LOGONERRORS";
        /// The mouse has a wheel.
        MOUSE_HAS_WHEEL = 0x0002_0000, "INFO_MOUSE_HAS_WHEEL";
        /// The password is a smart card's number.
        PASSWORD_IS_SC_PIN = 0x0004_0000, "INFO_PASSWORD_IS_SC_PIN";
        /// No sound is to be sent.
        NOAUDIOPLAYBACK = 0x0008_0000, "INFO_NOAUDIOPLAYBACK";
        /// The credentials were stored at the client.
        USING_SAVED_CREDS = 0x0010_0000, "INFO_USING_SAVED_CREDS";
        /// It sends sound.
        AUDIOCAPTURE = 0x0020_0000, "INFO_AUDIOCAPTURE";
        /// No video is to be sent.
        VIDEO_DISABLE = 0x0040_0000, "INFO_VIDEO_DISABLE";
        /// It can do single applications well.
        HIDEF_RAIL_SUPPORTED = 0x0200_0000, "INFO_HIDEF_RAIL_SUPPORTED";
    }
}

/// Info Packet (`TS_INFO_PACKET`) of the Client Info PDU, [MS-RDPBCGR] 2.2.1.11.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientInfo {
    /// The code page of text that is not UTF-16, and otherwise the input locale.
    pub code_page: u32,
    /// What the client wants.
    pub flags: InfoFlags,
    /// The account's domain, empty for none.
    pub domain: String,
    /// The account, empty for none.
    pub user_name: String,
    /// The account's password as it is written, without a zero at its end.
    pub password: Secret<Vec<u8>>,
    /// The program to run in place of the desktop, empty for none.
    pub alternate_shell: String,
    /// The folder to run it in.
    pub working_dir: String,
    /// What clients say since RDP 5.0.
    pub extended: Option<ExtendedInfo>,
}

impl ClientInfo {
    /// What this project's client says: no sound, no compression, and a logon at once if there is an account, whose
    /// password is in UTF-16.
    pub fn new(domain: &str, user_name: &str, password: Secret<Vec<u8>>, extended: ExtendedInfo) -> Self {
        let flags = InfoFlags::MOUSE
            .with(InfoFlags::DISABLECTRLALTDEL)
            .with(InfoFlags::UNICODE)
            // xrdp takes a client without this one for one whose decryption went wrong.
            .with(InfoFlags::MAXIMIZESHELL)
            .with(InfoFlags::LOGONNOTIFY)
            .with(InfoFlags::LOGONERRORS)
            .with(InfoFlags::NOAUDIOPLAYBACK);
        Self {
            code_page: 0,
            flags: if user_name.is_empty() { flags } else { flags.with(InfoFlags::AUTOLOGON) },
            domain: domain.to_owned(),
            user_name: user_name.to_owned(),
            password,
            alternate_shell: String::new(),
            working_dir: String::new(),
            extended: Some(extended),
        }
    }

    /// The text in the encoding that the flags name, without a zero at its end.
    fn written(&self, text: &str) -> Vec<u8> {
        if self.flags.contains(InfoFlags::UNICODE) { text::to_utf16(text) } else { text::to_ansi(text).collect() }
    }
}

impl Encode for ClientInfo {
    fn encode(&self, out: &mut Vec<u8>) {
        let [domain, user_name, alternate_shell, working_dir] =
            [&self.domain, &self.user_name, &self.alternate_shell, &self.working_dir].map(|text| self.written(text));
        let fields = [&domain, &user_name, &self.password.0, &alternate_shell, &working_dir]
            .map(|field| field.get(..LONGEST).unwrap_or(field));
        let zero: &[u8] = if self.flags.contains(InfoFlags::UNICODE) { &[0, 0] } else { &[0] };
        out.extend(self.code_page.to_le_bytes());
        out.extend(self.flags.0.to_le_bytes());
        for field in fields {
            out.extend(u16::try_from(field.len()).unwrap_or(u16::MAX).to_le_bytes());
        }
        for field in fields {
            out.extend(field);
            out.extend(zero);
        }
        out.extend(self.extended.iter().flat_map(Encode::to_bytes));
    }
}

impl<'a> Decode<'a> for ClientInfo {
    const NAME: &'static str = "Client Info PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let code_page = reader.u32_le("CodePage")?;
        let flags = InfoFlags(reader.u32_le("flags")?);
        let (zero, read): (_, fn(&[u8]) -> String) =
            if flags.contains(InfoFlags::UNICODE) { (2, text::from_utf16) } else { (1, text::from_ansi) };
        let domain = reader.u16_le("cbDomain")?;
        let user_name = reader.u16_le("cbUserName")?;
        let password = reader.u16_le("cbPassword")?;
        let alternate_shell = reader.u16_le("cbAlternateShell")?;
        let working_dir = reader.u16_le("cbWorkingDir")?;
        let mut field = |name, length: u16| {
            let bytes = reader.bytes(name, length.into())?;
            reader.bytes(name, zero).map(|_| bytes)
        };
        Ok(Self {
            code_page,
            flags,
            domain: field("Domain", domain).map(read)?,
            user_name: field("UserName", user_name).map(read)?,
            password: Secret(field("Password", password)?.to_vec()),
            alternate_shell: field("AlternateShell", alternate_shell).map(read)?,
            working_dir: field("WorkingDir", working_dir).map(read)?,
            extended: reader.more(|reader| {
                *reader = reader.clone().named(ExtendedInfo::NAME);
                ExtendedInfo::read(reader)
            })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn a_password_is_nowhere_in_what_prints() {
        let info =
            ClientInfo::new("lab", "alice", Secret::utf16("hunter2"), ExtendedInfo::new(IpAddr::from([127, 0, 0, 1])));
        let printed = format!("{info:?}");
        assert!(printed.contains("alice") && !printed.contains("hunter2") && !printed.contains("104, 0, 117"));
    }

    #[test]
    fn text_of_a_code_page_comes_back() {
        let info = ClientInfo {
            flags: InfoFlags::MOUSE,
            password: Secret(b"hunter2".to_vec()),
            extended: None,
            ..ClientInfo::new("lab", "alice", Secret::default(), ExtendedInfo::new(IpAddr::from([127, 0, 0, 1])))
        };
        let bytes = info.to_bytes();
        assert_eq!(bytes.len(), 18 + 3 + 5 + 7 + 5);
        assert_eq!(ClientInfo::decode(&bytes), Ok(info));
    }
}
