use super::keys::MAC;
use super::{Blob, HardwareId, Keys};
use crate::codec::{Decode, DecodeError, Encode, Reader, length_u16_le};
use crate::open::open_enum;

/// The only version of the answer.
const VERSION: u16 = 0x0100;

open_enum! {
    /// What kind of system answers.
    ClientType: u16 {
        /// 32-bit Windows, and whatever came after it.
        WIN32 = 0x0100, "WIN32_PLATFORMCHALLENGE_TYPE";
        /// 16-bit Windows.
        WIN16 = 0x0200, "WIN16_PLATFORMCHALLENGE_TYPE";
        /// Windows CE.
        WINCE = 0x0300, "WINCE_PLATFORMCHALLENGE_TYPE";
        /// Any other.
        OTHER = 0xff00, "OTHER_PLATFORMCHALLENGE_TYPE";
    }
}

open_enum! {
    /// How much of a licence's chain the client takes.
    DetailLevel: u16 {
        /// The licence, and the licence server.
        SIMPLE = 1, "LICENSE_DETAIL_SIMPLE";
        /// Up to the licence server's issuer.
        MODERATE = 2, "LICENSE_DETAIL_MODERATE";
        /// Up to the root.
        DETAIL = 3, "LICENSE_DETAIL_DETAIL";
    }
}

/// Server Platform Challenge (`SERVER_PLATFORM_CHALLENGE`), [MS-RDPELE] 2.2.2.4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformChallenge {
    /// Reserved; Windows leaves in it what was in memory.
    pub connect_flags: u32,
    /// What the client has to send back, encrypted.
    pub encrypted_platform_challenge: Blob,
    /// The signature of it in clear.
    pub mac_data: [u8; MAC],
}

impl PlatformChallenge {
    /// Tries the client with these bytes.
    pub fn new(keys: &Keys, challenge: &[u8]) -> Self {
        let encrypted_platform_challenge = keys.seal(challenge);
        Self { connect_flags: 0, encrypted_platform_challenge, mac_data: keys.sign(challenge) }
    }

    /// What the client has to send back. A wrong signature is an error about `MACData`: the sides have different keys.
    pub fn open(&self, keys: &Keys) -> Result<Vec<u8>, DecodeError> {
        let challenge = keys.apply(&self.encrypted_platform_challenge.data);
        keys.verify(self, &challenge, &self.mac_data)?;
        Ok(challenge)
    }
}

impl Encode for PlatformChallenge {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.connect_flags.to_le_bytes());
        self.encrypted_platform_challenge.encode(out);
        out.extend(self.mac_data);
    }
}

impl Decode<'_> for PlatformChallenge {
    const NAME: &'static str = "Server Platform Challenge";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            connect_flags: reader.u32_le("ConnectFlags")?,
            encrypted_platform_challenge: Blob::read(reader, "EncryptedPlatformChallenge")?,
            mac_data: reader.array("MACData")?,
        })
    }
}

/// Platform Challenge Response Data (`PLATFORM_CHALLENGE_RESPONSE_DATA`), [MS-RDPELE] 2.2.2.5.1: what is encrypted in
/// the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeResponseData {
    /// What kind of system answers.
    pub client_type: ClientType,
    /// How large a licence it takes.
    pub license_detail_level: DetailLevel,
    /// The server's bytes.
    pub challenge: Vec<u8>,
}

impl ChallengeResponseData {
    /// The answer of mstsc.
    pub const fn to(challenge: Vec<u8>) -> Self {
        Self { client_type: ClientType::WIN32, license_detail_level: DetailLevel::DETAIL, challenge }
    }
}

impl Encode for ChallengeResponseData {
    fn encode(&self, out: &mut Vec<u8>) {
        for field in [VERSION, self.client_type.0, self.license_detail_level.0] {
            out.extend(field.to_le_bytes());
        }
        length_u16_le(out, |out| out.extend(&self.challenge));
    }
}

impl Decode<'_> for ChallengeResponseData {
    const NAME: &'static str = "Platform Challenge Response Data";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u16_le("wVersion")?;
        if version != VERSION {
            return Err(reader.refuse("wVersion", 2, version.into(), "0x0100"));
        }
        let client_type = ClientType(reader.u16_le("wClientType")?);
        let license_detail_level = DetailLevel(reader.u16_le("wLicenseDetailLevel")?);
        let length = reader.u16_le("cbChallenge")?;
        let challenge = reader.bytes("pbChallenge", length.into())?.to_vec();
        Ok(Self { client_type, license_detail_level, challenge })
    }
}

/// Client Platform Challenge Response (`CLIENT_PLATFORM_CHALLENGE_RESPONSE`), [MS-RDPELE] 2.2.2.5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformChallengeResponse {
    /// The [`ChallengeResponseData`], encrypted.
    pub encrypted_platform_challenge_response: Blob,
    /// The [`HardwareId`], encrypted.
    pub encrypted_hwid: Blob,
    /// The signature of both in clear, one behind the other.
    pub mac_data: [u8; MAC],
}

impl PlatformChallengeResponse {
    /// Answers for this computer.
    pub fn new(keys: &Keys, response: &ChallengeResponseData, hardware_id: &HardwareId) -> Self {
        let (response, hardware_id) = (response.to_bytes(), hardware_id.to_bytes());
        Self {
            encrypted_platform_challenge_response: keys.seal(&response),
            encrypted_hwid: keys.seal(&hardware_id),
            mac_data: keys.sign(&[response, hardware_id].concat()),
        }
    }

    /// The answer, and the computer that gives it. A wrong signature is an error about `MACData`.
    pub fn open(&self, keys: &Keys) -> Result<(ChallengeResponseData, HardwareId), DecodeError> {
        let response = keys.apply(&self.encrypted_platform_challenge_response.data);
        let hardware_id = keys.apply(&self.encrypted_hwid.data);
        keys.verify(self, &[&*response, &*hardware_id].concat(), &self.mac_data)?;
        Ok((ChallengeResponseData::decode(&response)?, HardwareId::decode(&hardware_id)?))
    }
}

impl Encode for PlatformChallengeResponse {
    fn encode(&self, out: &mut Vec<u8>) {
        self.encrypted_platform_challenge_response.encode(out);
        self.encrypted_hwid.encode(out);
        out.extend(self.mac_data);
    }
}

impl Decode<'_> for PlatformChallengeResponse {
    const NAME: &'static str = "Client Platform Challenge Response";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            encrypted_platform_challenge_response: Blob::read(reader, "EncryptedPlatformChallengeResponse")?,
            encrypted_hwid: Blob::read(reader, "EncryptedHWID")?,
            mac_data: reader.array("MACData")?,
        })
    }
}
