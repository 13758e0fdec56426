//! ASN.1 as far as RDP speaks it: three sets of encoding rules, one file each.

pub mod ber;
pub mod der;
pub mod per;
