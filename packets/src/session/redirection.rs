use std::borrow::Cow;

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::open::open_bits;
use crate::secret::Secret;
use crate::text;

/// `SEC_REDIRECTION_PKT`: how every packet begins.
const BEGIN: u16 = 0x0400;

/// The bytes of what begins a packet, and of its length.
const HEADER: u16 = 4;

open_bits! {
    /// What a redirection holds, and how it is to be taken.
    RedirectionFlags: u32 {
        /// The address of the other server.
        TARGET_NET_ADDRESS = 0x0000_0001, "LB_TARGET_NET_ADDRESS";
        /// A token for the load balancer.
        LOAD_BALANCE_INFO = 0x0000_0002, "LB_LOAD_BALANCE_INFO";
        /// An account.
        USERNAME = 0x0000_0004, "LB_USERNAME";
        /// The account's domain.
        DOMAIN = 0x0000_0008, "LB_DOMAIN";
        /// The account's password, or a cookie in its place.
        PASSWORD = 0x0000_0010, "LB_PASSWORD";
        /// The account is not to be remembered.
        DONTSTOREUSERNAME = 0x0000_0020, "LB_DONTSTOREUSERNAME";
        /// The user logged on with a smart card.
        SMARTCARD_LOGON = 0x0000_0040, "LB_SMARTCARD_LOGON";
        /// The client goes nowhere: this is for its information.
        NOREDIRECT = 0x0000_0080, "LB_NOREDIRECT";
        /// The other server's full name.
        TARGET_FQDN = 0x0000_0100, "LB_TARGET_FQDN";
        /// The other server's NetBIOS name.
        TARGET_NETBIOS_NAME = 0x0000_0200, "LB_TARGET_NETBIOS_NAME";
        /// All addresses of the other server.
        TARGET_NET_ADDRESSES = 0x0000_0800, "LB_TARGET_NET_ADDRESSES";
        /// What the client said of itself to a session broker.
        CLIENT_TSV_URL = 0x0000_1000, "LB_CLIENT_TSV_URL";
        /// The server can do that.
        SERVER_TSV_CAPABLE = 0x0000_2000, "LB_SERVER_TSV_CAPABLE";
        /// The password is encrypted for the other server.
        PASSWORD_IS_PK_ENCRYPTED = 0x0000_4000, "LB_PASSWORD_IS_PK_ENCRYPTED";
        /// A number for the redirection.
        REDIRECTION_GUID = 0x0000_8000, "LB_REDIRECTION_GUID";
        /// The other server's certificate.
        TARGET_CERTIFICATE = 0x0001_0000, "LB_TARGET_CERTIFICATE";
    }
}

/// Server Redirection Packet (`RDP_SERVER_REDIRECTION_PACKET`), [MS-RDPBCGR] 2.2.13.1: the session is at another
/// server. Under Standard RDP Security it is all there is behind the security header: a Standard Security Server
/// Redirection PDU, 2.2.13.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRedirection {
    /// The session at the other server.
    pub session_id: u32,
    /// What the packet holds; on writing, a field's flag is set if the field is there.
    pub flags: RedirectionFlags,
    /// The other server's address.
    pub target_net_address: Option<String>,
    /// The line to begin the next Connection Request with.
    pub load_balance_info: Option<Vec<u8>>,
    /// The account to log on with.
    pub user_name: Option<String>,
    /// Its domain.
    pub domain: Option<String>,
    /// Its password or what stands in for one, undecoded.
    pub password: Option<Secret<Vec<u8>>>,
    /// The other server's full name.
    pub target_fqdn: Option<String>,
    /// The other server's NetBIOS name.
    pub target_netbios_name: Option<String>,
    /// What the client said of itself to a session broker, undecoded.
    pub tsv_url: Option<Vec<u8>>,
    /// A number for the redirection, in base 64 and UTF-16, undecoded.
    pub redirection_guid: Option<Vec<u8>>,
    /// The other server's certificate in base 64 and UTF-16, undecoded.
    pub target_certificate: Option<Vec<u8>>,
    /// All addresses of the other server.
    pub target_net_addresses: Option<Vec<String>>,
    /// What fills the packet up: nothing, or 8 bytes of no meaning.
    pub pad: Vec<u8>,
}

impl ServerRedirection {
    /// The flags, with those of the fields that are there and without those of the others, and the fields as they are
    /// written.
    fn fields(&self) -> (RedirectionFlags, Vec<Cow<'_, [u8]>>) {
        let text = |text: &Option<String>| text.as_deref().map(text::to_utf16_zero).map(Cow::Owned);
        let fields = [
            (RedirectionFlags::TARGET_NET_ADDRESS, text(&self.target_net_address)),
            (RedirectionFlags::LOAD_BALANCE_INFO, self.load_balance_info.as_deref().map(Cow::Borrowed)),
            (RedirectionFlags::USERNAME, text(&self.user_name)),
            (RedirectionFlags::DOMAIN, text(&self.domain)),
            (RedirectionFlags::PASSWORD, self.password.as_ref().map(|password| Cow::Borrowed(password.0.as_slice()))),
            (RedirectionFlags::TARGET_FQDN, text(&self.target_fqdn)),
            (RedirectionFlags::TARGET_NETBIOS_NAME, text(&self.target_netbios_name)),
            (RedirectionFlags::CLIENT_TSV_URL, self.tsv_url.as_deref().map(Cow::Borrowed)),
            (RedirectionFlags::REDIRECTION_GUID, self.redirection_guid.as_deref().map(Cow::Borrowed)),
            (RedirectionFlags::TARGET_CERTIFICATE, self.target_certificate.as_deref().map(Cow::Borrowed)),
            (
                RedirectionFlags::TARGET_NET_ADDRESSES,
                self.target_net_addresses.as_deref().map(addresses).map(Cow::Owned),
            ),
        ];
        let flags = fields.iter().fold(self.flags, |flags, (flag, field)| flags.saying(*flag, field.is_some()));
        (flags, fields.into_iter().filter_map(|(_, field)| field).collect())
    }
}

impl Encode for ServerRedirection {
    fn encode(&self, out: &mut Vec<u8>) {
        let (flags, fields) = self.fields();
        let mut content = Vec::new();
        content.extend(self.session_id.to_le_bytes());
        content.extend(flags.0.to_le_bytes());
        for field in fields {
            put_counted(&mut content, &field);
        }
        content.extend(&self.pad);
        out.extend(BEGIN.to_le_bytes());
        out.extend(u16::try_from(content.len()).unwrap_or(u16::MAX).saturating_add(HEADER).to_le_bytes());
        out.extend(content);
    }
}

impl<'a> Decode<'a> for ServerRedirection {
    const NAME: &'static str = "Server Redirection Packet";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let begin = reader.u16_le("Flags")?;
        if begin != BEGIN {
            return Err(reader.refuse("Flags", 2, begin.into(), "0x0400, SEC_REDIRECTION_PKT"));
        }
        let length = reader.u16_le("Length")?;
        let Some(rest) = length.checked_sub(HEADER) else {
            return Err(reader.refuse("Length", 2, length.into(), "at least 4, the header itself"));
        };
        let mut content = reader.nested(Self::NAME, "Length", rest.into())?;
        let session_id = content.u32_le("SessionID")?;
        let flags = RedirectionFlags(content.u32_le("RedirFlags")?);
        let mut next = |flag, field| {
            let there = flags.contains(flag);
            if there { counted(&mut content, field).map(Some) } else { Ok(None) }
        };
        let text = |bytes: Option<Reader<'_>>| bytes.map(|mut bytes| text::from_utf16(bytes.rest()));
        let bytes = |bytes: Option<Reader<'_>>| bytes.map(|mut bytes| bytes.rest().to_vec());
        Ok(Self {
            session_id,
            flags,
            target_net_address: text(next(RedirectionFlags::TARGET_NET_ADDRESS, "TargetNetAddress")?),
            load_balance_info: bytes(next(RedirectionFlags::LOAD_BALANCE_INFO, "LoadBalanceInfo")?),
            user_name: text(next(RedirectionFlags::USERNAME, "UserName")?),
            domain: text(next(RedirectionFlags::DOMAIN, "Domain")?),
            password: bytes(next(RedirectionFlags::PASSWORD, "Password")?).map(Secret),
            target_fqdn: text(next(RedirectionFlags::TARGET_FQDN, "TargetFQDN")?),
            target_netbios_name: text(next(RedirectionFlags::TARGET_NETBIOS_NAME, "TargetNetBiosName")?),
            tsv_url: bytes(next(RedirectionFlags::CLIENT_TSV_URL, "TsvUrl")?),
            redirection_guid: bytes(next(RedirectionFlags::REDIRECTION_GUID, "RedirectionGuid")?),
            target_certificate: bytes(next(RedirectionFlags::TARGET_CERTIFICATE, "TargetCertificate")?),
            target_net_addresses: next(RedirectionFlags::TARGET_NET_ADDRESSES, "TargetNetAddresses")?
                .map(read_addresses)
                .transpose()?,
            pad: content.rest().to_vec(),
        })
    }
}

/// Enhanced Security Server Redirection PDU, [MS-RDPBCGR] 2.2.13.3, behind its share control header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnhancedRedirection {
    /// Padding before the packet; Windows leaves in it what was in memory.
    pub pad: [u8; 2],
    /// Where to.
    pub packet: ServerRedirection,
    /// Padding behind the packet: nothing, or one byte.
    pub end: Vec<u8>,
}

impl Encode for EnhancedRedirection {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.pad);
        self.packet.encode(out);
        out.extend(&self.end);
    }
}

impl<'a> Decode<'a> for EnhancedRedirection {
    const NAME: &'static str = ServerRedirection::NAME;

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let pad = reader.array("pad2Octets")?;
        let packet = ServerRedirection::read(reader)?;
        Ok(Self { pad, packet, end: reader.rest().to_vec() })
    }
}

/// Target Net Addresses, [MS-RDPBCGR] 2.2.13.1.1: a count, and each address behind its length.
fn addresses(addresses: &[String]) -> Vec<u8> {
    let mut field = Vec::new();
    field.extend(u32::try_from(addresses.len()).unwrap_or(u32::MAX).to_le_bytes());
    for address in addresses {
        put_counted(&mut field, &text::to_utf16_zero(address));
    }
    field
}

fn read_addresses(mut field: Reader<'_>) -> Result<Vec<String>, DecodeError> {
    let count = field.u32_le("addressCount")?;
    (0..count).map(|_| counted(&mut field, "address").map(|mut text| text::from_utf16(text.rest()))).collect()
}

/// Writes bytes behind a length of 32 bits.
fn put_counted(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(bytes);
}

/// Opens what stands behind a length of 32 bits.
fn counted<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<Reader<'a>, DecodeError> {
    let length = reader.u32_le(field)?;
    reader.nested(ServerRedirection::NAME, field, usize::try_from(length).unwrap_or(usize::MAX))
}
