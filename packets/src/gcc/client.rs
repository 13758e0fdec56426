use super::block::{self, Block, BlockType};
use super::{ClientCore, EncryptionMethods, MultitransportFlags};
use crate::codec::{Decode, DecodeError, Encode, Fault, Reader};
use crate::negotiate::Protocols;
use crate::open::open_bits;
use crate::text;

/// The most channels that a client may ask for.
const MOST_CHANNELS: usize = 31;

/// The bytes of a channel's name, the zero at its end with them.
const CHANNEL_NAME: usize = 8;

open_bits! {
    /// How a static virtual channel is run.
    ChannelOptions: u32 {
        /// Superseded, and always set.
        INITIALIZED = 0x8000_0000, "INITIALIZED";
        /// Encrypted as all else is.
        ENCRYPT_RDP = 0x4000_0000, "ENCRYPT_RDP";
        /// Encrypted towards the client.
        ENCRYPT_SC = 0x2000_0000, "ENCRYPT_SC";
        /// Encrypted towards the server.
        ENCRYPT_CS = 0x1000_0000, "ENCRYPT_CS";
        /// At high priority.
        PRI_HIGH = 0x0800_0000, "PRI_HIGH";
        /// At medium priority.
        PRI_MED = 0x0400_0000, "PRI_MED";
        /// At low priority.
        PRI_LOW = 0x0200_0000, "PRI_LOW";
        /// Compressed as all else is.
        COMPRESS_RDP = 0x0080_0000, "COMPRESS_RDP";
        /// Compressed.
        COMPRESS = 0x0040_0000, "COMPRESS";
        /// The channel header is shown to the channel's user.
        SHOW_PROTOCOL = 0x0020_0000, "SHOW_PROTOCOL";
        /// Kept across remote control.
        REMOTE_CONTROL_PERSISTENT = 0x0010_0000, "REMOTE_CONTROL_PERSISTENT";
    }
}

open_bits! {
    /// How a client takes being sent to another server; four bits from 0x4 on hold a version less 1.
    ClusterFlags: u32 {
        /// It follows a redirection.
        REDIRECTION_SUPPORTED = 0x01, "REDIRECTION_SUPPORTED";
        /// The session number holds something.
        REDIRECTED_SESSIONID_FIELD_VALID = 0x02, "REDIRECTED_SESSIONID_FIELD_VALID";
        /// It logs on with a smart card.
        REDIRECTED_SMARTCARD = 0x40, "REDIRECTED_SMARTCARD";
    }
}

/// Client Security Data (`TS_UD_CS_SEC`), [MS-RDPBCGR] 2.2.1.3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientSecurity {
    /// How the client can encrypt.
    pub encryption_methods: EncryptionMethods,
    /// The same, from clients of the French locale.
    pub ext_encryption_methods: EncryptionMethods,
}

/// Channel Definition Structure (`CHANNEL_DEF`), [MS-RDPBCGR] 2.2.1.3.4.1: a static virtual channel that a client asks
/// for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name, 7 characters at most; more is cut off.
    pub name: String,
    /// How it is run.
    pub options: ChannelOptions,
}

/// Client Cluster Data (`TS_UD_CS_CLUSTER`), [MS-RDPBCGR] 2.2.1.3.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientCluster {
    /// How the client takes a redirection.
    pub flags: ClusterFlags,
    /// The session that it was redirected to.
    pub redirected_session_id: u32,
}

impl ClientCluster {
    /// What a client says that follows redirections, of version 4; the session is there once it has followed one.
    pub fn new(session_id: Option<u32>) -> Self {
        let follows = ClusterFlags(0x0c).with(ClusterFlags::REDIRECTION_SUPPORTED);
        let flags = match session_id {
            Some(_) => follows.with(ClusterFlags::REDIRECTED_SESSIONID_FIELD_VALID),
            None => follows,
        };
        Self { flags, redirected_session_id: session_id.unwrap_or_default() }
    }
}

/// The client's settings, [MS-RDPBCGR] 2.2.1.3. They are written in the order of the fields; the order in which they
/// came is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientData {
    /// The client itself.
    pub core: ClientCore,
    /// How it takes a redirection.
    pub cluster: Option<ClientCluster>,
    /// How it can encrypt.
    pub security: ClientSecurity,
    /// Client Network Data (`TS_UD_CS_NET`), [MS-RDPBCGR] 2.2.1.3.4: 31 channels at most.
    pub network: Option<Vec<Channel>>,
    /// Client Message Channel Data, [MS-RDPBCGR] 2.2.1.3.7: the flags, 0.
    pub message_channel: Option<u32>,
    /// Client Multitransport Channel Data, [MS-RDPBCGR] 2.2.1.3.8.
    pub multitransport: Option<MultitransportFlags>,
    /// All other blocks.
    pub others: Vec<Block>,
}

impl ClientData {
    /// What this project's client says once the server has selected a protocol; `name` is the client computer's. It
    /// offers encryption only where nothing else encrypts.
    pub fn new(selected: Protocols, name: &str) -> Self {
        let methods = match selected {
            Protocols::RDP => EncryptionMethods::RC4_40
                .with(EncryptionMethods::RC4_56)
                .with(EncryptionMethods::RC4_128)
                .with(EncryptionMethods::FIPS),
            _ => EncryptionMethods::NONE,
        };
        let options = ChannelOptions::INITIALIZED.with(ChannelOptions::ENCRYPT_RDP).with(ChannelOptions::COMPRESS_RDP);
        Self {
            core: ClientCore::new(selected, name),
            cluster: Some(ClientCluster::new(None)),
            security: ClientSecurity { encryption_methods: methods, ext_encryption_methods: EncryptionMethods::NONE },
            network: Some(vec![Channel { name: "drdynvc".to_owned(), options }]),
            message_channel: Some(0),
            multitransport: Some(MultitransportFlags::UDP_FECR),
            others: Vec::new(),
        }
    }
}

impl Encode for ClientData {
    fn encode(&self, out: &mut Vec<u8>) {
        block::put(out, BlockType::CS_CORE, |out| self.core.encode(out));
        if let Some(cluster) = self.cluster {
            block::put(out, BlockType::CS_CLUSTER, |out| {
                out.extend(cluster.flags.0.to_le_bytes());
                out.extend(cluster.redirected_session_id.to_le_bytes());
            });
        }
        block::put(out, BlockType::CS_SECURITY, |out| {
            out.extend(self.security.encryption_methods.0.to_le_bytes());
            out.extend(self.security.ext_encryption_methods.0.to_le_bytes());
        });
        if let Some(channels) = &self.network {
            block::put(out, BlockType::CS_NET, |out| {
                let channels = channels.get(..MOST_CHANNELS).unwrap_or(channels);
                out.extend(u32::try_from(channels.len()).unwrap_or_default().to_le_bytes());
                for channel in channels {
                    text::put_ansi(out, &channel.name, CHANNEL_NAME);
                    out.extend(channel.options.0.to_le_bytes());
                }
            });
        }
        if let Some(flags) = self.message_channel {
            block::put(out, BlockType::CS_MCS_MSGCHANNEL, |out| out.extend(flags.to_le_bytes()));
        }
        if let Some(flags) = self.multitransport {
            block::put(out, BlockType::CS_MULTITRANSPORT, |out| out.extend(flags.0.to_le_bytes()));
        }
        self.others.iter().for_each(|block| block.encode(out));
    }
}

impl<'a> Decode<'a> for ClientData {
    const NAME: &'static str = "GCC client settings";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let (mut core, mut cluster, mut security, mut network) = (None, None, None, None);
        let (mut message_channel, mut multitransport, mut others) = (None, None, Vec::new());
        while !reader.is_empty() {
            let (kind, mut body) = block::next(reader)?;
            match kind {
                BlockType::CS_CORE => core = Some(ClientCore::read(&mut body)?),
                BlockType::CS_CLUSTER => {
                    cluster = Some(ClientCluster {
                        flags: ClusterFlags(body.u32_le("flags")?),
                        redirected_session_id: body.u32_le("redirectedSessionID")?,
                    });
                }
                BlockType::CS_SECURITY => {
                    security = Some(ClientSecurity {
                        encryption_methods: EncryptionMethods(body.u32_le("encryptionMethods")?),
                        ext_encryption_methods: EncryptionMethods(body.u32_le("extEncryptionMethods")?),
                    });
                }
                BlockType::CS_NET => network = Some(channels(&mut body)?),
                BlockType::CS_MCS_MSGCHANNEL => message_channel = Some(body.u32_le("flags")?),
                BlockType::CS_MULTITRANSPORT => {
                    multitransport = Some(MultitransportFlags(body.u32_le("multitransportFlags")?));
                }
                _ => others.push(Block { kind, body: body.rest().to_vec() }),
            }
        }
        let missing = |field| reader.error(field, Fault::Form { expected: "there" });
        Ok(Self {
            core: core.ok_or_else(|| missing("clientCoreData"))?,
            cluster,
            security: security.ok_or_else(|| missing("clientSecurityData"))?,
            network,
            message_channel,
            multitransport,
            others,
        })
    }
}

/// Reads the channels that a client asks for.
fn channels(body: &mut Reader<'_>) -> Result<Vec<Channel>, DecodeError> {
    let count = body.u32_le("channelCount")?;
    if usize::try_from(count).is_ok_and(|count| count <= MOST_CHANNELS) {
        let channel = |_| {
            let name = text::ansi(body, "name", CHANNEL_NAME)?;
            Ok(Channel { name, options: ChannelOptions(body.u32_le("options")?) })
        };
        (0..count).map(channel).collect()
    } else {
        Err(body.refuse("channelCount", 4, count.into(), "31 at most"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_data_that_ends_anywhere_is_read_up_to_there_or_refused_by_a_field() {
        let security = block_of(BlockType::CS_SECURITY, &[0; 8]);
        let core = ClientCore::new(Protocols::SSL, "rdp-probe").to_bytes();
        let mut read = Vec::new();
        for end in 0..=core.len() {
            let bytes = [block_of(BlockType::CS_CORE, &core[..end]), security.clone()].concat();
            match ClientData::decode(&bytes) {
                Ok(data) => read.push((end, data.core.to_bytes().len())),
                Err(error) => assert_eq!(error.message, "CS_CORE", "cut at {end}: {error}"),
            }
        }
        let fields = [128, 130, 132, 136, 138, 140, 142, 206, 207, 208, 212];
        assert_eq!(read, fields.map(|end| (end, end)));
    }

    #[test]
    fn settings_without_their_core_are_refused() {
        let said = ClientData::decode(&block_of(BlockType::CS_SECURITY, &[0; 8])).unwrap_err().to_string();
        assert_eq!(said, "GCC client settings: `clientCoreData` at byte 12 is not there");
    }

    #[test]
    fn a_count_of_channels_that_lies_allocates_nothing() {
        let said = ClientData::decode(&block_of(BlockType::CS_NET, &[0xff; 4])).unwrap_err().to_string();
        assert_eq!(said, "CS_NET: `channelCount` at byte 4 holds 0xffffffff, not 31 at most");
    }

    fn block_of(kind: BlockType, body: &[u8]) -> Vec<u8> {
        Block { kind, body: body.to_vec() }.to_bytes()
    }
}
