//! What RDP stops mean.
//!
//! | module | is |
//! | --- | --- |
//! | [`codes`] | what mstsc and the protocols call things |

pub mod codes;
