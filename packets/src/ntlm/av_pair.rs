//! What a server says of itself.

use crate::codec::{DecodeError, Reader, length_u16_le};

use super::payload::{utf16_bytes, utf16_text};

/// From 1601 to 1970, in microseconds.
const EPOCHS_APART: i64 = 11_644_473_600_000_000;

/// A moment by `FILETIME`: units of 100 ns since the year 1601 began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileTime(pub u64);

impl FileTime {
    /// The moment in microseconds since the year 1970 began, rounded down.
    pub fn unix_micros(self) -> i64 {
        i64::try_from(self.0 / 10).unwrap_or(i64::MAX).saturating_sub(EPOCHS_APART)
    }
}

/// `AV_PAIR`, [MS-NLMP] 2.2.2.1; the end mark is no fact and is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AvPair {
    /// The server's `NetBIOS` name.
    NetbiosComputer(String),
    /// Its domain's `NetBIOS` name; outside a domain its own.
    NetbiosDomain(String),
    /// The server's fully qualified name.
    DnsComputer(String),
    /// Its domain's fully qualified name; outside a domain its own.
    DnsDomain(String),
    /// The forest's fully qualified name.
    DnsTree(String),
    /// `MsvAvFlags`.
    Flags(u32),
    /// The server's clock.
    Timestamp(FileTime),
    /// `Single_Host_Data`, which only makes sense on one machine.
    SingleHost(Vec<u8>),
    /// The service principal that the client wants.
    TargetName(String),
    /// An MD5 over the TLS channel's bindings.
    ChannelBindings([u8; 16]),
    /// One that nobody has named here.
    Unknown {
        /// Its number.
        id: u16,
        /// Its bytes.
        value: Vec<u8>,
    },
}

impl AvPair {
    /// `AvId`.
    pub fn id(&self) -> u16 {
        match self {
            Self::NetbiosComputer(_) => 1,
            Self::NetbiosDomain(_) => 2,
            Self::DnsComputer(_) => 3,
            Self::DnsDomain(_) => 4,
            Self::DnsTree(_) => 5,
            Self::Flags(_) => 6,
            Self::Timestamp(_) => 7,
            Self::SingleHost(_) => 8,
            Self::TargetName(_) => 9,
            Self::ChannelBindings(_) => 10,
            Self::Unknown { id, .. } => *id,
        }
    }

    /// Reads the value of a pair with this number.
    fn read(id: u16, value: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match id {
            1 => Self::NetbiosComputer(utf16_text(value, "MsvAvNbComputerName")?),
            2 => Self::NetbiosDomain(utf16_text(value, "MsvAvNbDomainName")?),
            3 => Self::DnsComputer(utf16_text(value, "MsvAvDnsComputerName")?),
            4 => Self::DnsDomain(utf16_text(value, "MsvAvDnsDomainName")?),
            5 => Self::DnsTree(utf16_text(value, "MsvAvDnsTreeName")?),
            6 => Self::Flags(value.u32_le("MsvAvFlags")?),
            7 => Self::Timestamp(FileTime(value.u64_le("MsvAvTimestamp")?)),
            8 => Self::SingleHost(value.rest().to_owned()),
            9 => Self::TargetName(utf16_text(value, "MsvAvTargetName")?),
            10 => Self::ChannelBindings(value.array("MsvAvChannelBindings")?),
            id => Self::Unknown { id, value: value.rest().to_owned() },
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.id().to_le_bytes());
        length_u16_le(out, |out| match self {
            Self::NetbiosComputer(text)
            | Self::NetbiosDomain(text)
            | Self::DnsComputer(text)
            | Self::DnsDomain(text)
            | Self::DnsTree(text)
            | Self::TargetName(text) => out.extend(utf16_bytes(text)),
            Self::Flags(flags) => out.extend(flags.to_le_bytes()),
            Self::Timestamp(FileTime(time)) => out.extend(time.to_le_bytes()),
            Self::SingleHost(value) | Self::Unknown { value, .. } => out.extend(value),
            Self::ChannelBindings(hash) => out.extend(hash),
        });
    }
}

/// Reads pairs up to the end mark; of nothing at all, none.
pub(super) fn read_list(reader: &mut Reader<'_>) -> Result<Vec<AvPair>, DecodeError> {
    let mut pairs = Vec::new();
    while !reader.is_empty() {
        let id = reader.u16_le("AvId")?;
        let length = reader.u16_le("AvLen")?;
        let mut value = reader.nested("NTLM AV_PAIR", "Value", length.into())?;
        if id == 0 {
            break;
        }
        pairs.push(AvPair::read(id, &mut value)?);
        value.finish()?;
    }
    Ok(pairs)
}

/// Writes pairs and the end mark.
pub(super) fn write_list(pairs: &[AvPair], out: &mut Vec<u8>) {
    for pair in pairs {
        pair.write(out);
    }
    out.extend([0; 4]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_time_counts_from_1601() {
        assert_eq!(FileTime(116_444_736_000_000_000).unix_micros(), 0);
        assert_eq!(FileTime(116_444_736_000_000_019).unix_micros(), 1);
        assert_eq!(FileTime(0).unix_micros(), -EPOCHS_APART);
        assert_eq!(FileTime(u64::MAX).unix_micros(), 1_844_674_407_370_955_161 - EPOCHS_APART);
    }
}
