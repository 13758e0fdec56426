//! The bytes of an RDP connection and what they mean. No I/O, no clock, no state but that of
//! a session's ciphers; unknown codes survive, and every error names the message, the field and the byte.
//!
//! | module | speaks | defined in |
//! | --- | --- | --- |
//! | [`tpkt`] | the packets that carry X.224 over TCP | RFC 1006 section 6 |
//! | [`x224`] | the connection below MCS, and its data | X.224 class 0, MS-RDPBCGR 2.2.1.1 and 2.2.1.2 |
//! | [`negotiate`] | the security protocols offered, selected or declined | MS-RDPBCGR 2.2.1.1.1 to 2.2.1.2.2 |
//! | [`tls`] | TLS as far as it is in clear: records, hellos, certificates, alerts | RFC 5246, RFC 8446 |
//! | [`credssp`] | the frame of Network Level Authentication | MS-CSSP 2.2.1 |
//! | [`kerberos`] | what a Kerberos KDC says when it refuses | RFC 4120 5.9.1, 7.5.9 |
//! | [`spnego`] | the choice of a mechanism inside `CredSSP` | RFC 4178, MS-SPNG 2.2 |
//! | [`ntlm`] | NTLM up to the server's challenge | MS-NLMP 2.2 |
//! | [`mcs`] | the domain that carries all channels | T.125 |
//! | [`gcc`] | the settings of both sides | T.124, MS-RDPBCGR 2.2.1.3 and 2.2.1.4 |
//! | [`session`] | what the client asks for, what the server says, and how both agree to begin | MS-RDPBCGR 2.2.1.11 to 2.2.15 |
//! | [`security`] | what encrypts a session where TLS does not | MS-RDPBCGR 5.3, 2.2.1.4.3 and 2.2.1.10 |
//! | [`licensing`] | whether the client may stay | MS-RDPELE, MS-RDPBCGR 2.2.1.12 |
//! | [`rdpudp`] | RDP over UDP, and the tunnel inside it | MS-RDPEUDP, MS-RDPEUDP2, MS-RDPEMT |
//! | [`dtls`] | DTLS as far as it is in clear: what differs from TLS | RFC 6347 |
//! | [`stun`] | by which address a server sees us | RFC 8489 |
//! | [`socks5`] | a SOCKS 5 proxy on the way | RFC 1928, RFC 1929 |
//! | [`http_connect`] | an HTTP proxy on the way | RFC 9110 9.3.6 |
//! | [`asn1`] | the encoding rules of the layers around | X.690, X.691 |
//! | [`foreign`] | what other services say first | their own protocols |

#![forbid(unsafe_code)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
#![cfg_attr(
    test,
    allow(clippy::indexing_slicing, clippy::panic, clippy::expect_used, reason = "a test may fail loudly")
)]

pub mod asn1;
pub mod codec;
pub mod credssp;
pub mod dtls;
pub mod foreign;
pub mod gcc;
pub mod http_connect;
pub mod kerberos;
pub mod licensing;
pub mod mcs;
pub mod negotiate;
pub mod ntlm;
mod open;
pub mod rdpudp;
mod secret;
pub mod security;
pub mod session;
pub mod socks5;
pub mod spnego;
pub mod stun;
mod text;
pub mod tls;
pub mod tpkt;
pub mod x224;

pub use secret::Secret;
