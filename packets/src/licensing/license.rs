use super::keys::MAC;
use super::request::{long, put_long};
use super::{Blob, Keys};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::text;

/// Server Upgrade License (`SERVER_UPGRADE_LICENSE`), [MS-RDPELE] 2.2.2.6, and Server New License
/// (`SERVER_NEW_LICENSE`), 2.2.2.7, which is of the same form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    /// The [`NewLicenseInfo`], encrypted.
    pub encrypted_license_info: Blob,
    /// The signature of it in clear.
    pub mac_data: [u8; MAC],
}

impl License {
    /// Grants a licence.
    pub fn new(keys: &Keys, info: &NewLicenseInfo) -> Self {
        let info = info.to_bytes();
        Self { encrypted_license_info: keys.seal(&info), mac_data: keys.sign(&info) }
    }

    /// The licence that is granted. A wrong signature is an error about `MACData`.
    pub fn open(&self, keys: &Keys) -> Result<NewLicenseInfo, DecodeError> {
        let info = keys.apply(&self.encrypted_license_info.data);
        keys.verify(self, &info, &self.mac_data)?;
        NewLicenseInfo::decode(&info)
    }
}

impl Encode for License {
    fn encode(&self, out: &mut Vec<u8>) {
        self.encrypted_license_info.encode(out);
        out.extend(self.mac_data);
    }
}

impl Decode<'_> for License {
    const NAME: &'static str = "Server New License";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            encrypted_license_info: Blob::read(reader, "EncryptedLicenseInfo")?,
            mac_data: reader.array("MACData")?,
        })
    }
}

/// New License Information (`NEW_LICENSE_INFO`), [MS-RDPELE] 2.2.2.6.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLicenseInfo {
    /// The version of the operating system that the licence is for: major in the upper half, minor in the lower.
    pub version: u32,
    /// Who issued it: a domain name in one character a byte.
    pub scope: String,
    /// Who made the product.
    pub company_name: String,
    /// Which product it is.
    pub product_id: String,
    /// The licence itself: a chain of certificates that the client keeps, and shows the next time.
    pub license_info: Vec<u8>,
}

impl Encode for NewLicenseInfo {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.version.to_le_bytes());
        put_long(out, &text::to_ansi(&self.scope).chain([0]).collect::<Vec<_>>());
        for name in [&self.company_name, &self.product_id] {
            put_long(out, &text::to_utf16_zero(name));
        }
        put_long(out, &self.license_info);
    }
}

impl Decode<'_> for NewLicenseInfo {
    const NAME: &'static str = "New License Information";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            version: reader.u32_le("dwVersion")?,
            scope: text::from_ansi(long(reader, "cbScope", "pbScope")?),
            company_name: text::from_utf16(long(reader, "cbCompanyName", "pbCompanyName")?),
            product_id: text::from_utf16(long(reader, "cbProductId", "pbProductId")?),
            license_info: long(reader, "cbLicenseInfo", "pbLicenseInfo")?.to_vec(),
        })
    }
}
