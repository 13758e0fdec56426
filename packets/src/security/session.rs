use std::fmt;

use super::rc4::{Half, Strength};
use super::{Random, fips};
use crate::codec::{Decode, DecodeError, Encode, Fault, Reader};
use crate::gcc::{EncryptionLevel, EncryptionMethods};
use crate::session::{SecurityFlags, SecurityHeader};

/// What is wrong with a signature.
pub(super) const FORGED: Fault = Fault::Form { expected: "the signature of the data behind it" };

/// The flags of which each alone says that the message is encrypted.
const ENCRYPTED: SecurityFlags = SecurityFlags::ENCRYPT.with(SecurityFlags::REDIRECTION_PKT);

/// One side of a session that Standard RDP Security encrypts, [MS-RDPBCGR] 5.3.5 to 5.3.8: it seals what this side
/// sends, and opens what the other side sends, each in the order of the wire.
pub struct Session {
    seals: Sealer,
    opens: Opener,
}

enum Sealer {
    /// A server at the lowest level sends in clear.
    Clear,
    Rc4(Half),
    Fips(fips::Sealer),
}

enum Opener {
    Rc4(Half),
    Fips(fips::Opener),
}

/// Which side a session is.
#[derive(Clone, Copy)]
enum Side {
    Client,
    Server,
}

impl Side {
    /// What this side seals with, and what it opens with.
    fn own<T>(self, [clients, servers]: [T; 2]) -> (T, T) {
        match self {
            Self::Client => (clients, servers),
            Self::Server => (servers, clients),
        }
    }
}

impl Session {
    /// The client's side. `None` where the method is none, or none that has a name.
    pub fn client(method: EncryptionMethods, client_random: &Random, server_random: &Random) -> Option<Self> {
        Self::new(Side::Client, method, client_random, server_random)
    }

    /// The server's side. `None` where the method is none, or none that has a name.
    pub fn server(
        method: EncryptionMethods,
        level: EncryptionLevel,
        client_random: &Random,
        server_random: &Random,
    ) -> Option<Self> {
        let session = Self::new(Side::Server, method, client_random, server_random)?;
        Some(if level == EncryptionLevel::LOW { Self { seals: Sealer::Clear, ..session } } else { session })
    }

    fn new(side: Side, method: EncryptionMethods, client: &Random, server: &Random) -> Option<Self> {
        let strength = match method {
            EncryptionMethods::RC4_40 => Strength::Bits40,
            EncryptionMethods::RC4_56 => Strength::Bits56,
            EncryptionMethods::RC4_128 => Strength::Bits128,
            EncryptionMethods::FIPS => {
                let (seals, opens) = side.own(fips::Direction::both(client, server));
                return Some(Self { seals: Sealer::Fips(seals.sealer()), opens: Opener::Fips(opens.opener()) });
            }
            _ => return None,
        };
        let (seals, opens) = side.own(Half::both(strength, client, server));
        Some(Self { seals: Sealer::Rc4(seals), opens: Opener::Rc4(opens) })
    }

    /// The message as it travels: behind a security header with these flags, to which is added that it is encrypted.
    /// [`SecurityFlags::SECURE_CHECKSUM`] salts the signature.
    pub fn seal(&mut self, flags: SecurityFlags, message: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(message.len().saturating_add(24));
        let header = |flags| SecurityHeader::new(flags).to_bytes();
        match &mut self.seals {
            Sealer::Clear => {
                out.extend(header(SecurityFlags(flags.0 & !SecurityFlags::ENCRYPT.0)));
                out.extend(message);
            }
            Sealer::Rc4(half) => {
                out.extend(header(flags.with(SecurityFlags::ENCRYPT)));
                half.seal(flags.contains(SecurityFlags::SECURE_CHECKSUM), message, &mut out);
            }
            Sealer::Fips(sealer) => {
                out.extend(header(flags.with(SecurityFlags::ENCRYPT)));
                sealer.seal(message, &mut out);
            }
        }
        out
    }

    /// The flags in front of a message, and the message; what is not encrypted comes as it is. A wrong signature is an
    /// error about `dataSignature`.
    pub fn open(&mut self, bytes: &[u8]) -> Result<(SecurityFlags, Vec<u8>), DecodeError> {
        let mut reader = Reader::new("Security Header", bytes);
        let SecurityHeader { flags, .. } = SecurityHeader::read(&mut reader)?;
        let message = match &mut self.opens {
            _ if flags.0 & ENCRYPTED.0 == 0 => reader.rest().to_vec(),
            Opener::Rc4(half) => half.open(flags.contains(SecurityFlags::SECURE_CHECKSUM), &mut reader)?,
            Opener::Fips(opener) => opener.open(&mut reader)?,
        };
        Ok((flags, message))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
