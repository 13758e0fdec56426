use crate::open::open_bits;

open_bits! {
    /// What a side can carry beside TCP, [MS-RDPBCGR] 2.2.1.3.8 and 2.2.1.4.6.
    MultitransportFlags: u32 {
        /// Reliable UDP.
        UDP_FECR = 0x0001, "UDPFECR";
        /// Lossy UDP.
        UDP_FECL = 0x0004, "UDPFECL";
        /// It would rather have UDP alone.
        UDP_PREFERRED = 0x0100, "UDP_PREFERRED";
        /// Channels can move from TCP to UDP without a gap.
        SOFTSYNC_TCP_TO_UDP = 0x0200, "SOFTSYNC_TCP_TO_UDP";
    }
}
