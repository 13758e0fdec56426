use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_bits;

open_bits! {
    /// What a security header says of the bytes behind it, [MS-RDPBCGR] 2.2.8.1.1.2.1.
    SecurityFlags: u16 {
        /// A Security Exchange PDU follows.
        EXCHANGE_PKT = 0x0001, "SEC_EXCHANGE_PKT";
        /// An Initiate Multitransport Request follows.
        TRANSPORT_REQ = 0x0002, "SEC_TRANSPORT_REQ";
        /// An Initiate Multitransport Response follows.
        TRANSPORT_RSP = 0x0004, "SEC_TRANSPORT_RSP";
        /// What follows is encrypted, and signed in front.
        ENCRYPT = 0x0008, "SEC_ENCRYPT";
        /// Superseded, and ignored.
        RESET_SEQNO = 0x0010, "SEC_RESET_SEQNO";
        /// Superseded, and ignored.
        IGNORE_SEQNO = 0x0020, "SEC_IGNORE_SEQNO";
        /// A Client Info PDU follows.
        INFO_PKT = 0x0040, "SEC_INFO_PKT";
        /// A licensing message follows.
        LICENSE_PKT = 0x0080, "SEC_LICENSE_PKT";
        /// The sender can take encrypted licensing messages.
        LICENSE_ENCRYPT = 0x0200, "SEC_LICENSE_ENCRYPT";
        /// A redirection to another server follows.
        REDIRECTION_PKT = 0x0400, "SEC_REDIRECTION_PKT";
        /// The signature counts the messages too.
        SECURE_CHECKSUM = 0x0800, "SEC_SECURE_CHECKSUM";
        /// An auto-detect request follows.
        AUTODETECT_REQ = 0x1000, "SEC_AUTODETECT_REQ";
        /// An auto-detect response follows.
        AUTODETECT_RSP = 0x2000, "SEC_AUTODETECT_RSP";
        /// A Heartbeat PDU follows.
        HEARTBEAT = 0x4000, "SEC_HEARTBEAT";
        /// The upper half of the flags holds something.
        FLAGSHI_VALID = 0x8000, "SEC_FLAGSHI_VALID";
    }
}

/// Basic Security Header (`TS_SECURITY_HEADER`), [MS-RDPBCGR] 2.2.8.1.1.2.1. Where TLS encrypts it stands before those
/// messages alone that have a flag of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecurityHeader {
    /// What follows, and how.
    pub flags: SecurityFlags,
    /// Means nothing without [`SecurityFlags::FLAGSHI_VALID`]; Windows leaves in it what was in memory.
    pub flags_hi: u16,
}

impl SecurityHeader {
    /// A header with these flags.
    pub const fn new(flags: SecurityFlags) -> Self {
        Self { flags, flags_hi: 0 }
    }
}

impl Encode for SecurityHeader {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.flags.0.to_le_bytes());
        out.extend(self.flags_hi.to_le_bytes());
    }
}

impl<'a> Decode<'a> for SecurityHeader {
    const NAME: &'static str = "Basic Security Header";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self { flags: SecurityFlags(reader.u16_le("flags")?), flags_hi: reader.u16_le("flagsHi")? })
    }
}

/// A message behind a Basic Security Header, which is not encrypted. Whether the flags announce this message is left to
/// the reader: some servers forget to set them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flagged<T> {
    /// The header.
    pub header: SecurityHeader,
    /// What stands behind it.
    pub message: T,
}

impl<T> Flagged<T> {
    /// A message behind a header with these flags.
    pub const fn new(flags: SecurityFlags, message: T) -> Self {
        Self { header: SecurityHeader::new(flags), message }
    }
}

impl<T: Encode> Encode for Flagged<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.header.encode(out);
        self.message.encode(out);
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Flagged<T> {
    const NAME: &'static str = SecurityHeader::NAME;

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let header = SecurityHeader::read(reader)?;
        let message = T::whole(reader.nested(T::NAME, "message", reader.left())?)?;
        Ok(Self { header, message })
    }
}
