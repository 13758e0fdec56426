//! The groups of a key exchange.

use crate::open::open_enum;

open_enum! {
    /// A group, by the IANA registry TLS Supported Groups.
    NamedGroup: u16 {
        /// NIST P-256.
        SECP256R1 = 0x0017, "secp256r1";
        /// NIST P-384.
        SECP384R1 = 0x0018, "secp384r1";
        /// NIST P-521.
        SECP521R1 = 0x0019, "secp521r1";
        /// Brainpool, 256 bits.
        BRAINPOOLP256R1 = 0x001a, "brainpoolP256r1";
        /// Brainpool, 384 bits.
        BRAINPOOLP384R1 = 0x001b, "brainpoolP384r1";
        /// Brainpool, 512 bits.
        BRAINPOOLP512R1 = 0x001c, "brainpoolP512r1";
        /// Curve25519.
        X25519 = 0x001d, "x25519";
        /// Curve448.
        X448 = 0x001e, "x448";
        /// Finite field, 2048 bits.
        FFDHE2048 = 0x0100, "ffdhe2048";
        /// Finite field, 3072 bits.
        FFDHE3072 = 0x0101, "ffdhe3072";
        /// Finite field, 4096 bits.
        FFDHE4096 = 0x0102, "ffdhe4096";
        /// Finite field, 6144 bits.
        FFDHE6144 = 0x0103, "ffdhe6144";
        /// Finite field, 8192 bits.
        FFDHE8192 = 0x0104, "ffdhe8192";
        /// NIST P-256 with ML-KEM-768.
        SECP256R1MLKEM768 = 0x11eb, "SecP256r1MLKEM768";
        /// Curve25519 with ML-KEM-768.
        X25519MLKEM768 = 0x11ec, "X25519MLKEM768";
        /// NIST P-384 with ML-KEM-1024.
        SECP384R1MLKEM1024 = 0x11ed, "SecP384r1MLKEM1024";
    }
}
