//! The first message.

use crate::codec::{Decode, DecodeError, Encode, Reader};

use super::payload::{Payload, Span, oem_bytes, oem_text};
use super::{NEGOTIATE, NegotiateFlags, SIGNATURE, Version};

/// What Windows asks for, less what belongs to a user.
const ASKED: NegotiateFlags = NegotiateFlags::UNICODE
    .with(NegotiateFlags::OEM)
    .with(NegotiateFlags::REQUEST_TARGET)
    .with(NegotiateFlags::NTLM)
    .with(NegotiateFlags::ALWAYS_SIGN)
    .with(NegotiateFlags::EXTENDED_SESSION_SECURITY)
    .with(NegotiateFlags::VERSION)
    .with(NegotiateFlags::KEY_128)
    .with(NegotiateFlags::KEY_EXCHANGE)
    .with(NegotiateFlags::KEY_56);

/// `NEGOTIATE_MESSAGE`, [MS-NLMP] 2.2.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiate {
    /// What the client can do. On the wire, [`NegotiateFlags::VERSION`] follows the version.
    pub flags: NegotiateFlags,
    /// The client's domain, if it says so; in an OEM character set.
    pub domain: String,
    /// The client's name, if it says so; in an OEM character set.
    pub workstation: String,
    /// The client's operating system.
    pub version: Option<Version>,
}

impl Negotiate {
    /// What Windows 10 sends when it says nothing of itself: enough for a server to show its challenge.
    pub fn anonymous() -> Self {
        Self {
            flags: ASKED,
            domain: String::new(),
            workstation: String::new(),
            version: Some(Version { major: 10, minor: 0, build: 19041, revision: 15 }),
        }
    }
}

impl Encode for Negotiate {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut payload = Payload::at(if self.version.is_some() { 40 } else { 32 });
        out.extend(SIGNATURE);
        out.extend(NEGOTIATE.to_le_bytes());
        out.extend(self.flags.saying(NegotiateFlags::VERSION, self.version.is_some()).0.to_le_bytes());
        payload.write(out, &oem_bytes(&self.domain));
        payload.write(out, &oem_bytes(&self.workstation));
        Version::write(self.version, out);
        payload.finish(out);
    }
}

impl Decode<'_> for Negotiate {
    const NAME: &'static str = "NTLM NEGOTIATE_MESSAGE";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let whole = reader.clone();
        super::header(reader, NEGOTIATE, "1, NEGOTIATE")?;
        let flags = NegotiateFlags(reader.u32_le("NegotiateFlags")?);
        let domain = Span::read(reader, "DomainNameFields")?;
        let workstation = Span::read(reader, "WorkstationFields")?;
        let version = Version::read(flags, reader)?;
        reader.rest();
        Ok(Self {
            flags,
            domain: oem_text(domain.open(&whole, Self::NAME)?.rest()),
            workstation: oem_text(workstation.open(&whole, Self::NAME)?.rest()),
            version,
        })
    }
}
