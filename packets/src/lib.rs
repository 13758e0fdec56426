//! The bytes of an RDP connection and what they mean. No I/O, no clock, no state; unknown codes survive, and every
//! error names the message, the field and the byte.
//!
//! | module | speaks | defined in |
//! | --- | --- | --- |
//! | [`tpkt`] | the packets that carry X.224 over TCP | RFC 1006 section 6 |
//! | [`x224`] | the connection below MCS, and its data | X.224 class 0, MS-RDPBCGR 2.2.1.1 and 2.2.1.2 |
//! | [`negotiate`] | the security protocols offered, selected or declined | MS-RDPBCGR 2.2.1.1.1 to 2.2.1.2.2 |
//! | [`tls`] | TLS as far as it is in clear: records, hellos, certificates, alerts | RFC 5246, RFC 8446 |
//! | [`credssp`] | the frame of Network Level Authentication | MS-CSSP 2.2.1 |
//! | [`spnego`] | the choice of a mechanism inside `CredSSP` | RFC 4178, MS-SPNG 2.2 |
//! | [`ntlm`] | NTLM up to the server's challenge | MS-NLMP 2.2 |
//! | [`mcs`] | the domain that carries all channels | T.125 |
//! | [`gcc`] | the settings of both sides | T.124, MS-RDPBCGR 2.2.1.3 and 2.2.1.4 |
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
pub mod foreign;
pub mod gcc;
pub mod mcs;
pub mod negotiate;
pub mod ntlm;
mod open;
pub mod spnego;
pub mod tls;
pub mod tpkt;
pub mod x224;
