use super::capabilities::{Capability, client_capabilities};
use super::share::{descriptor, put_descriptor};
use crate::codec::{Decode, DecodeError, Encode, Reader};

/// What every client puts for the server's number, whatever the server calls itself.
const ORIGINATOR: u16 = 0x03ea;

/// Server Demand Active PDU, [MS-RDPBCGR] 2.2.1.13.1: the server begins a share, and shows what it can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemandActive {
    /// The share.
    pub share_id: u32,
    /// Who says so; nobody reads it.
    pub source_descriptor: String,
    /// What the server can do, 65535 sets at most.
    pub capabilities: Vec<Capability>,
    /// Ignored, 0; some servers leave it out.
    pub session_id: Option<u32>,
}

impl Encode for DemandActive {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.share_id.to_le_bytes());
        put_sets(out, &self.source_descriptor, &self.capabilities);
        out.extend(self.session_id.into_iter().flat_map(u32::to_le_bytes));
    }
}

impl<'a> Decode<'a> for DemandActive {
    const NAME: &'static str = "Demand Active PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let share_id = reader.u32_le("shareId")?;
        let (source_descriptor, capabilities) = sets(reader)?;
        let session_id = reader.more(|reader| reader.u32_le("sessionId"))?;
        Ok(Self { share_id, source_descriptor, capabilities, session_id })
    }
}

/// Client Confirm Active PDU, [MS-RDPBCGR] 2.2.1.13.2: the client takes part in the share, and shows what it can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmActive {
    /// The share, as the server named it.
    pub share_id: u32,
    /// 0x03ea by the specification.
    pub originator_id: u16,
    /// Who says so; nobody reads it.
    pub source_descriptor: String,
    /// What the client can do, 65535 sets at most.
    pub capabilities: Vec<Capability>,
}

impl ConfirmActive {
    /// What this project's client says in this share, of a desktop of this size and color depth.
    pub fn new(share_id: u32, width: u16, height: u16, bits_per_pixel: u16) -> Self {
        Self {
            share_id,
            originator_id: ORIGINATOR,
            source_descriptor: "MSTSC".to_owned(),
            capabilities: client_capabilities(width, height, bits_per_pixel),
        }
    }
}

impl Encode for ConfirmActive {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.share_id.to_le_bytes());
        out.extend(self.originator_id.to_le_bytes());
        put_sets(out, &self.source_descriptor, &self.capabilities);
    }
}

impl<'a> Decode<'a> for ConfirmActive {
    const NAME: &'static str = "Confirm Active PDU";

    fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let share_id = reader.u32_le("shareId")?;
        let originator_id = reader.u16_le("originatorId")?;
        let (source_descriptor, capabilities) = sets(reader)?;
        Ok(Self { share_id, originator_id, source_descriptor, capabilities })
    }
}

/// Writes what both messages share: two lengths, the source descriptor, and the sets behind their count.
fn put_sets(out: &mut Vec<u8>, descriptor: &str, capabilities: &[Capability]) {
    let count = u16::try_from(capabilities.len()).unwrap_or(u16::MAX);
    let mut combined = Vec::new();
    combined.extend(count.to_le_bytes());
    combined.extend([0, 0]);
    capabilities.iter().take(count.into()).for_each(|capability| capability.encode(&mut combined));
    let length = u16::try_from(combined.len()).unwrap_or(u16::MAX);
    put_descriptor(out, descriptor, |out| out.extend(length.to_le_bytes()));
    out.extend(combined);
}

/// Reads what [`put_sets`] writes.
fn sets(reader: &mut Reader<'_>) -> Result<(String, Vec<Capability>), DecodeError> {
    let source = reader.u16_le("lengthSourceDescriptor")?;
    let combined = reader.u16_le("lengthCombinedCapabilities")?;
    let source = descriptor(reader, source)?;
    let mut combined = reader.nested("Capability Set", "capabilitySets", combined.into())?;
    let count = combined.u16_le("numberCapabilities")?;
    combined.u16_le("pad2Octets")?;
    let capabilities = (0..count).map(|_| Capability::read(&mut combined)).collect::<Result<_, _>>()?;
    Ok((source, capabilities))
}
