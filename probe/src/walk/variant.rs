use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::phase::Leg;

/// The one thing that sets a walk apart from the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variant {
    /// Nothing: what mstsc would send, to the system's first address.
    Baseline,
    /// Asks for Standard RDP Security alone, as mstsc does after the server has declined TLS.
    RdpOnly,
    /// Offers TLS alone, and goes no further than the answer.
    OfferSsl,
    /// Offers CredSSP alone, and goes no further than the answer.
    OfferHybrid,
    /// Offers Standard RDP Security alone, and goes no further than the answer.
    OfferRdp,
    /// Our own ClientHello, which offers what the TLS library does not: it reads the server's hello and certificate,
    /// and goes no further.
    Described,
    /// The same, with TLS 1.0 as the highest version.
    DescribedTls10,
    /// Another address of the name, whatever came of the first: a TCP connection, and no byte on it.
    Address,
    /// To where the server before it sent us, with what it gave us for the way, and without credentials.
    Redirected,
    /// Nothing, after a stop: whether the same walk ends alike once more.
    Control,
    /// TLS 1.2 as the highest version.
    Tls12Cap,
    /// A ClientHello with one suite and one group: about half as long.
    SmallHello,
    /// No cookie in the Connection Request.
    NoCookie,
    /// TLS alone offered in the Connection Request.
    TlsOnly,
    /// Another address of the name, after a stop: the whole walk, to see whether it passes there.
    OtherAddress,
    /// SYNs that expire on the way, to see who answers where.
    Hops,
    /// UDP datagrams, to see how large ones pass.
    Datagrams,
    /// Over UDP: a SYN as mstsc sends it, close behind the one before.
    UdpSyn,
    /// The same, long after the one before.
    UdpPaced,
    /// A SYN of version 1, which has none.
    UdpVersion1,
    /// A SYN of version 3, with the hash of no cookie that the server knows.
    UdpVersion3,
    /// TLS over UDP by our own ClientHello.
    UdpDescribed,
    /// TLS over UDP by the TLS library.
    UdpTls,
    /// The same, on a flow that was left idle before.
    UdpIdle,
    /// The lossy mode, and DTLS in it as far as it is in clear.
    UdpLossy,
    /// The tunnel that the server asked for in a session of ours.
    UdpTunnel,
    /// Plain DTLS, as an RD Gateway speaks it.
    UdpGateway,
    /// A STUN Binding Request.
    UdpStun,
    /// The message that draws the end goes so many hops at first.
    Stepped(u8),
    /// Segments of at most so many bytes, in both directions.
    Mss(u16),
    /// A ClientHello that fills one IP packet of so many bytes.
    Up(u16),
    /// Our own ClientHello, padded to so many bytes.
    Hello(u16),
    /// The same with other content: what TLS 1.0 knows.
    OtherHello(u16),
    /// Over UDP: a SYN of so many bytes.
    UdpLength(u16),
}

/// The variants that have a name of their own.
const NAMED: [(Variant, &str); 28] = [
    (Variant::Baseline, "baseline"),
    (Variant::RdpOnly, "rdp-only"),
    (Variant::OfferSsl, "offer-ssl"),
    (Variant::OfferHybrid, "offer-hybrid"),
    (Variant::OfferRdp, "offer-rdp"),
    (Variant::Described, "described"),
    (Variant::DescribedTls10, "described-tls10"),
    (Variant::Address, "address"),
    (Variant::Redirected, "redirected"),
    (Variant::Control, "control"),
    (Variant::Tls12Cap, "tls12-cap"),
    (Variant::SmallHello, "small-hello"),
    (Variant::NoCookie, "no-cookie"),
    (Variant::TlsOnly, "tls-only"),
    (Variant::OtherAddress, "other-address"),
    (Variant::Hops, "hops"),
    (Variant::Datagrams, "datagrams"),
    (Variant::UdpSyn, "udp-syn"),
    (Variant::UdpPaced, "udp-paced"),
    (Variant::UdpVersion1, "udp-v1"),
    (Variant::UdpVersion3, "udp-v3"),
    (Variant::UdpDescribed, "udp-described"),
    (Variant::UdpTls, "udp-tls"),
    (Variant::UdpIdle, "udp-idle"),
    (Variant::UdpLossy, "udp-lossy"),
    (Variant::UdpTunnel, "udp-tunnel"),
    (Variant::UdpGateway, "udp-gateway"),
    (Variant::UdpStun, "udp-stun"),
];

/// What stands before the number of a variant that has one.
const STEPPED: &str = "ttl-";
const MSS: &str = "mss-";
const UP: &str = "up-";
const HELLO: &str = "hello-";
const OTHER_HELLO: &str = "other-hello-";
const UDP_LENGTH: &str = "udp-length-";

impl Variant {
    /// The transport that it walks.
    pub const fn leg(self) -> Leg {
        let over_udp = matches!(
            self,
            Self::UdpSyn
                | Self::UdpPaced
                | Self::UdpVersion1
                | Self::UdpVersion3
                | Self::UdpDescribed
                | Self::UdpTls
                | Self::UdpIdle
                | Self::UdpLossy
                | Self::UdpTunnel
                | Self::UdpGateway
                | Self::UdpStun
                | Self::UdpLength(_)
        );
        if over_udp { Leg::Udp } else { Leg::Tcp }
    }

    /// Whether our own ClientHello stands in for the TLS library.
    pub const fn describes(self) -> bool {
        matches!(self, Self::Described | Self::DescribedTls10 | Self::Hello(_) | Self::OtherHello(_))
    }

    /// Whether it is an experiment: the baseline once more after its stop, with one thing changed, or none.
    pub const fn is_experiment(self) -> bool {
        matches!(
            self,
            Self::Control
                | Self::Tls12Cap
                | Self::SmallHello
                | Self::NoCookie
                | Self::TlsOnly
                | Self::OtherAddress
                | Self::Mss(_)
        )
    }

    /// How long its ClientHello is, in bytes on the wire, where it is padded to a length.
    pub const fn length(self) -> Option<u16> {
        if let Self::Hello(length) | Self::OtherHello(length) = self { Some(length) } else { None }
    }

    /// How many hops its message goes at first, where that is limited.
    pub const fn hops(self) -> Option<u8> {
        if let Self::Stepped(hops) = self { Some(hops) } else { None }
    }

    /// The largest segment that either side may send, where that is limited.
    pub const fn mss(self) -> Option<u16> {
        if let Self::Mss(mss) = self { Some(mss) } else { None }
    }
}

impl fmt::Display for Variant {
    /// The name that stands in the report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, NAMED.iter().find(|(variant, _)| variant == self)) {
            (Self::Stepped(hops), _) => write!(f, "{STEPPED}{hops}"),
            (Self::Mss(mss), _) => write!(f, "{MSS}{mss}"),
            (Self::Up(size), _) => write!(f, "{UP}{size}"),
            (Self::Hello(length), _) => write!(f, "{HELLO}{length}"),
            (Self::OtherHello(length), _) => write!(f, "{OTHER_HELLO}{length}"),
            (Self::UdpLength(length), _) => write!(f, "{UDP_LENGTH}{length}"),
            (_, Some((_, name))) => f.write_str(name),
            (_, None) => Err(fmt::Error),
        }
    }
}

/// A name that no variant has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no variant of a walk")]
pub struct UnknownVariant(String);

impl FromStr for Variant {
    type Err = UnknownVariant;

    fn from_str(text: &str) -> Result<Self, UnknownVariant> {
        let named = NAMED.iter().find(|(_, name)| *name == text).map(|(variant, _)| *variant);
        let numbered = |before: &str, variant: fn(u16) -> Self| text.strip_prefix(before)?.parse().ok().map(variant);
        let named = named.or_else(|| numbered(MSS, Self::Mss)).or_else(|| numbered(UP, Self::Up));
        let named = named.or_else(|| numbered(HELLO, Self::Hello));
        let named = named.or_else(|| numbered(OTHER_HELLO, Self::OtherHello));
        let named = named.or_else(|| numbered(UDP_LENGTH, Self::UdpLength));
        let stepped = || text.strip_prefix(STEPPED)?.parse().ok().map(Self::Stepped);
        named.or_else(stepped).ok_or_else(|| UnknownVariant(text.to_owned()))
    }
}

impl Serialize for Variant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Variant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Variant {
    fn schema_name() -> Cow<'static, str> {
        "Variant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = NAMED.iter().map(|(_, name)| *name).collect();
        json_schema!({
            "description": "The one thing that sets a walk apart from the baseline.",
            "type": "string",
            "pattern": format!("^({}|({STEPPED}|{MSS}|{UP}|{HELLO}|{OTHER_HELLO}|{UDP_LENGTH})[0-9]+)$", names.join("|")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_is_read_by_the_name_that_it_prints() {
        for variant in NAMED.iter().map(|(variant, _)| *variant).chain([
            Variant::Stepped(1),
            Variant::Mss(536),
            Variant::Up(u16::MAX),
            Variant::Hello(1),
            Variant::OtherHello(1),
            Variant::UdpLength(48),
        ]) {
            assert_eq!(variant.to_string().parse(), Ok(variant));
        }
    }

    #[test]
    fn a_name_that_no_variant_has_is_refused() {
        for text in ["", "mss-", "mss-x", "mss-65536", "ttl-256", "Baseline"] {
            assert_eq!(text.parse::<Variant>().unwrap_err().to_string(), format!("`{text}` is no variant of a walk"));
        }
    }
}
