use std::os::fd::{AsFd, AsRawFd};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the kernel knows of a TCP connection (`TCP_INFO`, `linux/tcp.h`). Times in microseconds, sizes in bytes; what
/// an older kernel does not fill is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TcpInfo {
    /// Smoothed round-trip time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_us: Option<u64>,
    /// Its mean deviation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rttvar_us: Option<u64>,
    /// The smallest round-trip time seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_rtt_us: Option<u64>,
    /// Whether both sides speak SACK, so that the other reports what it got twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sack: Option<bool>,
    /// Segments sent again, SYNs among them, over the connection's life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retransmits: Option<u32>,
    /// The largest segment that we send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mss: Option<u32>,
    /// Whether both sides put timestamps into their segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamps: Option<bool>,
    /// The largest segment that came, as the kernel guesses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rcv_mss: Option<u32>,
    /// Segments of ours that nobody has acknowledged yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unacked: Option<u32>,
    /// Those of them that the kernel takes for lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<u32>,
    /// The kernel's view of the path MTU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pmtu: Option<u32>,
    /// Bytes of ours that the other side acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_acked: Option<u64>,
    /// Bytes that came in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_received: Option<u64>,
    /// Segments sent, of any kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segs_out: Option<u32>,
    /// Segments that came, of any kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segs_in: Option<u32>,
    /// Segments sent with data in them, those sent again too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_segs_out: Option<u32>,
    /// Segments that came with data in them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_segs_in: Option<u32>,
    /// Segments of ours that arrived, as far as the other side acknowledged them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<u32>,
    /// Segments of ours that the other side got twice, as it reported by D-SACK (RFC 2883).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dsack_dups: Option<u32>,
    /// Segments that came out of order: the ones before them are missing or late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_order: Option<u32>,
}

/// The bit of `tcpi_options` that says that SACK was agreed on (`TCPI_OPT_SACK`).
const SACK: u8 = 2;

/// Reads `TCP_INFO` of a socket; `None` where the kernel gives none.
#[expect(unsafe_code, reason = "getsockopt fills a plain byte buffer whose length we pass and read back")]
pub fn tcp_info(socket: &impl AsFd) -> Option<TcpInfo> {
    let mut bytes = [0_u8; 512];
    let mut length = libc::socklen_t::try_from(bytes.len()).ok()?;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: `bytes` outlives the call, `length` is its size, and the kernel writes no more than that.
    let done =
        unsafe { libc::getsockopt(fd, libc::IPPROTO_TCP, libc::TCP_INFO, bytes.as_mut_ptr().cast(), &raw mut length) };
    bytes.get(..usize::try_from(length).ok()?).filter(|_| done == 0).map(read)
}

/// The bit of `tcpi_options` that says that timestamps were agreed on (`TCPI_OPT_TIMESTAMPS`).
const TIMESTAMPS: u8 = 1;

/// Reads the fields by their offsets in `struct tcp_info`; a shorter struct has fewer of them.
fn read(info: &[u8]) -> TcpInfo {
    let word = |at: usize| info.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes);
    // Zero is what the kernel holds before the first sample.
    let rtt = word(68).filter(|rtt| *rtt != 0).map(u64::from);
    let long = |at: usize| info.get(at..)?.first_chunk().copied().map(u64::from_ne_bytes);
    TcpInfo {
        timestamps: info.get(5).map(|options| options & TIMESTAMPS != 0),
        sack: info.get(5).map(|options| options & SACK != 0),
        mss: word(16),
        rcv_mss: word(20),
        unacked: word(24),
        lost: word(32),
        pmtu: word(60),
        rtt_us: rtt,
        rttvar_us: rtt.and_then(|_| word(72)).map(u64::from),
        retransmits: word(100),
        bytes_acked: long(120),
        bytes_received: long(128),
        // Before the first sample the kernel holds all ones here, or zero.
        min_rtt_us: word(148).filter(|least| !matches!(*least, 0 | u32::MAX)).map(u64::from),
        segs_out: word(136),
        segs_in: word(140),
        data_segs_in: word(152),
        data_segs_out: word(156),
        delivered: word(192),
        dsack_dups: word(216),
        out_of_order: word(224),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_on_loopback_has_a_round_trip_time_and_a_segment_size() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let info = tcp_info(&stream).unwrap();
        assert!(info.rtt_us.unwrap() > 0);
        assert!(info.mss.unwrap() >= 536);
        assert_eq!(info.retransmits, Some(0));
    }

    #[test]
    fn segments_are_counted_as_they_go_and_come() {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let counts = |info: TcpInfo| (info.data_segs_out, info.data_segs_in, info.dsack_dups, info.lost);
        assert_eq!(counts(tcp_info(&stream).unwrap()), (Some(0), Some(0), Some(0), Some(0)));
        let mut byte = [0];
        for _ in 0..3 {
            stream.write_all(&byte).unwrap();
            peer.read_exact(&mut byte).unwrap();
            peer.write_all(&byte).unwrap();
            stream.read_exact(&mut byte).unwrap();
        }
        let info = tcp_info(&stream).unwrap();
        assert_eq!((info.unacked, info.delivered), (Some(0), Some(4)), "three bytes and the SYN arrived");
        assert!(info.segs_out > info.data_segs_out && info.segs_in > info.data_segs_in);
        assert_eq!(counts(info), (Some(3), Some(3), Some(0), Some(0)));
    }

    #[test]
    fn a_shorter_struct_leaves_the_later_fields_absent() {
        let info = read(&[0; 104]);
        assert_eq!((info.retransmits, info.bytes_acked), (Some(0), None));
    }
}
