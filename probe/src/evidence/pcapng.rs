//! Packets as a pcapng file that every analyser reads (draft-ietf-opsawg-pcapng).

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{InterfaceDescriptionBlock, InterfaceDescriptionOption};
use pcap_file::pcapng::blocks::interface_statistics::{InterfaceStatisticsBlock, InterfaceStatisticsOption};
use pcap_file::pcapng::blocks::unknown::UnknownBlock;
use pcap_file::{DataLink, PcapError};

use super::{Direction, Keys, Origin, Packet, Spool, Trace};

/// Times count nanoseconds: ten to the minus nine.
const NANOSECONDS: u8 = 9;

/// The Decryption Secrets Block, which the library does not know by name, and the type of what is in it.
const SECRETS_BLOCK: u32 = 0x0a;
const TLS_KEY_LOG: u32 = 0x544c_534b;

/// The interfaces of the file: what was seen, and what was not.
const WIRE: u32 = 0;
const SOCKET: u32 = 1;

const MADE_UP: &str = "synthesised from the bytes of the probe's socket: nobody saw this packet, and but for bytes, \
                       ends and time nothing in it was measured";

/// Writes the packets of all walks, with the secrets of their TLS connections first where they were asked for.
pub fn write(spool: &Spool, keys: Option<&Keys>, out: impl Write) -> io::Result<()> {
    let mut file = PcapNgWriter::new(out).map_err(unwritten)?;
    for (name, says) in [("wire", "the probe's own packets"), ("socket", MADE_UP)] {
        file.write_pcapng_block(InterfaceDescriptionBlock {
            linktype: DataLink::RAW,
            snaplen: 0,
            options: vec![
                InterfaceDescriptionOption::IfName(name.into()),
                InterfaceDescriptionOption::IfDescription(says.into()),
                InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
            ],
        })
        .map_err(unwritten)?;
    }
    if let Some(keys) = keys {
        secrets(&keys.lines().0, &mut file)?;
    }
    let mut missed = 0;
    for Trace { origin, packets } in spool.traces() {
        let (interface, comment) = match origin {
            Origin::Captured { missed: more } => {
                missed += more;
                (WIRE, None)
            }
            Origin::Synthesised => (SOCKET, Some(MADE_UP)),
        };
        for packet in packets {
            file.write_pcapng_block(block(interface, comment, packet)).map_err(unwritten)?;
        }
    }
    let last = spool.traces().iter().flat_map(|trace| &trace.packets).map(|packet| packet.at).max();
    file.write_pcapng_block(InterfaceStatisticsBlock {
        interface_id: WIRE,
        // The higher half comes first, in either byte order; the library writes the number as one.
        timestamp: u64::try_from(since_1970(last.unwrap_or(SystemTime::UNIX_EPOCH)).as_nanos())
            .unwrap_or_default()
            .rotate_left(if cfg!(target_endian = "little") { 32 } else { 0 }),
        options: vec![InterfaceStatisticsOption::IsbOsDrop(u64::try_from(missed).unwrap_or(u64::MAX))],
    })
    .map_err(unwritten)?;
    Ok(())
}

fn block<'a>(interface_id: u32, comment: Option<&'a str>, packet: &'a Packet) -> EnhancedPacketBlock<'a> {
    let direction = match packet.direction {
        Direction::Theirs => 1,
        Direction::Ours => 2,
    };
    let mut options = vec![EnhancedPacketOption::Flags(direction)];
    options.extend(comment.map(|comment| EnhancedPacketOption::Comment(comment.into())));
    EnhancedPacketBlock {
        interface_id,
        timestamp: since_1970(packet.at),
        original_len: u32::try_from(packet.length).unwrap_or(u32::MAX),
        data: Cow::Borrowed(&packet.bytes),
        options,
    }
}

/// A Decryption Secrets Block: the type, the length, and the lines, up to a multiple of four.
fn secrets<W: Write>(lines: &str, file: &mut PcapNgWriter<W>) -> io::Result<()> {
    let length = u32::try_from(lines.len()).map_err(io::Error::other)?;
    let mut body = [TLS_KEY_LOG.to_ne_bytes(), length.to_ne_bytes()].concat();
    body.extend_from_slice(lines.as_bytes());
    body.resize(body.len().next_multiple_of(4), 0);
    file.write_pcapng_block(UnknownBlock::new(SECRETS_BLOCK, 0, &body)).map_err(unwritten)?;
    Ok(())
}

fn since_1970(at: SystemTime) -> Duration {
    at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn unwritten(error: PcapError) -> io::Error {
    if let PcapError::IoError(error) = error { error } else { io::Error::other(error) }
}
