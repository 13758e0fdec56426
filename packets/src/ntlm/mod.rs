//! NTLM, as far as a server's challenge: [MS-NLMP] section 2.2.1. There is no AUTHENTICATE here to be written: without
//! credentials nothing is ever proven to a server.
//!
//! ```text
//! 0            8     12
//! "NTLMSSP\0"  type  the message's own fields
//! ```

mod av_pair;
mod challenge;
mod flags;
mod negotiate;
mod payload;

pub use av_pair::{AvPair, FileTime};
pub use challenge::Challenge;
pub use flags::{NegotiateFlags, Version};
pub use negotiate::Negotiate;

use crate::codec::{Decode, DecodeError, Fault, Reader};
use crate::spnego::NegToken;

/// What every message begins with.
pub const SIGNATURE: [u8; 8] = *b"NTLMSSP\0";

/// The type of a [`Negotiate`].
pub const NEGOTIATE: u32 = 1;

/// The type of a [`Challenge`].
pub const CHALLENGE: u32 = 2;

/// The type of the message that answers a challenge with a proof of the password.
pub const AUTHENTICATE: u32 = 3;

/// The type of the NTLM message that `bytes` begin with; `None` when they are no NTLM.
pub fn message_type(bytes: &[u8]) -> Option<u32> {
    bytes.strip_prefix(&SIGNATURE)?.first_chunk().copied().map(u32::from_le_bytes)
}

/// The NTLM message in a token of `CredSSP`, bare or inside SPNEGO.
pub fn token_in(token: &[u8]) -> Result<&[u8], DecodeError> {
    if token.starts_with(&SIGNATURE) {
        return Ok(token);
    }
    let inner = NegToken::decode(token)?.token().filter(|inner| inner.starts_with(&SIGNATURE));
    inner.ok_or_else(|| Reader::new(NegToken::NAME, token).error("token", Fault::Form { expected: "an NTLM message" }))
}

/// Reads signature and type.
fn header(reader: &mut Reader<'_>, kind: u32, expected: &'static str) -> Result<(), DecodeError> {
    let at = reader.offset();
    if reader.array("Signature")? != SIGNATURE {
        return Err(reader.error_at(at, "Signature", Fault::Form { expected: "NTLMSSP and a zero byte" }));
    }
    match reader.u32_le("MessageType")? {
        found if found == kind => Ok(()),
        found => Err(reader.refuse("MessageType", 4, found.into(), expected)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Encode;
    use crate::spnego::{NegTokenInit, NegTokenResp};

    #[test]
    fn a_message_is_found_bare_and_in_spnego() {
        let bare = Negotiate::anonymous().to_bytes();
        assert_eq!(message_type(&bare), Some(NEGOTIATE));
        assert_eq!(token_in(&bare), Ok(&bare[..]));
        let init = NegTokenInit {
            mech_types: vec![],
            req_flags: None,
            mech_token: Some(&bare),
            hints: None,
            mech_list_mic: None,
        };
        assert_eq!(token_in(&NegToken::Init(init).to_bytes()), Ok(&bare[..]));
    }

    #[test]
    fn a_token_without_ntlm_is_named() {
        let nothing = NegTokenResp { state: None, supported_mech: None, response_token: None, mech_list_mic: None };
        let said = token_in(&NegToken::Response(nothing).to_bytes()).unwrap_err().to_string();
        assert_eq!(said, "SPNEGO NegotiationToken: `token` at byte 0 is not an NTLM message");
        assert_eq!(message_type(b"NTLMSSP"), None);
    }
}
