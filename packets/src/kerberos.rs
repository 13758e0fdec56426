//! What a Kerberos key distribution centre says when it refuses: RFC 4120 sections 5.9.1 and 7.5.9.

use crate::asn1::der::{self, Tag};
use crate::codec::{Decode, DecodeError, Frame, Reader, once_there};
use crate::open::open_enum;

/// The longest reply that is waited for, in bytes.
pub const LONGEST: usize = 64 * 1024;

open_enum! {
    /// `error-code`, RFC 4120 section 7.5.9.
    KdcError: u32 {
        /// The user is not in the database.
        CLIENT_UNKNOWN = 6, "KDC_ERR_C_PRINCIPAL_UNKNOWN";
        /// The server is not in the database.
        SERVER_UNKNOWN = 7, "KDC_ERR_S_PRINCIPAL_UNKNOWN";
        /// Policy forbids it.
        POLICY = 12, "KDC_ERR_POLICY";
        /// It cannot do what was asked for.
        BAD_OPTION = 13, "KDC_ERR_BADOPTION";
        /// No encryption in common.
        ENCRYPTION_TYPE = 14, "KDC_ERR_ETYPE_NOSUPP";
        /// The account is disabled, expired or locked.
        CLIENT_REVOKED = 18, "KDC_ERR_CLIENT_REVOKED";
        /// The server's account is.
        SERVICE_REVOKED = 19, "KDC_ERR_SERVICE_REVOKED";
        /// The password has expired.
        KEY_EXPIRED = 23, "KDC_ERR_KEY_EXPIRED";
        /// The password is wrong.
        PREAUTH_FAILED = 24, "KDC_ERR_PREAUTH_FAILED";
        /// No refusal: the password has to be proved first.
        PREAUTH_REQUIRED = 25, "KDC_ERR_PREAUTH_REQUIRED";
        /// The clocks are too far apart.
        CLOCK_SKEW = 37, "KRB_AP_ERR_SKEW";
        /// The reply is too long for UDP.
        TOO_LONG_FOR_UDP = 52, "KRB_ERR_RESPONSE_TOO_BIG";
        /// An error without a closer name.
        GENERIC = 60, "KRB_ERR_GENERIC";
        /// The realm is another's.
        WRONG_REALM = 68, "KDC_ERR_WRONG_REALM";
    }
}

/// A message of the KDC over TCP: a big-endian length of four bytes, then a DER element, RFC 4120 section 7.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KdcReply {
    /// `KRB-ERROR`.
    Error(KdcError),
    /// Anything else: a ticket, for whoever asked.
    Other,
}

impl KdcReply {
    const ERROR: Tag = Tag::application(30);
}

impl Frame for KdcReply {
    fn length(prefix: &[u8]) -> Result<Option<usize>, DecodeError> {
        let mut reader = Reader::new(Self::NAME, prefix);
        let Some(length) = once_there(reader.u32_be("length"))? else { return Ok(None) };
        match usize::try_from(length) {
            Ok(length @ 1..=LONGEST) => Ok(Some(length.saturating_add(4))),
            _ => Err(reader.refuse("length", 4, length.into(), "1 to 0x10000")),
        }
    }
}

impl Decode<'_> for KdcReply {
    const NAME: &'static str = "Kerberos KDC reply";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.u32_be("length")?;
        if reader.peek() != Some([Self::ERROR.0]) {
            reader.rest();
            return Ok(Self::Other);
        }
        let mut error = der::element(reader, "KRB-ERROR", "KRB-ERROR", Self::ERROR)?;
        let mut fields = der::element(&mut error, "KRB-ERROR", "KRB-ERROR", Tag::SEQUENCE)?;
        // Version, type and times, of which two are optional, stand before it.
        for number in 0..6 {
            if fields.peek() == Some([Tag::context(number).0]) {
                der::element(&mut fields, "KRB-ERROR", "time", Tag::context(number))?;
            }
        }
        let code = der::explicit(&mut fields, "KRB-ERROR", "error-code", 6, |reader| {
            der::integer(reader, "error-code", Tag::INTEGER)
        })?;
        reader.rest();
        Ok(Self::Error(KdcError(code)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `KRB-ERROR` with the fields that must be there.
    const ERROR: &[u8] = b"\0\0\0\x2f\x7e\x2d\x30\x2b\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\
        \xa4\x11\x18\x0f20261121021500Z\xa5\x03\x02\x01\x07\xa6\x03\x02\x01\x18\xa9\x02\x1b\0";

    #[test]
    fn a_refusal_is_read_and_named() {
        let reply = KdcReply::decode(ERROR);
        assert_eq!(reply, Ok(KdcReply::Error(KdcError::PREAUTH_FAILED)));
        assert_eq!(KdcError(24).to_string(), "KDC_ERR_PREAUTH_FAILED");
        assert_eq!(KdcError(0x4d).to_string(), "KdcError 0x4d");
    }

    #[test]
    fn a_ticket_is_none_of_our_business() {
        assert_eq!(KdcReply::decode(b"\0\0\0\x02\x6b\0"), Ok(KdcReply::Other));
    }

    #[test]
    fn a_length_is_believed_within_reason() {
        assert_eq!(KdcReply::length(&ERROR[..3]), Ok(None));
        assert_eq!(KdcReply::length(ERROR), Ok(Some(ERROR.len())));
        let said = KdcReply::length(b"HTTP/1.1").unwrap_err().to_string();
        assert_eq!(said, "Kerberos KDC reply: `length` at byte 0 holds 0x48545450, not 1 to 0x10000");
        assert!(KdcReply::length(&[0; 4]).is_err());
    }

    #[test]
    fn a_refusal_cut_anywhere_names_what_is_missing() {
        for end in 5..ERROR.len() - 4 {
            assert!(KdcReply::decode(&ERROR[..end]).is_err(), "{end}");
        }
    }
}
