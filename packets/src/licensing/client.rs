use super::{Blob, BlobType, Keys};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_enum;
use crate::security::{PrivateKey, PublicKey, Random};
use crate::text;

/// `KEY_EXCHANGE_ALG_RSA`.
const RSA: u32 = 1;

/// The client's secret, which with both random numbers makes the licensing [`Keys`].
pub type PremasterSecret = [u8; 48];

open_enum! {
    /// Which system the client runs on, in the highest byte, and who made the client, in the next.
    PlatformId: u32 {
        /// Windows after Server 2003, with Microsoft's client.
        WINDOWS = 0x0401_0000, "CLIENT_OS_ID_WINNT_POST_52+CLIENT_IMAGE_ID_MICROSOFT";
    }
}

/// Client Hardware Identification (`CLIENT_HARDWARE_ID`), [MS-RDPELE] 2.2.2.3.1: 20 bytes. A licence server grants one
/// licence to each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HardwareId {
    /// The client's platform.
    pub platform_id: PlatformId,
    /// What tells this computer from all others.
    pub data: [u8; 16],
}

impl Encode for HardwareId {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.platform_id.0.to_le_bytes());
        out.extend(self.data);
    }
}

impl Decode<'_> for HardwareId {
    const NAME: &'static str = "Client Hardware Identification";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { platform_id: PlatformId(reader.u32_le("PlatformId")?), data: reader.array("Data")? })
    }
}

/// What both answers to a [`super::LicenseRequest`] begin with: the client's part of the licensing keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyExchange {
    /// The algorithm: 1, RSA.
    pub preferred_key_exchange_alg: u32,
    /// The client's platform.
    pub platform_id: PlatformId,
    /// The client's random number.
    pub client_random: Random,
    /// The client's secret under the server's key, with its padding.
    pub encrypted_premaster_secret: Blob,
}

impl KeyExchange {
    /// Sends the secret to the server with this key, as mstsc does.
    pub fn new(key: &PublicKey, client_random: Random, premaster_secret: &PremasterSecret) -> Self {
        let data = key.encrypt(premaster_secret);
        Self {
            preferred_key_exchange_alg: RSA,
            platform_id: PlatformId::WINDOWS,
            client_random,
            encrypted_premaster_secret: Blob { kind: BlobType::RANDOM, data },
        }
    }

    /// The keys that the server with this key, and with this random number, derives.
    pub fn keys(&self, key: &PrivateKey, server_random: &Random) -> Keys {
        Keys::new(&key.decrypt(&self.encrypted_premaster_secret.data).0, &self.client_random, server_random)
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.preferred_key_exchange_alg.to_le_bytes());
        out.extend(self.platform_id.0.to_le_bytes());
        out.extend(self.client_random);
        self.encrypted_premaster_secret.encode(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            preferred_key_exchange_alg: reader.u32_le("PreferredKeyExchangeAlg")?,
            platform_id: PlatformId(reader.u32_le("PlatformId")?),
            client_random: reader.array("ClientRandom")?,
            encrypted_premaster_secret: Blob::read(reader, "EncryptedPreMasterSecret")?,
        })
    }
}

/// Client New License Request (`CLIENT_NEW_LICENSE_REQUEST`), [MS-RDPELE] 2.2.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLicenseRequest {
    /// The client's part of the keys.
    pub key_exchange: KeyExchange,
    /// Who asks, one character a byte.
    pub user_name: String,
    /// On which computer, one character a byte.
    pub machine_name: String,
}

impl Encode for NewLicenseRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        self.key_exchange.encode(out);
        for (kind, name) in
            [(BlobType::CLIENT_USER_NAME, &self.user_name), (BlobType::CLIENT_MACHINE_NAME, &self.machine_name)]
        {
            Blob::put(out, kind, |out| out.extend(text::to_ansi(name).chain([0])));
        }
    }
}

impl Decode<'_> for NewLicenseRequest {
    const NAME: &'static str = "Client New License Request";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            key_exchange: KeyExchange::read(reader)?,
            user_name: text::from_ansi(Blob::data(reader, "ClientUserName")?),
            machine_name: text::from_ansi(Blob::data(reader, "ClientMachineName")?),
        })
    }
}

/// Client License Information (`CLIENT_LICENSE_INFO`), [MS-RDPELE] 2.2.2.3: the answer of a client that has a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientLicenseInfo {
    /// The client's part of the keys.
    pub key_exchange: KeyExchange,
    /// The licence, as the server issued it.
    pub license_info: Blob,
    /// The [`HardwareId`], encrypted.
    pub encrypted_hwid: Blob,
    /// The signature of the [`HardwareId`] in clear.
    pub mac_data: [u8; 16],
}

impl ClientLicenseInfo {
    /// Shows a licence that a [`super::NewLicenseInfo`] held.
    pub fn new(key_exchange: KeyExchange, keys: &Keys, license: Vec<u8>, hardware_id: &HardwareId) -> Self {
        let hardware_id = hardware_id.to_bytes();
        Self {
            key_exchange,
            license_info: Blob { kind: BlobType::DATA, data: license },
            encrypted_hwid: keys.seal(&hardware_id),
            mac_data: keys.sign(&hardware_id),
        }
    }

    /// The computer that shows the licence. A wrong signature is an error about `MACData`.
    pub fn open(&self, keys: &Keys) -> Result<HardwareId, DecodeError> {
        let hardware_id = keys.apply(&self.encrypted_hwid.data);
        keys.verify(self, &hardware_id, &self.mac_data)?;
        HardwareId::decode(&hardware_id)
    }
}

impl Encode for ClientLicenseInfo {
    fn encode(&self, out: &mut Vec<u8>) {
        self.key_exchange.encode(out);
        self.license_info.encode(out);
        self.encrypted_hwid.encode(out);
        out.extend(self.mac_data);
    }
}

impl Decode<'_> for ClientLicenseInfo {
    const NAME: &'static str = "Client License Information";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            key_exchange: KeyExchange::read(reader)?,
            license_info: Blob::read(reader, "LicenseInfo")?,
            encrypted_hwid: Blob::read(reader, "EncryptedHWID")?,
            mac_data: reader.array("MACData")?,
        })
    }
}
