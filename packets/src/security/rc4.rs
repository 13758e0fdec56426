//! RC4 with keys of 40, 56 and 128 bits, [MS-RDPBCGR] 5.3.5.1, 5.3.6.1 and 5.3.7.1.

use rc4::{KeyInit, Rc4, StreamCipher};
use zeroize::Zeroizing;

use super::Random;
use super::digest::{self, MASTER, PAD_1, PAD_2};
use super::session::FORGED;
use crate::codec::{DecodeError, Reader};

/// How the three keys of a session are told apart.
const SESSION: [&[u8]; 3] = [b"X", b"YY", b"ZZZ"];

/// Messages between two keys.
const UPDATE: u32 = 4096;

/// The bytes of a key.
type Key = Zeroizing<Vec<u8>>;

/// How many bits of a key are secret.
#[derive(Clone, Copy)]
pub(super) enum Strength {
    Bits40,
    Bits56,
    Bits128,
}

impl Strength {
    /// The bytes of a key of this strength.
    const fn size(self) -> usize {
        match self {
            Self::Bits40 | Self::Bits56 => 8,
            Self::Bits128 => 16,
        }
    }

    /// The bytes at the beginning of a key that everybody knows.
    const fn known(self) -> &'static [u8] {
        match self {
            Self::Bits40 => &[0xd1, 0x26, 0x9e],
            Self::Bits56 => &[0xd1],
            Self::Bits128 => &[],
        }
    }

    /// A key of this strength, out of one of 128 bits.
    fn key(self, strong: &[u8]) -> Key {
        let secret = strong.iter().take(self.size()).skip(self.known().len());
        let mut key = Zeroizing::new(Vec::with_capacity(self.size()));
        key.extend(self.known().iter().chain(secret));
        key
    }
}

/// One direction of a session: its keys, and how often they were used.
pub(super) struct Half {
    strength: Strength,
    mac_key: Key,
    initial: Key,
    current: Key,
    cipher: Rc4,
    count: u32,
}

impl Half {
    /// Both directions: what the client seals, and what the server seals.
    pub(super) fn both(strength: Strength, client: &Random, server: &Random) -> [Self; 2] {
        let pre_master = Zeroizing::new([client.split_at(24).0, server.split_at(24).0].concat());
        let master = digest::spread(&pre_master, MASTER, [client, server]);
        let blob = digest::spread(&*master, SESSION, [client, server]);
        let (mac, keys) = blob.split_at(16);
        let (servers, clients) = keys.split_at(16);
        [clients, servers].map(|key| Self::new(strength, mac, &*digest::md5(&[key, client, server])))
    }

    fn new(strength: Strength, mac: &[u8], key: &[u8]) -> Self {
        let key = strength.key(key);
        Self {
            strength,
            mac_key: strength.key(mac),
            initial: key.clone(),
            cipher: cipher(&key),
            current: key,
            count: 0,
        }
    }

    /// Appends the signature of `data`, and `data` encrypted.
    pub(super) fn seal(&mut self, salted: bool, data: &[u8], out: &mut Vec<u8>) {
        out.extend(self.signature(salted, data));
        let start = out.len();
        out.extend(data);
        self.apply(out.get_mut(start..).unwrap_or_default());
        self.count = self.count.wrapping_add(1);
    }

    /// Takes a signature and all that is left, which it has to sign.
    pub(super) fn open(&mut self, salted: bool, reader: &mut Reader<'_>) -> Result<Vec<u8>, DecodeError> {
        let at = reader.offset();
        let signature = reader.array("dataSignature")?;
        let mut data = reader.rest().to_vec();
        self.apply(&mut data);
        let due = self.signature(salted, &data);
        self.count = self.count.wrapping_add(1);
        if due == signature { Ok(data) } else { Err(reader.error_at(at, "dataSignature", FORGED)) }
    }

    /// The signature of what is the next message in clear; salted, it says how many went before.
    fn signature(&self, salted: bool, data: &[u8]) -> [u8; 8] {
        let mac = digest::mac(&self.mac_key, data, salted.then_some(self.count));
        mac.first_chunk().copied().unwrap_or_default()
    }

    /// Encrypts or decrypts the next message.
    fn apply(&mut self, data: &mut [u8]) {
        if self.count != 0 && self.count.is_multiple_of(UPDATE) {
            self.update();
        }
        self.cipher.apply_keystream(data);
    }

    /// Goes over to the next key.
    fn update(&mut self) {
        let inner = digest::sha1(&[&self.initial, &PAD_1, &self.current]);
        let mut next = Zeroizing::new(digest::md5(&[&self.initial, &PAD_2, &*inner]).to_vec());
        next.truncate(self.strength.size());
        cipher(&next.clone()).apply_keystream(&mut next);
        self.current = self.strength.key(&next);
        self.cipher = cipher(&self.current);
    }
}

/// RC4 with a key of 8, 16 or 32 bytes. It repeats a key until it has 256 bytes, so that the key twice is the same key.
pub(crate) fn cipher(key: &[u8]) -> Rc4 {
    let mut repeated = Zeroizing::new([0; 32]);
    for (place, byte) in repeated.iter_mut().zip(key.iter().cycle()) {
        *place = *byte;
    }
    Rc4::new((&*repeated).into())
}
