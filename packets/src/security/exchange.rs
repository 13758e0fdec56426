use super::Random;
use super::rsa::{PrivateKey, PublicKey};
use crate::Secret;
use crate::codec::{Decode, DecodeError, Encode, Reader};

/// Security Exchange PDU Data (`TS_SECURITY_PACKET`), [MS-RDPBCGR] 2.2.1.10.1, behind its security header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityExchange {
    /// The client's random number under the server's key, with its padding.
    pub encrypted_client_random: Vec<u8>,
}

impl SecurityExchange {
    /// Sends `client_random` to the server with this key.
    pub fn new(key: &PublicKey, client_random: &Random) -> Self {
        Self { encrypted_client_random: key.encrypt(client_random) }
    }

    /// The random number that was sent to the server with this key.
    pub fn client_random(&self, key: &PrivateKey) -> Secret<Random> {
        key.decrypt(&self.encrypted_client_random)
    }
}

impl Encode for SecurityExchange {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(u32::try_from(self.encrypted_client_random.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(&self.encrypted_client_random);
    }
}

impl Decode<'_> for SecurityExchange {
    const NAME: &'static str = "Security Exchange PDU";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let length = usize::try_from(reader.u32_le("length")?).unwrap_or(usize::MAX);
        Ok(Self { encrypted_client_random: reader.bytes("encryptedClientRandom", length)?.to_vec() })
    }
}
