//! What the two sides of NTLM agree upon.

use std::fmt;

use crate::codec::{DecodeError, Reader};
use crate::open::open_bits;

open_bits! {
    /// `NegotiateFlags`, [MS-NLMP] 2.2.2.5.
    NegotiateFlags: u32 {
        /// Strings are UTF-16.
        UNICODE = 0x0000_0001, "unicode";
        /// Strings are in the system's OEM character set.
        OEM = 0x0000_0002, "oem";
        /// The client wants the target's name.
        REQUEST_TARGET = 0x0000_0004, "request_target";
        /// Messages of the session can be signed.
        SIGN = 0x0000_0010, "sign";
        /// Messages of the session can be encrypted.
        SEAL = 0x0000_0020, "seal";
        /// Datagrams instead of a connection.
        DATAGRAM = 0x0000_0040, "datagram";
        /// A session key of LAN Manager.
        LM_KEY = 0x0000_0080, "lm_key";
        /// NTLM at all.
        NTLM = 0x0000_0200, "ntlm";
        /// The connection is to be anonymous.
        ANONYMOUS = 0x0000_0800, "anonymous";
        /// The domain's name is there.
        DOMAIN_SUPPLIED = 0x0000_1000, "domain_supplied";
        /// The workstation's name is there.
        WORKSTATION_SUPPLIED = 0x0000_2000, "workstation_supplied";
        /// A signature stands even where none was agreed upon.
        ALWAYS_SIGN = 0x0000_8000, "always_sign";
        /// The target is a domain.
        TARGET_DOMAIN = 0x0001_0000, "target_domain";
        /// The target is a server.
        TARGET_SERVER = 0x0002_0000, "target_server";
        /// `NTLMv2` session security.
        EXTENDED_SESSION_SECURITY = 0x0008_0000, "extended_session_security";
        /// The token only identifies.
        IDENTIFY = 0x0010_0000, "identify";
        /// A session key of LAN Manager that is no hash.
        NON_NT_SESSION_KEY = 0x0040_0000, "non_nt_session_key";
        /// The challenge carries facts about the target.
        TARGET_INFO = 0x0080_0000, "target_info";
        /// The sender's version is there.
        VERSION = 0x0200_0000, "version";
        /// Keys of 128 bits.
        KEY_128 = 0x2000_0000, "128";
        /// The client chooses the session key.
        KEY_EXCHANGE = 0x4000_0000, "key_exchange";
        /// Keys of 56 bits.
        KEY_56 = 0x8000_0000, "56";
    }
}

/// `VERSION`, [MS-NLMP] 2.2.2.10: the sender's operating system, or what it passes for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// `ProductMajorVersion`.
    pub major: u8,
    /// `ProductMinorVersion`.
    pub minor: u8,
    /// `ProductBuild`.
    pub build: u16,
    /// `NTLMRevisionCurrent`: 15.
    pub revision: u8,
}

impl Version {
    /// Writes the field, or nothing where there is none.
    pub(super) fn write(version: Option<Self>, out: &mut Vec<u8>) {
        if let Some(Self { major, minor, build, revision }) = version {
            let [low, high] = build.to_le_bytes();
            out.extend([major, minor, low, high, 0, 0, 0, revision]);
        }
    }

    /// Reads the field, if the flags say that it is there.
    pub(super) fn read(flags: NegotiateFlags, reader: &mut Reader<'_>) -> Result<Option<Self>, DecodeError> {
        if !flags.contains(NegotiateFlags::VERSION) {
            return Ok(None);
        }
        let [major, minor, low, high, _, _, _, revision] = reader.array("Version")?;
        Ok(Some(Self { major, minor, build: u16::from_le_bytes([low, high]), revision }))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.build)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} (NTLM revision {})", self.revision)
    }
}
