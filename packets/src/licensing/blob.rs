use crate::codec::{DecodeError, Encode, Reader, length_u16_le};
use crate::open::open_enum;

open_enum! {
    /// What a blob holds.
    BlobType: u16 {
        /// What its place says.
        ANY = 0x0000, "BB_ANY_BLOB";
        /// A licence.
        DATA = 0x0001, "BB_DATA_BLOB";
        /// A secret under the server's key.
        RANDOM = 0x0002, "BB_RANDOM_BLOB";
        /// The server's certificate.
        CERTIFICATE = 0x0003, "BB_CERTIFICATE_BLOB";
        /// More about an error.
        ERROR = 0x0004, "BB_ERROR_BLOB";
        /// What the licensing keys encrypt.
        ENCRYPTED_DATA = 0x0009, "BB_ENCRYPTED_DATA_BLOB";
        /// Ways to exchange keys.
        KEY_EXCHANGE_ALG = 0x000d, "BB_KEY_EXCHG_ALG_BLOB";
        /// Who issues the licence.
        SCOPE = 0x000e, "BB_SCOPE_BLOB";
        /// The user's name.
        CLIENT_USER_NAME = 0x000f, "BB_CLIENT_USER_NAME_BLOB";
        /// The client computer's name.
        CLIENT_MACHINE_NAME = 0x0010, "BB_CLIENT_MACHINE_NAME_BLOB";
    }
}

/// Licensing Binary Blob (`LICENSE_BINARY_BLOB`), [MS-RDPBCGR] 2.2.1.12.1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// What it holds; Windows leaves in it what was in memory, now and then.
    pub kind: BlobType,
    /// What it holds, at most 65535 bytes.
    pub data: Vec<u8>,
}

impl Blob {
    /// Reads the type and the length of the blob of this name.
    pub(super) fn header(reader: &mut Reader<'_>, field: &'static str) -> Result<(BlobType, usize), DecodeError> {
        let kind = BlobType(reader.u16_le(field)?);
        Ok((kind, reader.u16_le(field)?.into()))
    }

    /// Reads what the blob of this name holds.
    pub(super) fn data<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let (_, length) = Self::header(reader, field)?;
        reader.bytes(field, length)
    }

    /// Reads the blob of this name.
    pub(super) fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        let (kind, length) = Self::header(reader, field)?;
        Ok(Self { kind, data: reader.bytes(field, length)?.to_vec() })
    }

    /// Writes a blob that holds what `data` writes.
    pub(super) fn put(out: &mut Vec<u8>, kind: BlobType, data: impl FnOnce(&mut Vec<u8>)) {
        out.extend(kind.0.to_le_bytes());
        length_u16_le(out, data);
    }
}

impl Encode for Blob {
    fn encode(&self, out: &mut Vec<u8>) {
        Self::put(out, self.kind, |out| out.extend(&self.data));
    }
}
