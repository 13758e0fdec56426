//! What a Kerberos key distribution centre answers: a ticket, or why there is none, RFC 4120 sections 5.9.1 and 7.5.9.

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KdcReply {
    /// `KRB-ERROR`: no ticket.
    Error(KrbError),
    /// `AS-REP` or `TGS-REP`: a ticket, for whoever asked.
    Ticket,
}

/// `KRB-ERROR`, RFC 4120 section 5.9.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KrbError {
    /// Why there is no ticket.
    pub code: KdcError,
    /// `stime`, the KDC's clock: `YYYYMMDDHHMMSSZ` where it keeps to RFC 4120 section 5.2.3, which demands it.
    pub time: Option<String>,
    /// `susec`, the microseconds of that clock, 0 to 999999.
    pub micros: Option<u32>,
}

const AS_REP: u8 = Tag::application(11).0;
const TGS_REP: u8 = Tag::application(13).0;
const KRB_ERROR: u8 = Tag::application(30).0;

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
        if reader.peek() == Some([KRB_ERROR]) {
            return KrbError::read(reader).map(Self::Error);
        }
        match reader.u8("message")? {
            AS_REP | TGS_REP => {
                reader.rest();
                Ok(Self::Ticket)
            }
            other => Err(reader.refuse("message", 1, other.into(), "AS-REP, TGS-REP or KRB-ERROR")),
        }
    }
}

impl Decode<'_> for KrbError {
    const NAME: &'static str = "KRB-ERROR";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut error = der::element(reader, Self::NAME, "KRB-ERROR", Tag(KRB_ERROR))?;
        let mut fields = der::element(&mut error, Self::NAME, "KRB-ERROR", Tag::SEQUENCE)?;
        // Version, type, and the client's time, which is optional.
        for number in 0..4 {
            der::optional(&mut fields, Self::NAME, "time", number, |reader| Ok(reader.rest()))?;
        }
        let time = der::optional(&mut fields, Self::NAME, "stime", 4, |reader| {
            let mut time = der::element(reader, Self::NAME, "stime", Tag::GENERALIZED_TIME)?;
            Ok(String::from_utf8_lossy(time.rest()).into_owned())
        })?;
        let micros =
            der::optional(&mut fields, Self::NAME, "susec", 5, |reader| der::integer(reader, "susec", Tag::INTEGER))?;
        let code = der::explicit(&mut fields, Self::NAME, "error-code", 6, |reader| {
            der::integer(reader, "error-code", Tag::INTEGER)
        })?;
        reader.rest();
        Ok(Self { code: KdcError(code), time, micros })
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
        let time = Some("20261121021500Z".to_owned());
        let refusal = KrbError { code: KdcError::PREAUTH_FAILED, time, micros: Some(7) };
        assert_eq!(KdcReply::decode(ERROR), Ok(KdcReply::Error(refusal)));
        assert_eq!(KdcError(24).to_string(), "KDC_ERR_PREAUTH_FAILED");
        assert_eq!(KdcError(0x4d).to_string(), "KdcError 0x4d");
    }

    #[test]
    fn a_ticket_is_none_of_our_business() {
        for reply in [b"\0\0\0\x02\x6b\0", b"\0\0\0\x02\x6d\0"] {
            assert_eq!(KdcReply::decode(reply), Ok(KdcReply::Ticket));
        }
    }

    #[test]
    fn what_is_neither_ticket_nor_refusal_is_named() {
        let said = KdcReply::decode(b"\0\0\0\x02OK").unwrap_err().to_string();
        assert_eq!(said, "Kerberos KDC reply: `message` at byte 4 holds 0x4f, not AS-REP, TGS-REP or KRB-ERROR");
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
