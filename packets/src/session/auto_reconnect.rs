use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;
use crate::secret::Secret;

/// The length of a cookie, which it holds as well.
const LENGTH: u32 = 28;

/// The only version there is.
const VERSION: u32 = 1;

open_enum! {
    /// Server Auto-Reconnect Status PDU, [MS-RDPBCGR] 2.2.4.1: the `arcStatus`, an NTSTATUS.
    AutoReconnectStatus: u32 {
        /// The client's cookie does not bring it back.
        LOGON_FAILED = 0xc000_006d, "STATUS_LOGON_FAILURE";
    }
}

impl Encode for AutoReconnectStatus {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_le_bytes());
    }
}

impl<'a> Decode<'a> for AutoReconnectStatus {
    const NAME: &'static str = "Auto-Reconnect Status PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        reader.u32_le("arcStatus").map(Self)
    }
}

/// Server Auto-Reconnect Packet (`ARC_SC_PRIVATE_PACKET`), [MS-RDPBCGR] 2.2.4.2, and the client's, 2.2.4.3, which is
/// written alike: with it a client comes back into its session without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoReconnectCookie {
    /// The session.
    pub logon_id: u32,
    /// The server's random bits, or what the client makes of them. Whoever has them has the session.
    pub bits: Secret<[u8; 16]>,
}

impl Encode for AutoReconnectCookie {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([LENGTH, VERSION, self.logon_id].into_iter().flat_map(u32::to_le_bytes));
        out.extend(self.bits.0);
    }
}

impl<'a> Decode<'a> for AutoReconnectCookie {
    const NAME: &'static str = "Auto-Reconnect Packet";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let length = reader.u32_le("cbLen")?;
        if length != LENGTH {
            return Err(reader.refuse("cbLen", 4, length.into(), "28"));
        }
        let version = reader.u32_le("Version")?;
        if version != VERSION {
            return Err(reader.refuse("Version", 4, version.into(), "1"));
        }
        Ok(Self { logon_id: reader.u32_le("LogonId")?, bits: Secret(reader.array("ArcRandomBits")?) })
    }
}
