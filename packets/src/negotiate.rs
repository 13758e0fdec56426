//! The negotiation of the security protocol, which rides in X.224's connection PDUs: [MS-RDPBCGR] 2.2.1.1.1,
//! 2.2.1.1.2, 2.2.1.2.1 and 2.2.1.2.2.
//!
//! ```text
//! 0     1      2                        4
//! type  flags  length (little-endian)   protocols, selection or failure code (32 bits, little-endian)
//! ```

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::{open_bits, open_enum};

/// The `type` of a [`Request`].
pub const REQUEST: u8 = 0x01;
/// The `type` of an [`Answer::Response`].
pub const RESPONSE: u8 = 0x02;
/// The `type` of an [`Answer::Failure`].
pub const FAILURE: u8 = 0x03;
/// The `type` of a [`CorrelationInfo`].
pub const CORRELATION: u8 = 0x06;

open_bits! {
    /// Security protocols: those a client offers, or the one that a server selects.
    Protocols: u32 {
        /// Standard RDP Security: no bit at all.
        RDP = 0, "rdp";
        /// TLS.
        SSL = 0x01, "ssl";
        /// `CredSSP` inside TLS: Network Level Authentication.
        HYBRID = 0x02, "hybrid";
        /// RDSTLS inside TLS, for redirected sessions.
        RDSTLS = 0x04, "rdstls";
        /// `CredSSP` inside TLS, followed by the Early User Authorization Result PDU.
        HYBRID_EX = 0x08, "hybrid_ex";
        /// Microsoft Entra ID authentication inside TLS.
        RDSAAD = 0x10, "rdsaad";
    }
}

open_bits! {
    /// What a client says beside its offer.
    RequestFlags: u8 {
        /// The client insists on Restricted Admin mode.
        RESTRICTED_ADMIN_MODE_REQUIRED = 0x01, "RESTRICTED_ADMIN_MODE_REQUIRED";
        /// The client insists on Remote Credential Guard.
        REDIRECTED_AUTHENTICATION_MODE_REQUIRED = 0x02, "REDIRECTED_AUTHENTICATION_MODE_REQUIRED";
        /// A [`CorrelationInfo`] follows.
        CORRELATION_INFO_PRESENT = 0x08, "CORRELATION_INFO_PRESENT";
    }
}

open_bits! {
    /// What a server says beside its selection.
    ResponseFlags: u8 {
        /// Extended Client Data Blocks may be sent.
        EXTENDED_CLIENT_DATA_SUPPORTED = 0x01, "EXTENDED_CLIENT_DATA_SUPPORTED";
        /// The graphics pipeline is there.
        DYNVC_GFX_PROTOCOL_SUPPORTED = 0x02, "DYNVC_GFX_PROTOCOL_SUPPORTED";
        /// Reserved; Windows sets it.
        RESERVED = 0x04, "NEGRSP_FLAG_RESERVED";
        /// Restricted Admin mode is there.
        RESTRICTED_ADMIN_MODE_SUPPORTED = 0x08, "RESTRICTED_ADMIN_MODE_SUPPORTED";
        /// Remote Credential Guard is there.
        REDIRECTED_AUTHENTICATION_MODE_SUPPORTED = 0x10, "REDIRECTED_AUTHENTICATION_MODE_SUPPORTED";
    }
}

open_enum! {
    /// Why a server declines the offer.
    FailureCode: u32 {
        /// The server insists on TLS, or more.
        SSL_REQUIRED_BY_SERVER = 0x01, "SSL_REQUIRED_BY_SERVER";
        /// The server does Standard RDP Security alone.
        SSL_NOT_ALLOWED_BY_SERVER = 0x02, "SSL_NOT_ALLOWED_BY_SERVER";
        /// The server has no certificate to do TLS with.
        SSL_CERT_NOT_ON_SERVER = 0x03, "SSL_CERT_NOT_ON_SERVER";
        /// The offer contradicts what the connection is secured with already.
        INCONSISTENT_FLAGS = 0x04, "INCONSISTENT_FLAGS";
        /// The server insists on Network Level Authentication.
        HYBRID_REQUIRED_BY_SERVER = 0x05, "HYBRID_REQUIRED_BY_SERVER";
        /// The server insists on TLS with a client certificate.
        SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER = 0x06, "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER";
    }
}

/// RDP Negotiation Request (`RDP_NEG_REQ`), [MS-RDPBCGR] 2.2.1.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// What is said beside the offer.
    pub flags: RequestFlags,
    /// The protocols on offer.
    pub protocols: Protocols,
}

impl Encode for Request {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_block(out, REQUEST, self.flags.0, self.protocols.0);
    }
}

impl<'a> Decode<'a> for Request {
    const NAME: &'static str = "RDP Negotiation Request";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        match reader.u8("type")? {
            REQUEST => {}
            other => return Err(reader.refuse("type", 1, other.into(), "1, a negotiation request")),
        }
        let flags = RequestFlags(block_flags(reader, 8, "8")?);
        Ok(Self { flags, protocols: Protocols(reader.u32_le("requestedProtocols")?) })
    }
}

/// RDP Correlation Info (`RDP_NEG_CORRELATION_INFO`), [MS-RDPBCGR] 2.2.1.1.2: names this connection in both sides'
/// logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorrelationInfo {
    /// The name: it begins with neither 0x00 nor 0xf4, and holds no 0x0d.
    pub id: [u8; 16],
}

impl CorrelationInfo {
    /// A name out of random bytes: those that may not stand in a name are replaced.
    pub fn from_random(random: [u8; 16]) -> Self {
        let mut id = random.map(|byte| if byte == 0x0d { 0x0e } else { byte });
        if let [first @ (0x00 | 0xf4), ..] = &mut id {
            *first = 0x01;
        }
        Self { id }
    }
}

impl Encode for CorrelationInfo {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([CORRELATION, 0, 36, 0]);
        out.extend(self.id);
        out.extend([0; 16]);
    }
}

impl<'a> Decode<'a> for CorrelationInfo {
    const NAME: &'static str = "RDP Correlation Info";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        match reader.u8("type")? {
            CORRELATION => {}
            other => return Err(reader.refuse("type", 1, other.into(), "6, correlation info")),
        }
        block_flags(reader, 36, "36")?;
        let id = reader.array("correlationId")?;
        reader.array::<16>("reserved")?;
        Ok(Self { id })
    }
}

/// What the server says to the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// RDP Negotiation Response (`RDP_NEG_RSP`), [MS-RDPBCGR] 2.2.1.2.1.
    Response {
        /// What is said beside the selection.
        flags: ResponseFlags,
        /// The protocol selected, as it came: more than one bit, or one that nobody offered, is the caller's to judge.
        selected: Protocols,
    },
    /// RDP Negotiation Failure (`RDP_NEG_FAILURE`), [MS-RDPBCGR] 2.2.1.2.2.
    Failure {
        /// Reserved: 0 by the specification.
        flags: u8,
        /// Why the offer is declined.
        code: FailureCode,
    },
}

impl Encode for Answer {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Response { flags, selected } => encode_block(out, RESPONSE, flags.0, selected.0),
            Self::Failure { flags, code } => encode_block(out, FAILURE, *flags, code.0),
        }
    }
}

impl<'a> Decode<'a> for Answer {
    const NAME: &'static str = "RDP Negotiation Response";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let kind = reader.u8("type")?;
        if ![RESPONSE, FAILURE].contains(&kind) {
            return Err(reader.refuse("type", 1, kind.into(), "2 or 3, a response or a failure"));
        }
        let flags = block_flags(reader, 8, "8")?;
        if kind == FAILURE {
            return Ok(Self::Failure { flags, code: FailureCode(reader.u32_le("failureCode")?) });
        }
        let selected = Protocols(reader.u32_le("selectedProtocol")?);
        Ok(Self::Response { flags: ResponseFlags(flags), selected })
    }
}

/// Writes a block of 8 bytes.
fn encode_block(out: &mut Vec<u8>, kind: u8, flags: u8, value: u32) {
    out.extend([kind, flags, 8, 0]);
    out.extend(value.to_le_bytes());
}

/// Reads the flags, and the length, which can only be `length`.
fn block_flags(reader: &mut Reader<'_>, length: u16, expected: &'static str) -> Result<u8, DecodeError> {
    let flags = reader.u8("flags")?;
    let found = reader.u16_le("length")?;
    if found == length { Ok(flags) } else { Err(reader.refuse("length", 2, found.into(), expected)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_code_that_nobody_has_named_survives() {
        let bytes = [FAILURE, 0, 8, 0, 0x4d, 0, 0, 0];
        let answer = Answer::decode(&bytes).unwrap();
        assert_eq!(format!("{answer:?}"), "Failure { flags: 0, code: FailureCode 0x4d }");
        assert_eq!(answer.to_bytes(), bytes);
    }

    #[test]
    fn protocols_are_told_by_name() {
        assert_eq!(Protocols(0).names(), ["rdp"]);
        assert_eq!(Protocols(0x4b).names(), ["ssl", "hybrid", "hybrid_ex", "0x40"]);
    }

    #[test]
    fn a_correlation_id_holds_no_byte_that_it_may_not_hold() {
        for first in [0x00, 0xf4] {
            let id = CorrelationInfo::from_random([first, 0x0d, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]).id;
            assert!(id[0] != 0x00 && id[0] != 0xf4 && !id.contains(&0x0d), "{id:02x?}");
        }
    }

    #[test]
    fn a_length_that_lies_is_refused() {
        let said = Answer::decode(&[RESPONSE, 0, 9, 0, 1, 0, 0, 0]).unwrap_err().to_string();
        assert_eq!(said, "RDP Negotiation Response: `length` at byte 2 holds 0x09, not 8");
    }
}
