//! RSA without padding, all numbers little-endian: how a secret travels to the server.

use std::fmt;

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use zeroize::Zeroizing;

use crate::Secret;
use crate::codec::{Decode, DecodeError, Encode, Fault, Reader};

/// `RSA1`.
const MAGIC: u32 = 0x3141_5352;

/// Bytes of zero behind every modulus, signature and encrypted secret.
pub(super) const PADDING: usize = 8;

/// The bytes that a modulus may have: room for the longest secret at least, and not more than is computed in no time.
const SIZES: std::ops::RangeInclusive<usize> = 64..=1024;

/// A server's public key (`RSA_PUBLIC_KEY`), [MS-RDPBCGR] 2.2.1.4.3.1.1.1.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    modulus: Odd<BoxedUint>,
    exponent: u32,
}

impl PublicKey {
    /// The key with this modulus, little-endian. `None` if that is no odd number of 512 to 8192 bits.
    pub fn new(modulus: &[u8], exponent: u32) -> Option<Self> {
        let used = modulus.iter().rposition(|byte| *byte != 0)?.saturating_add(1);
        let modulus = modulus.get(..used).filter(|_| SIZES.contains(&used)).map(BoxedUint::from_le_slice_vartime)?;
        Odd::new(modulus).into_option().map(|modulus| Self { modulus, exponent })
    }

    /// The bytes of the modulus.
    pub fn size(&self) -> usize {
        usize::try_from(self.modulus.bits_vartime().div_ceil(8)).unwrap_or(usize::MAX)
    }

    /// The modulus, little-endian.
    pub fn modulus(&self) -> Vec<u8> {
        let mut bytes = self.modulus.to_le_bytes().into_vec();
        bytes.truncate(self.size());
        bytes
    }

    /// The public exponent.
    pub const fn exponent(&self) -> u32 {
        self.exponent
    }

    /// A secret as it travels: as many bytes as the modulus has, and eight zeros, [MS-RDPBCGR] 5.3.4.1.
    pub fn encrypt(&self, secret: &[u8]) -> Vec<u8> {
        let mut sent = self.raise(secret, &self.exponent.into()).to_vec();
        sent.resize(sent.len().saturating_add(PADDING), 0);
        sent
    }

    /// A number to the power of an exponent, modulo the modulus and as long. Of the number, what is longer than the
    /// modulus is left out.
    pub(super) fn raise(&self, number: &[u8], exponent: &BoxedUint) -> Zeroizing<Vec<u8>> {
        let parameters = BoxedMontyParams::new_vartime(self.modulus.clone());
        let number = BoxedUint::from_le_slice_truncated(number, self.modulus.bits_precision());
        let base = Zeroizing::new(BoxedMontyForm::new(number, &parameters));
        let power = Zeroizing::new(Zeroizing::new(base.pow(exponent)).retrieve());
        let mut bytes = Zeroizing::new(power.to_le_bytes().into_vec());
        bytes.truncate(self.size());
        bytes
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits, exponent {})", self.modulus.bits_vartime(), self.exponent)
    }
}

impl Encode for PublicKey {
    fn encode(&self, out: &mut Vec<u8>) {
        let size = u32::try_from(self.size()).unwrap_or(u32::MAX);
        let keylen = size.saturating_add(8);
        for field in [MAGIC, keylen, size.saturating_mul(8), size.saturating_sub(1), self.exponent] {
            out.extend(field.to_le_bytes());
        }
        out.extend(self.modulus());
        out.extend([0; PADDING]);
    }
}

impl Decode<'_> for PublicKey {
    const NAME: &'static str = "RSA Public Key";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let magic = reader.u32_le("magic")?;
        if magic != MAGIC {
            return Err(reader.refuse("magic", 4, magic.into(), "RSA1, 0x31415352"));
        }
        let keylen = reader.u32_le("keylen")?;
        let bitlen = reader.u32_le("bitlen")?;
        let Some(bits) = keylen.checked_sub(8).filter(|size| size.checked_mul(8) == Some(bitlen)) else {
            return Err(reader.refuse("bitlen", 4, bitlen.into(), "8 bits for each byte of keylen but eight"));
        };
        reader.u32_le("datalen")?;
        let exponent = reader.u32_le("pubExp")?;
        let at = reader.offset();
        let modulus = reader.bytes("modulus", usize::try_from(bits).unwrap_or(usize::MAX))?;
        reader.bytes("modulus padding", PADDING)?;
        Self::new(modulus, exponent).ok_or_else(|| reader.error_at(at, "modulus", MODULUS))
    }
}

/// What is wrong with a modulus that [`PublicKey::new`] does not take.
pub(super) const MODULUS: Fault = Fault::Form { expected: "an odd number of 512 to 8192 bits" };

/// Both halves of a server's key.
pub struct PrivateKey {
    /// The half that everybody may know.
    pub public: PublicKey,
    exponent: Zeroizing<BoxedUint>,
}

impl PrivateKey {
    /// The key with this private exponent, little-endian.
    pub fn new(public: PublicKey, exponent: &[u8]) -> Self {
        let precision = public.modulus.bits_precision();
        Self { public, exponent: Zeroizing::new(BoxedUint::from_le_slice_truncated(exponent, precision)) }
    }

    /// The first `N` bytes of what was encrypted under the public half, [MS-RDPBCGR] 5.3.4.2. Nothing tells whether it
    /// was: the session's first signature does.
    pub fn decrypt<const N: usize>(&self, sent: &[u8]) -> Secret<[u8; N]> {
        let mut secret = Secret([0; N]);
        for (place, byte) in secret.0.iter_mut().zip(self.power(sent).iter()) {
            *place = *byte;
        }
        secret
    }

    /// A number to the power of the private exponent.
    pub(super) fn power(&self, number: &[u8]) -> Zeroizing<Vec<u8>> {
        self.public.raise(number, &self.exponent)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public).finish_non_exhaustive()
    }
}
