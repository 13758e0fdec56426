use crate::open::{open_bits, open_enum};

open_bits! {
    /// How Standard RDP Security encrypts: what a client can do, or the one way that a server selects.
    EncryptionMethods: u32 {
        /// Not at all: TLS does it, or nobody.
        NONE = 0, "none";
        /// RC4 with 40 bits.
        RC4_40 = 0x01, "40BIT";
        /// RC4 with 128 bits.
        RC4_128 = 0x02, "128BIT";
        /// RC4 with 56 bits.
        RC4_56 = 0x08, "56BIT";
        /// Triple DES, under FIPS 140-1.
        FIPS = 0x10, "FIPS";
    }
}

open_enum! {
    /// What Standard RDP Security encrypts, [MS-RDPBCGR] 5.3.1.
    EncryptionLevel: u32 {
        /// Nothing.
        NONE = 0, "none";
        /// What the client sends.
        LOW = 1, "low";
        /// Both directions, as well as the client can.
        CLIENT_COMPATIBLE = 2, "client compatible";
        /// Both directions, as well as the server can.
        HIGH = 3, "high";
        /// Both directions, by FIPS methods.
        FIPS = 4, "FIPS";
    }
}
