use crate::codec::{DecodeError, Encode, Reader};
use crate::open::open_enum;

open_enum! {
    /// What a block of settings is about.
    BlockType: u16 {
        /// Server Core Data.
        SC_CORE = 0x0c01, "SC_CORE";
        /// Server Security Data.
        SC_SECURITY = 0x0c02, "SC_SECURITY";
        /// Server Network Data.
        SC_NET = 0x0c03, "SC_NET";
        /// Server Message Channel Data.
        SC_MCS_MSGCHANNEL = 0x0c04, "SC_MCS_MSGCHANNEL";
        /// Server Multitransport Channel Data.
        SC_MULTITRANSPORT = 0x0c08, "SC_MULTITRANSPORT";
        /// Client Core Data.
        CS_CORE = 0xc001, "CS_CORE";
        /// Client Security Data.
        CS_SECURITY = 0xc002, "CS_SECURITY";
        /// Client Network Data.
        CS_NET = 0xc003, "CS_NET";
        /// Client Cluster Data.
        CS_CLUSTER = 0xc004, "CS_CLUSTER";
        /// Client Monitor Data.
        CS_MONITOR = 0xc005, "CS_MONITOR";
        /// Client Message Channel Data.
        CS_MCS_MSGCHANNEL = 0xc006, "CS_MCS_MSGCHANNEL";
        /// Client Monitor Extended Data.
        CS_MONITOR_EX = 0xc008, "CS_MONITOR_EX";
        /// Client Multitransport Channel Data.
        CS_MULTITRANSPORT = 0xc00a, "CS_MULTITRANSPORT";
    }
}

/// The bytes of a block's header: type and length.
const HEADER: u16 = 4;

/// A block that nothing here decodes, kept as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is about.
    pub kind: BlockType,
    /// Its bytes behind the header.
    pub body: Vec<u8>,
}

impl Encode for Block {
    fn encode(&self, out: &mut Vec<u8>) {
        put(out, self.kind, |out| out.extend(&self.body));
    }
}

/// Writes a block: its header, and what `body` writes.
pub(super) fn put(out: &mut Vec<u8>, kind: BlockType, body: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    body(&mut inner);
    let length = u16::try_from(inner.len()).unwrap_or(u16::MAX).saturating_add(HEADER);
    out.extend(kind.0.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(inner);
}

/// Opens the next block: what it is about, and a reader over its body.
pub(super) fn next<'a>(reader: &mut Reader<'a>) -> Result<(BlockType, Reader<'a>), DecodeError> {
    let kind = BlockType(reader.u16_le("type")?);
    let length = reader.u16_le("length")?;
    let Some(body) = length.checked_sub(HEADER) else {
        return Err(reader.refuse("length", 2, length.into(), "at least 4, the header itself"));
    };
    let name = kind.name().unwrap_or("user data block");
    Ok((kind, reader.nested(name, "body", body.into())?))
}
