use crate::open::{open_bits, open_enum};

open_bits! {
    /// What a datagram is and what it holds, `uFlags`, [MS-RDPEUDP] 2.2.2.1.
    Flags: u16 {
        /// It opens a connection.
        SYN = 0x0001, "SYN";
        /// Defined, and used by nobody: a connection ends in silence.
        FIN = 0x0002, "FIN";
        /// An ACK vector follows; in a SYN+ACK none does.
        ACK = 0x0004, "ACK";
        /// A source or FEC packet follows.
        DATA = 0x0008, "DATA";
        /// What follows is a FEC packet.
        FEC = 0x0010, "FEC";
        /// The receiver has seen a loss.
        CN = 0x0020, "CN";
        /// The sender has made its window smaller.
        CWR = 0x0040, "CWR";
        /// Not used.
        SACK_OPTION = 0x0080, "SACK_OPTION";
        /// The number follows from which on the peer shall acknowledge.
        ACK_OF_ACKS = 0x0100, "ACK_OF_ACKS";
        /// In a SYN: the connection may lose packets.
        SYNLOSSY = 0x0200, "SYNLOSSY";
        /// The ACK was held back: its delay is no round trip.
        ACKDELAYED = 0x0400, "ACKDELAYED";
        /// In a SYN: the connection's name in both sides' logs follows.
        CORRELATION_ID = 0x0800, "CORRELATION_ID";
        /// In a SYN or SYN+ACK: the version follows.
        SYNEX = 0x1000, "SYNEX";
    }
}

open_bits! {
    /// What a [`SynEx`](super::SynEx) holds, `uSynExFlags`, [MS-RDPEUDP] 2.2.2.9.
    SynExFlags: u16 {
        /// The version counts.
        VERSION_INFO_VALID = 0x0001, "VERSION_INFO_VALID";
    }
}

open_enum! {
    /// The version that a side can speak, `uUdpVer`, [MS-RDPEUDP] 2.2.2.9; the higher, the newer.
    UdpVersion: u16 {
        /// Since Windows 8.
        V1 = 0x0001, "1";
        /// Since Windows 8.1: shorter timers.
        V2 = 0x0002, "2";
        /// Since Windows 10 version 1809: RDP-UDP2, once the connection is open.
        V3 = 0x0101, "3";
    }
}
