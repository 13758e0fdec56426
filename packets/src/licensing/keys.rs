use std::fmt;

use rc4::StreamCipher;
use zeroize::Zeroizing;

use super::pdu::PREAMBLE;
use super::{Blob, BlobType, PremasterSecret};
use crate::codec::{Decode, DecodeError, Encode, Fault};
use crate::security::{Random, digest, rc4::cipher};

/// The bytes of a signature.
pub(super) const MAC: usize = 16;

/// What licensing signs and encrypts with, [MS-RDPELE] 5.1.2 to 5.1.5.
pub struct Keys {
    mac: Zeroizing<Vec<u8>>,
    encryption: Zeroizing<[u8; 16]>,
}

impl Keys {
    /// The keys that both sides derive.
    pub fn new(premaster_secret: &PremasterSecret, client_random: &Random, server_random: &Random) -> Self {
        let master = digest::spread(premaster_secret, digest::MASTER, [client_random, server_random]);
        let blob = digest::spread(&*master, digest::MASTER, [server_random, client_random]);
        let (mac, rest) = blob.split_at(MAC);
        let (key, _) = rest.split_at(MAC);
        Self { mac: Zeroizing::new(mac.to_vec()), encryption: digest::md5(&[key, client_random, server_random]) }
    }

    /// Encrypts or decrypts a blob: for each, RC4 begins anew.
    pub fn apply(&self, data: &[u8]) -> Vec<u8> {
        let mut data = data.to_vec();
        cipher(&*self.encryption).apply_keystream(&mut data);
        data
    }

    /// The signature of what is in clear.
    pub fn sign(&self, data: &[u8]) -> [u8; MAC] {
        digest::mac(&self.mac, data, None)
    }

    /// The blob of what is in clear.
    pub(super) fn seal(&self, data: &[u8]) -> Blob {
        Blob { kind: BlobType::ENCRYPTED_DATA, data: self.apply(data) }
    }

    /// Refuses a signature that is not that of `data`. It ends the message, whose offsets count from the preamble.
    pub(super) fn verify<'a, T: Decode<'a> + Encode>(
        &self,
        message: &T,
        data: &[u8],
        signature: &[u8; MAC],
    ) -> Result<(), DecodeError> {
        if self.sign(data) == *signature {
            return Ok(());
        }
        let offset = message.to_bytes().len().saturating_add(PREAMBLE.into()).saturating_sub(MAC);
        let fault = Fault::Form { expected: "the signature of what is encrypted before it" };
        Err(DecodeError { message: T::NAME, field: "MACData", offset, fault })
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}
