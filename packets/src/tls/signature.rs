//! The signatures that a client accepts.

use crate::open::open_enum;

open_enum! {
    /// A signature algorithm with its hash, by the IANA registry TLS `SignatureScheme`; from strong to weak.
    SignatureScheme: u16 {
        /// ECDSA on P-256 with SHA-256.
        ECDSA_SECP256R1_SHA256 = 0x0403, "ecdsa_secp256r1_sha256";
        /// ECDSA on P-384 with SHA-384.
        ECDSA_SECP384R1_SHA384 = 0x0503, "ecdsa_secp384r1_sha384";
        /// ECDSA on P-521 with SHA-512.
        ECDSA_SECP521R1_SHA512 = 0x0603, "ecdsa_secp521r1_sha512";
        /// Ed25519.
        ED25519 = 0x0807, "ed25519";
        /// Ed448.
        ED448 = 0x0808, "ed448";
        /// RSA-PSS with SHA-256 and an ordinary RSA key.
        RSA_PSS_RSAE_SHA256 = 0x0804, "rsa_pss_rsae_sha256";
        /// RSA-PSS with SHA-384 and an ordinary RSA key.
        RSA_PSS_RSAE_SHA384 = 0x0805, "rsa_pss_rsae_sha384";
        /// RSA-PSS with SHA-512 and an ordinary RSA key.
        RSA_PSS_RSAE_SHA512 = 0x0806, "rsa_pss_rsae_sha512";
        /// RSA-PSS with SHA-256 and a key for PSS alone.
        RSA_PSS_PSS_SHA256 = 0x0809, "rsa_pss_pss_sha256";
        /// RSA-PSS with SHA-384 and a key for PSS alone.
        RSA_PSS_PSS_SHA384 = 0x080a, "rsa_pss_pss_sha384";
        /// RSA-PSS with SHA-512 and a key for PSS alone.
        RSA_PSS_PSS_SHA512 = 0x080b, "rsa_pss_pss_sha512";
        /// RSA PKCS #1 v1.5 with SHA-256.
        RSA_PKCS1_SHA256 = 0x0401, "rsa_pkcs1_sha256";
        /// RSA PKCS #1 v1.5 with SHA-384.
        RSA_PKCS1_SHA384 = 0x0501, "rsa_pkcs1_sha384";
        /// RSA PKCS #1 v1.5 with SHA-512.
        RSA_PKCS1_SHA512 = 0x0601, "rsa_pkcs1_sha512";
        /// DSA with SHA-256.
        DSA_SHA256 = 0x0402, "dsa_sha256";
        /// ECDSA with SHA-1.
        ECDSA_SHA1 = 0x0203, "ecdsa_sha1";
        /// RSA PKCS #1 v1.5 with SHA-1.
        RSA_PKCS1_SHA1 = 0x0201, "rsa_pkcs1_sha1";
        /// DSA with SHA-1.
        DSA_SHA1 = 0x0202, "dsa_sha1";
    }
}
