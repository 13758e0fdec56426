//! The last word of a TLS peer that declines.

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;

open_enum! {
    /// How grave an alert is, `AlertLevel`.
    AlertLevel: u8 {
        /// The connection may go on.
        WARNING = 1, "warning";
        /// The connection is over.
        FATAL = 2, "fatal";
    }
}

open_enum! {
    /// What an alert says, by the IANA registry TLS Alerts.
    AlertDescription: u8 {
        /// The sender sends nothing more.
        CLOSE_NOTIFY = 0, "close_notify";
        /// A message came out of order.
        UNEXPECTED_MESSAGE = 10, "unexpected_message";
        /// A record's integrity check failed.
        BAD_RECORD_MAC = 20, "bad_record_mac";
        /// Reserved: TLS 1.0 alone sent it.
        DECRYPTION_FAILED = 21, "decryption_failed";
        /// A record is longer than allowed.
        RECORD_OVERFLOW = 22, "record_overflow";
        /// Reserved: compression failed.
        DECOMPRESSION_FAILURE = 30, "decompression_failure";
        /// Nothing that both sides accept.
        HANDSHAKE_FAILURE = 40, "handshake_failure";
        /// Reserved: SSL 3.0 alone sent it.
        NO_CERTIFICATE = 41, "no_certificate";
        /// A certificate is corrupt or its signature does not verify.
        BAD_CERTIFICATE = 42, "bad_certificate";
        /// A certificate is of an unsupported type.
        UNSUPPORTED_CERTIFICATE = 43, "unsupported_certificate";
        /// A certificate was revoked.
        CERTIFICATE_REVOKED = 44, "certificate_revoked";
        /// A certificate is not valid at this time.
        CERTIFICATE_EXPIRED = 45, "certificate_expired";
        /// A certificate is unacceptable for another reason.
        CERTIFICATE_UNKNOWN = 46, "certificate_unknown";
        /// A field contradicts another or is out of range.
        ILLEGAL_PARAMETER = 47, "illegal_parameter";
        /// A certificate's issuer is not trusted.
        UNKNOWN_CA = 48, "unknown_ca";
        /// The certificate or key is good, and access is refused nevertheless.
        ACCESS_DENIED = 49, "access_denied";
        /// A message cannot be parsed.
        DECODE_ERROR = 50, "decode_error";
        /// A handshake's cryptography does not verify.
        DECRYPT_ERROR = 51, "decrypt_error";
        /// A message came with too many requests in it.
        TOO_MANY_CIDS_REQUESTED = 52, "too_many_cids_requested";
        /// Reserved: export suites alone sent it.
        EXPORT_RESTRICTION = 60, "export_restriction";
        /// No version in common.
        PROTOCOL_VERSION = 70, "protocol_version";
        /// The suites in common are too weak for the sender.
        INSUFFICIENT_SECURITY = 71, "insufficient_security";
        /// A failure of the sender's own.
        INTERNAL_ERROR = 80, "internal_error";
        /// A retry with a lowered version, where a higher one would do.
        INAPPROPRIATE_FALLBACK = 86, "inappropriate_fallback";
        /// The user ended it.
        USER_CANCELED = 90, "user_canceled";
        /// Reserved: a renegotiation is declined.
        NO_RENEGOTIATION = 100, "no_renegotiation";
        /// A mandatory extension is missing.
        MISSING_EXTENSION = 109, "missing_extension";
        /// An extension stands where it may not.
        UNSUPPORTED_EXTENSION = 110, "unsupported_extension";
        /// Reserved: a certificate's address could not be fetched.
        CERTIFICATE_UNOBTAINABLE = 111, "certificate_unobtainable";
        /// No server of the name that was asked for.
        UNRECOGNIZED_NAME = 112, "unrecognized_name";
        /// The stapled OCSP response is bad.
        BAD_CERTIFICATE_STATUS_RESPONSE = 113, "bad_certificate_status_response";
        /// Reserved: a fetched certificate has another hash.
        BAD_CERTIFICATE_HASH_VALUE = 114, "bad_certificate_hash_value";
        /// The pre-shared key's identity is not known.
        UNKNOWN_PSK_IDENTITY = 115, "unknown_psk_identity";
        /// A client certificate is wanted.
        CERTIFICATE_REQUIRED = 116, "certificate_required";
        /// An error that no other code names.
        GENERAL_ERROR = 117, "general_error";
        /// No application protocol in common.
        NO_APPLICATION_PROTOCOL = 120, "no_application_protocol";
        /// Encrypted Client Hello is wanted.
        ECH_REQUIRED = 121, "ech_required";
    }
}

impl AlertDescription {
    /// The description of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::KNOWN.iter().copied().find(|description| description.name() == Some(name))
    }

    /// Whether it speaks of the handshake, RFC 8446 section 6.2: whoever sends it has judged that. `access_denied` is
    /// not among them: `FreeRDP`'s servers send it when `CredSSP` fails.
    pub fn judges_handshake(self) -> bool {
        [
            Self::HANDSHAKE_FAILURE,
            Self::BAD_CERTIFICATE,
            Self::UNSUPPORTED_CERTIFICATE,
            Self::CERTIFICATE_REVOKED,
            Self::CERTIFICATE_EXPIRED,
            Self::CERTIFICATE_UNKNOWN,
            Self::ILLEGAL_PARAMETER,
            Self::UNKNOWN_CA,
            Self::DECRYPT_ERROR,
            Self::PROTOCOL_VERSION,
            Self::INSUFFICIENT_SECURITY,
            Self::MISSING_EXTENSION,
            Self::CERTIFICATE_REQUIRED,
        ]
        .contains(&self)
    }
}

/// `Alert` in clear, RFC 8446 section 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert {
    /// How grave it is.
    pub level: AlertLevel,
    /// What it says.
    pub description: AlertDescription,
}

impl Encode for Alert {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([self.level.0, self.description.0]);
    }
}

impl Decode<'_> for Alert {
    const NAME: &'static str = "TLS alert";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { level: AlertLevel(reader.u8("level")?), description: AlertDescription(reader.u8("description")?) })
    }
}
