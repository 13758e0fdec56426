//! What keys and signatures are made of, [MS-RDPBCGR] 5.3.5.1 and 5.3.6.1; [MS-RDPELE] 5.1 takes it over.

use md5::{Digest, Md5};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::Random;

/// The padding in front of what is hashed by SHA-1.
pub(super) const PAD_1: [u8; 40] = [0x36; 40];

/// The padding in front of what is hashed by MD5.
pub(super) const PAD_2: [u8; 48] = [0x5c; 48];

/// How the three parts of a master secret are told apart.
pub(crate) const MASTER: [&[u8]; 3] = [b"A", b"BB", b"CCC"];

/// The MD5 of all parts together.
pub(crate) fn md5(parts: &[&[u8]]) -> Zeroizing<[u8; 16]> {
    Zeroizing::new(hash::<Md5>(parts).finalize().into())
}

/// The SHA-1 of all parts together.
pub(super) fn sha1(parts: &[&[u8]]) -> Zeroizing<[u8; 20]> {
    Zeroizing::new(hash::<Sha1>(parts).finalize().into())
}

fn hash<D: Digest>(parts: &[&[u8]]) -> D {
    parts.iter().fold(D::new(), D::chain_update)
}

/// Three hashes of a secret, one a label, salted with two random numbers: 48 bytes that nobody can guess who does not
/// know the secret.
pub(crate) fn spread(secret: &[u8], labels: [&[u8]; 3], salt: [&Random; 2]) -> Zeroizing<[u8; 48]> {
    let [first, second] = salt;
    let mut spread = Zeroizing::new([0; 48]);
    let (parts, _) = spread.as_chunks_mut();
    for (part, label) in parts.iter_mut().zip(labels) {
        *part = *md5(&[secret, &*sha1(&[label, secret, first, second])]);
    }
    spread
}

/// The signature of `data`; with a count of the messages before it, where there is one.
pub(crate) fn mac(key: &[u8], data: &[u8], count: Option<u32>) -> [u8; 16] {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
    let count = count.map(u32::to_le_bytes);
    let count = count.as_ref().map_or(&[][..], |count| count);
    *md5(&[key, &PAD_2, &*sha1(&[key, &PAD_1, &length, data, count])])
}
