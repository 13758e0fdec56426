use super::block::{self, Block, BlockType};
use super::{EncryptionLevel, EncryptionMethods, MultitransportFlags, Version};
use crate::codec::{Decode, DecodeError, Encode, Fault, Reader};
use crate::negotiate::Protocols;
use crate::open::open_bits;

open_bits! {
    /// What a server can do beyond the oldest RDP.
    ServerCapabilityFlags: u32 {
        /// It reads gestures at the screen's edges, as Windows 8 had them.
        EDGE_ACTIONS_SUPPORTED_V1 = 0x01, "EDGE_ACTIONS_SUPPORTED_V1";
        /// It takes daylight saving rules.
        DYNAMIC_DST_SUPPORTED = 0x02, "DYNAMIC_DST_SUPPORTED";
        /// It reads gestures at the screen's edges, as Windows 8.1 had them.
        EDGE_ACTIONS_SUPPORTED_V2 = 0x04, "EDGE_ACTIONS_SUPPORTED_V2";
        /// It can do without joining channels one by one.
        SKIP_CHANNELJOIN_SUPPORTED = 0x08, "SKIP_CHANNELJOIN_SUPPORTED";
    }
}

/// Server Core Data (`TS_UD_SC_CORE`), [MS-RDPBCGR] 2.2.1.4.2. An optional field is there only if the one before it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerCore {
    /// Which RDP the server speaks at most.
    pub version: Version,
    /// The client's offer, told back to it.
    pub client_requested_protocols: Option<Protocols>,
    /// What the server can do beyond the oldest RDP.
    pub early_capability_flags: Option<ServerCapabilityFlags>,
}

/// Server Network Data (`TS_UD_SC_NET`), [MS-RDPBCGR] 2.2.1.4.4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerNetwork {
    /// The channel for input and output, 1003 on Windows.
    pub io_channel: u16,
    /// The static virtual channels, in the order of the client's request; 0 for one that the server denies.
    pub channels: Vec<u16>,
}

/// Server Security Data (`TS_UD_SC_SEC1`), [MS-RDPBCGR] 2.2.1.4.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSecurity {
    /// How the server encrypts.
    pub encryption_method: EncryptionMethods,
    /// What it encrypts.
    pub encryption_level: EncryptionLevel,
    /// The server's part of the session keys, 32 bytes; empty where TLS encrypts.
    pub server_random: Vec<u8>,
    /// The server's certificate, proprietary or a chain of X.509 ones, undecoded; empty where TLS encrypts.
    pub server_certificate: Vec<u8>,
}

/// The server's settings, [MS-RDPBCGR] 2.2.1.4. They are written in the order of the fields; the order in which they
/// came is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerData {
    /// The server itself.
    pub core: ServerCore,
    /// The numbers of the channels.
    pub network: ServerNetwork,
    /// How it encrypts.
    pub security: ServerSecurity,
    /// Server Message Channel Data, [MS-RDPBCGR] 2.2.1.4.5: the channel's number.
    pub message_channel: Option<u16>,
    /// Server Multitransport Channel Data, [MS-RDPBCGR] 2.2.1.4.6.
    pub multitransport: Option<MultitransportFlags>,
    /// All other blocks.
    pub others: Vec<Block>,
}

impl Encode for ServerData {
    fn encode(&self, out: &mut Vec<u8>) {
        block::put(out, BlockType::SC_CORE, |out| self.core.encode(out));
        block::put(out, BlockType::SC_NET, |out| self.network.encode(out));
        block::put(out, BlockType::SC_SECURITY, |out| self.security.encode(out));
        if let Some(channel) = self.message_channel {
            block::put(out, BlockType::SC_MCS_MSGCHANNEL, |out| out.extend(channel.to_le_bytes()));
        }
        if let Some(flags) = self.multitransport {
            block::put(out, BlockType::SC_MULTITRANSPORT, |out| out.extend(flags.0.to_le_bytes()));
        }
        self.others.iter().for_each(|block| block.encode(out));
    }
}

impl<'a> Decode<'a> for ServerData {
    const NAME: &'static str = "GCC server settings";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (mut core, mut network, mut security) = (None, None, None);
        let (mut message_channel, mut multitransport, mut others) = (None, None, Vec::new());
        while !reader.is_empty() {
            let (kind, mut body) = block::next(reader)?;
            match kind {
                BlockType::SC_CORE => core = Some(ServerCore::read(&mut body)?),
                BlockType::SC_NET => network = Some(ServerNetwork::read(&mut body)?),
                BlockType::SC_SECURITY => security = Some(ServerSecurity::read(&mut body)?),
                BlockType::SC_MCS_MSGCHANNEL => message_channel = Some(body.u16_le("MCSChannelID")?),
                BlockType::SC_MULTITRANSPORT => {
                    multitransport = Some(MultitransportFlags(body.u32_le("multitransportFlags")?));
                }
                _ => others.push(Block { kind, body: body.rest().to_vec() }),
            }
        }
        let missing = |field| reader.error(field, Fault::Form { expected: "there" });
        Ok(Self {
            core: core.ok_or_else(|| missing("serverCoreData"))?,
            network: network.ok_or_else(|| missing("serverNetworkData"))?,
            security: security.ok_or_else(|| missing("serverSecurityData"))?,
            message_channel,
            multitransport,
            others,
        })
    }
}

impl Encode for ServerCore {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.version.0.to_le_bytes());
        out.extend(self.client_requested_protocols.into_iter().flat_map(|protocols| protocols.0.to_le_bytes()));
        out.extend(self.early_capability_flags.into_iter().flat_map(|flags| flags.0.to_le_bytes()));
    }
}

impl ServerCore {
    fn read(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = Version(body.u32_le("version")?);
        let mut more = |field| if body.is_empty() { Ok(None) } else { body.u32_le(field).map(Some) };
        Ok(Self {
            version,
            client_requested_protocols: more("clientRequestedProtocols")?.map(Protocols),
            early_capability_flags: more("earlyCapabilityFlags")?.map(ServerCapabilityFlags),
        })
    }
}

impl Encode for ServerNetwork {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.io_channel.to_le_bytes());
        out.extend(u16::try_from(self.channels.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend(self.channels.iter().flat_map(|channel| channel.to_le_bytes()));
        if !self.channels.len().is_multiple_of(2) {
            out.extend([0, 0]);
        }
    }
}

impl ServerNetwork {
    /// Reads over the padding, which some servers leave out.
    fn read(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let io_channel = body.u16_le("MCSChannelId")?;
        let count = body.u16_le("channelCount")?;
        let channels = (0..count).map(|_| body.u16_le("channelIdArray")).collect::<Result<_, _>>()?;
        Ok(Self { io_channel, channels })
    }
}

impl Encode for ServerSecurity {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.encryption_method.0.to_le_bytes());
        out.extend(self.encryption_level.0.to_le_bytes());
        if self.server_random.is_empty() && self.server_certificate.is_empty() {
            return;
        }
        for field in [&self.server_random, &self.server_certificate] {
            out.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        out.extend(&self.server_random);
        out.extend(&self.server_certificate);
    }
}

impl ServerSecurity {
    fn read(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let encryption_method = EncryptionMethods(body.u32_le("encryptionMethod")?);
        let encryption_level = EncryptionLevel(body.u32_le("encryptionLevel")?);
        let (mut server_random, mut server_certificate) = (Vec::new(), Vec::new());
        if !body.is_empty() {
            let random = length(body, "serverRandomLen")?;
            let certificate = length(body, "serverCertLen")?;
            server_random.extend(body.bytes("serverRandom", random)?);
            server_certificate.extend(body.bytes("serverCertificate", certificate)?);
        }
        Ok(Self { encryption_method, encryption_level, server_random, server_certificate })
    }
}

/// Reads a length of 32 bits.
fn length(body: &mut Reader<'_>, field: &'static str) -> Result<usize, DecodeError> {
    let length = body.u32_le(field)?;
    usize::try_from(length).map_err(|_| body.refuse(field, 4, length.into(), "a length that memory can hold"))
}
