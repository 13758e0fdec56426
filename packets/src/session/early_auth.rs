use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

open_enum! {
    /// Early User Authorization Result PDU, [MS-RDPBCGR] 2.2.10.2: four bytes in TLS, without TPKT, right behind
    /// `CredSSP`.
    EarlyUserAuthorization: u32 {
        /// The user may log on.
        SUCCESS = 0x0000_0000, "AUTHZ_SUCCESS";
        /// The user is who it is, and may not log on.
        ACCESS_DENIED = 0x0000_0005, "AUTHZ_ACCESS_DENIED";
    }
}

impl Encode for EarlyUserAuthorization {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_le_bytes());
    }
}

impl<'a> Decode<'a> for EarlyUserAuthorization {
    const NAME: &'static str = "Early User Authorization Result PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        reader.u32_le("authorizationResult").map(Self)
    }
}
