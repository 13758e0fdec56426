//! Triple DES under FIPS 140-1, [MS-RDPBCGR] 5.3.5.2 and 5.3.6.2.

use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use des::TdesEde3;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::session::FORGED;
use super::{Random, digest};
use crate::codec::{DecodeError, Fault, Reader};

/// What the chain of blocks begins with, in both directions of every session.
const START: [u8; 8] = [0x12, 0x34, 0x56, 0x78, 0x90, 0xab, 0xcd, 0xef];

/// The bytes of a block.
const BLOCK: usize = 8;

/// The bytes of the header, as it says itself.
const HEADER: u16 = 16;

/// `TSFIPS_VERSION1`.
const VERSION: u8 = 1;

/// What this side sends.
pub(super) struct Sealer {
    signer: Signer,
    cipher: cbc::Encryptor<TdesEde3>,
}

/// What this side receives.
pub(super) struct Opener {
    signer: Signer,
    cipher: cbc::Decryptor<TdesEde3>,
}

/// The keys of one direction.
pub(super) struct Direction {
    key: Zeroizing<[u8; 24]>,
    signer: Signer,
}

impl Direction {
    /// Both directions: what the client seals, and what the server seals.
    pub(super) fn both(client: &Random, server: &Random) -> [Self; 2] {
        let (client_first, client_last) = client.split_at(16);
        let (server_first, server_last) = server.split_at(16);
        let clients = digest::sha1(&[client_last, server_last]);
        let servers = digest::sha1(&[client_first, server_first]);
        let hmac = digest::sha1(&[&*servers, &*clients]);
        [clients, servers].map(|key| Self { key: des_key(&key), signer: Signer { key: hmac.clone(), count: 0 } })
    }

    /// The sending end.
    pub(super) fn sealer(self) -> Sealer {
        Sealer { signer: self.signer, cipher: cbc::Encryptor::new((&*self.key).into(), &START.into()) }
    }

    /// The receiving end.
    pub(super) fn opener(self) -> Opener {
        Opener { signer: self.signer, cipher: cbc::Decryptor::new((&*self.key).into(), &START.into()) }
    }
}

/// A key for triple DES: seven bits a byte, from the lowest on. The specification turns every byte to odd parity in its
/// lowest bit, at which DES does not look.
fn des_key(hash: &[u8; 20]) -> Zeroizing<[u8; 24]> {
    let mut long = Zeroizing::new([0; 21]);
    for (place, byte) in long.iter_mut().zip(hash.iter().cycle()) {
        *place = *byte;
    }
    let mut key = Zeroizing::new([0; 24]);
    for (eight, seven) in key.as_chunks_mut::<8>().0.iter_mut().zip(long.as_chunks::<7>().0) {
        let mut bits = seven.iter().rev().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        for byte in eight {
            let [low, ..] = bits.to_le_bytes();
            *byte = low & 0x7f;
            bits >>= 7;
        }
    }
    key
}

/// Signs the messages of one direction.
struct Signer {
    key: Zeroizing<[u8; 20]>,
    count: u32,
}

impl Signer {
    /// The signature of the next message in clear. HMAC fills a short key up with zeros.
    fn sign(&mut self, data: &[u8]) -> [u8; 8] {
        let mut key = Zeroizing::new([0; 64]);
        for (place, byte) in key.iter_mut().zip(self.key.iter()) {
            *place = *byte;
        }
        let hmac = Hmac::<Sha1>::new((&*key).into()).chain_update(data).chain_update(self.count.to_le_bytes());
        self.count = self.count.wrapping_add(1);
        hmac.finalize().into_bytes().first_chunk().copied().unwrap_or_default()
    }
}

impl Sealer {
    /// Appends what the FIPS header has more than the basic one, and `data` encrypted.
    pub(super) fn seal(&mut self, data: &[u8], out: &mut Vec<u8>) {
        let padding = data.len().wrapping_neg() % BLOCK;
        out.extend(HEADER.to_le_bytes());
        out.extend([VERSION, u8::try_from(padding).unwrap_or_default()]);
        out.extend(self.signer.sign(data));
        let start = out.len();
        out.extend(data);
        out.resize(out.len().saturating_add(padding), 0);
        for block in out.get_mut(start..).unwrap_or_default().as_chunks_mut::<BLOCK>().0 {
            self.cipher.encrypt_block(block.into());
        }
    }
}

impl Opener {
    /// Takes what the FIPS header has more than the basic one, and all that is left.
    pub(super) fn open(&mut self, reader: &mut Reader<'_>) -> Result<Vec<u8>, DecodeError> {
        let length = reader.u16_le("length")?;
        if length != HEADER {
            return Err(reader.refuse("length", 2, length.into(), "16, the header itself"));
        }
        let version = reader.u8("version")?;
        if version != VERSION {
            return Err(reader.refuse("version", 1, version.into(), "1"));
        }
        let padding = reader.u8("padlen")?;
        let at = reader.offset();
        let signature: [u8; 8] = reader.array("dataSignature")?;
        let blocks = Fault::Form { expected: "whole blocks of 8 bytes, as many as the padding needs" };
        let wrong = reader.error("encryptedData", blocks);
        let mut data = reader.rest().to_vec();
        let (encrypted, []) = data.as_chunks_mut::<BLOCK>() else { return Err(wrong) };
        for block in encrypted {
            self.cipher.decrypt_block(block.into());
        }
        let size = data.len().checked_sub(padding.into()).ok_or(wrong)?;
        data.truncate(size);
        if self.signer.sign(&data) == signature { Ok(data) } else { Err(reader.error_at(at, "dataSignature", FORGED)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_key_expands_to_its_own_but_for_parity() {
        let mut hash = [0; 20];
        hash[..5].copy_from_slice(&[0xd1, 0x5e, 0xc4, 0x7e, 0xda]);
        let key = des_key(&hash).map(|byte| byte & 0xfe);
        assert_eq!(key[..5], [0x50, 0x3c, 0x10, 0x76, 0x26]);
    }
}
