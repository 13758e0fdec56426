//! SYN and SYN+ACK.
//!
//! ```text
//! 0         4             6      8                      12           14
//! sourceAck receiveWindow flags  initialSequenceNumber  upstreamMtu  downstreamMtu
//! [correlation id (16 bytes), 16 zero bytes] [synExFlags  version  [cookie hash (32 bytes)]] padding
//! ```

use sha2::{Digest, Sha256};

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::secret::Secret;

use super::{Flags, SynExFlags, UdpVersion};

/// The largest MTU there may be, which everyone asks for; an opening is padded up to it.
pub const LARGEST_MTU: u16 = 1232;

/// The smallest MTU there may be.
pub const SMALLEST_MTU: u16 = 1132;

/// The window that Windows opens with, in packets.
pub const OPENING_WINDOW: u16 = 64;

/// What a client's SYN holds for an acknowledgement: nothing was received yet.
const NOTHING_RECEIVED: u32 = u32::MAX;

/// A SYN or SYN+ACK datagram. Its values are kept as they come, also those that no side may send: judging them is the
/// reader's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// In a SYN+ACK the number of the SYN that it answers; in a SYN all ones.
    pub source_ack: u32,
    /// How many packets the sender has room for.
    pub receive_window: u16,
    /// [`Flags::SYN`], with [`Flags::ACK`] in an answer. Written, the flags of what is there or not follow the fields.
    pub flags: Flags,
    /// The number of this datagram: the first data packet has the next.
    pub initial_sequence_number: u32,
    /// The longest datagram that the sender wants to send, in bytes of UDP payload.
    pub upstream_mtu: u16,
    /// The longest datagram that the sender wants to receive, in bytes of UDP payload.
    pub downstream_mtu: u16,
    /// The connection's name in both sides' logs, a GUID in network order; in a SYN alone.
    pub correlation_id: Option<[u8; 16]>,
    /// The version; without it, version 1.
    pub extension: Option<SynEx>,
    /// The length of the whole datagram: zeros fill it up, unless it is as long already.
    pub length: usize,
}

/// `RDPUDP_SYNDATAEX_PAYLOAD`, [MS-RDPEUDP] 2.2.2.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SynEx {
    /// Whether the version counts.
    pub flags: SynExFlags,
    /// The highest version that the sender speaks; in a SYN+ACK, the one that is spoken.
    pub version: UdpVersion,
    /// See [`cookie_hash`]; in a SYN alone. Clients have sent it with version 2 too. 32 zero bytes are padding.
    pub cookie_hash: Option<[u8; 32]>,
}

/// What a SYN of version 3 shows of the cookie in the server's
/// [`MultitransportRequest`](crate::session::MultitransportRequest): its SHA-256.
pub fn cookie_hash(cookie: &Secret<[u8; 16]>) -> [u8; 32] {
    Sha256::digest(cookie.0).into()
}

impl Opening {
    /// A client's first datagram, `length` bytes long, in the reliable mode: [`Flags::SYNLOSSY`] is the caller's to
    /// add, and so is a cookie hash.
    pub fn syn(number: u32, version: UdpVersion, correlation_id: Option<[u8; 16]>, length: usize) -> Self {
        let syn = Self { correlation_id, ..Self::new(NOTHING_RECEIVED, Flags::SYN, number, version, length) };
        Self { flags: syn.flags_of_content(), ..syn }
    }

    /// A server's answer to the SYN of number `answered`, `length` bytes long.
    pub fn syn_ack(answered: u32, number: u32, version: UdpVersion, length: usize) -> Self {
        let answer = Self::new(answered, Flags::SYN.with(Flags::ACK), number, version, length);
        Self { flags: answer.flags_of_content(), ..answer }
    }

    fn new(source_ack: u32, flags: Flags, number: u32, version: UdpVersion, length: usize) -> Self {
        let extension = SynEx { flags: SynExFlags::VERSION_INFO_VALID, version, cookie_hash: None };
        Self {
            source_ack,
            receive_window: OPENING_WINDOW,
            flags,
            initial_sequence_number: number,
            upstream_mtu: LARGEST_MTU,
            downstream_mtu: LARGEST_MTU,
            correlation_id: None,
            extension: (version != UdpVersion::V1).then_some(extension),
            length,
        }
    }

    /// Whether a server sent it.
    pub fn is_answer(&self) -> bool {
        self.flags.contains(Flags::ACK)
    }

    /// The version that it speaks of: 1, unless it says another.
    pub fn version(&self) -> UdpVersion {
        let counts = self.extension.filter(|extension| extension.flags.contains(SynExFlags::VERSION_INFO_VALID));
        counts.map_or(UdpVersion::V1, |extension| extension.version)
    }

    /// The flags, of which those that announce a part say what is there.
    fn flags_of_content(&self) -> Flags {
        self.flags
            .with(Flags::SYN)
            .saying(Flags::CORRELATION_ID, self.correlation_id.is_some())
            .saying(Flags::SYNEX, self.extension.is_some())
    }
}

impl Encode for Opening {
    fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend(self.source_ack.to_be_bytes());
        out.extend(self.receive_window.to_be_bytes());
        out.extend(self.flags_of_content().0.to_be_bytes());
        out.extend(self.initial_sequence_number.to_be_bytes());
        out.extend(self.upstream_mtu.to_be_bytes());
        out.extend(self.downstream_mtu.to_be_bytes());
        if let Some(id) = self.correlation_id {
            out.extend(id);
            out.extend([0; 16]);
        }
        if let Some(SynEx { flags, version, cookie_hash }) = self.extension {
            out.extend(flags.0.to_be_bytes());
            out.extend(version.0.to_be_bytes());
            out.extend(cookie_hash.iter().flatten());
        }
        out.resize(start.saturating_add(self.length).max(out.len()), 0);
    }
}

impl Decode<'_> for Opening {
    const NAME: &'static str = "RDP-UDP SYN";

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let start = reader.offset();
        let source_ack = reader.u32_be("snSourceAck")?;
        let receive_window = reader.u16_be("uReceiveWindowSize")?;
        let flags = Flags(reader.u16_be("uFlags")?);
        if !flags.contains(Flags::SYN) {
            return Err(reader.refuse("uFlags", 2, flags.0.into(), "with SYN, 0x0001"));
        }
        let initial_sequence_number = reader.u32_be("snInitialSequenceNumber")?;
        let upstream_mtu = reader.u16_be("uUpStreamMtu")?;
        let downstream_mtu = reader.u16_be("uDownStreamMtu")?;
        let correlation_id = if flags.contains(Flags::CORRELATION_ID) { Some(correlation_id(reader)?) } else { None };
        let extension = if flags.contains(Flags::SYNEX) { Some(SynEx::read(reader)?) } else { None };
        reader.rest();
        let length = reader.offset().saturating_sub(start);
        Ok(Self {
            source_ack,
            receive_window,
            flags,
            initial_sequence_number,
            upstream_mtu,
            downstream_mtu,
            correlation_id,
            extension,
            length,
        })
    }
}

impl SynEx {
    /// Reads the extension. The version does not tell whether a hash follows: what stands there does.
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let flags = SynExFlags(reader.u16_be("uSynExFlags")?);
        let version = UdpVersion(reader.u16_be("uUdpVer")?);
        let cookie_hash = reader.peek::<32>().filter(|hash| *hash != [0; 32]);
        Ok(Self { flags, version, cookie_hash })
    }
}

/// Reads `RDPUDP_CORRELATION_ID_PAYLOAD`, [MS-RDPEUDP] 2.2.2.8.
fn correlation_id(reader: &mut Reader<'_>) -> Result<[u8; 16], DecodeError> {
    let id = reader.array("uCorrelationId")?;
    reader.bytes("uReserved", 16)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_is_padded_to_its_length_and_never_cut_to_it() {
        let syn = Opening::syn(7, UdpVersion::V2, Some([9; 16]), 1232);
        assert_eq!(syn.to_bytes().len(), 1232);
        assert_eq!(Opening::decode(&syn.to_bytes()), Ok(syn));
        assert_eq!(Opening::syn(7, UdpVersion::V2, Some([9; 16]), 0).to_bytes().len(), 52);
        assert_eq!(Opening::syn_ack(7, 8, UdpVersion::V1, 0).to_bytes().len(), 16);
    }

    #[test]
    fn a_cookie_hash_is_found_with_any_version_and_zeros_are_none() {
        let hash = cookie_hash(&Secret([0; 16]));
        assert_eq!(hash[..4], [0x37, 0x47, 0x08, 0xff]);
        for version in [UdpVersion::V2, UdpVersion::V3] {
            let mut syn = Opening::syn(7, version, None, 1232);
            assert_eq!(Opening::decode(&syn.to_bytes()), Ok(syn.clone()));
            syn.extension.as_mut().unwrap().cookie_hash = Some(hash);
            assert_eq!(Opening::decode(&syn.to_bytes()), Ok(syn));
        }
    }

    #[test]
    fn a_version_counts_only_where_its_flag_says_so() {
        let mut syn = Opening::syn(7, UdpVersion::V3, None, 0);
        assert_eq!(syn.version(), UdpVersion::V3);
        syn.extension.as_mut().unwrap().flags = SynExFlags(0);
        assert_eq!(syn.version(), UdpVersion::V1);
    }
}
