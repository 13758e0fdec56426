//! What a host's firewall does with packets: rules of `nft`, each with a counter of its own.

use std::iter;
use std::net::IpAddr;
use std::process::Command;

use serde_json::Value;

use super::namespace::Namespace;
use super::record::Way;
use crate::bed::error::{Error, Result};
use crate::bed::process::{feed, run};

/// The table that holds every rule of the bed, in a namespace.
const TABLE: &str = "inet bed";

/// Where a rule looks at packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// What is for this host.
    Input,
    /// What this host passes on.
    Forward,
    /// What this host sends.
    Output,
    /// What comes, before it is known whether it is for this host: of each connection the first packet, for
    /// [`Rule::redirect`].
    Arrival,
}

/// A rule. It holds for every packet that its hook sees, unless it is narrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    hook: Hook,
    way: Option<Way>,
    /// Conditions, of which a packet meets one. More than one where the families differ.
    cases: Vec<String>,
    /// The last condition: chance, which is asked for no other packet.
    chance: String,
    verdict: String,
}

impl Rule {
    fn new(verdict: &str) -> Self {
        let (cases, chance) = (vec![String::new()], String::new());
        Self { hook: Hook::Forward, way: None, cases, chance, verdict: verdict.to_owned() }
    }

    /// Only counts.
    pub fn count() -> Self {
        Self::new("continue")
    }

    /// Drops in silence.
    pub fn drop() -> Self {
        Self::new("drop")
    }

    /// Drops a share of packets by chance, from 0 to 1, to the millionth.
    pub fn lose(share: f64) -> Self {
        let chance = format!("numgen random mod 1000000 < {:.0}", share * 1e6);
        Self { chance, ..Self::drop() }
    }

    /// Answers in the host's own name.
    pub fn reject(with: Reject) -> Self {
        let rule = Self::new(&format!("reject with {}", with.words()));
        if with == Reject::Reset { rule.narrow("meta l4proto tcp") } else { rule }
    }

    /// Lowers the MSS of both sides to what fits the route out.
    pub fn clamp_mss() -> Self {
        Self::new("tcp option maxseg size set rt mtu").narrow("tcp flags & syn == syn")
    }

    /// Sets the MSS of both sides.
    pub fn clamp_mss_to(mss: u16) -> Self {
        Self::new(&format!("tcp option maxseg size set {mss}")).narrow("tcp flags & syn == syn")
    }

    /// Keeps this host from sending an ICMP message of its own.
    pub fn mute(message: Icmp) -> Self {
        Self::drop().at(Hook::Output).either(match message {
            Icmp::TooBig => ["icmp type destination-unreachable icmp code 4", "icmpv6 type packet-too-big"],
            Icmp::TimeExceeded => ["icmp type time-exceeded", "icmpv6 type time-exceeded"],
            Icmp::Unreachable => {
                ["icmp type destination-unreachable icmp code != 4", "icmpv6 type destination-unreachable"]
            }
        })
    }

    /// Lets this host answer clients that mean a port of another one, on a port of its own.
    pub fn redirect(port: u16, own: u16) -> Self {
        let rule = Self::new(&format!("redirect to :{own}")).at(Hook::Arrival);
        rule.toward(Way::Up).narrow(&format!("tcp dport {port}"))
    }

    /// Only in one direction.
    #[must_use]
    pub fn toward(mut self, way: Way) -> Self {
        self.way = Some(way);
        self
    }

    /// Only IP packets of more than so many bytes.
    #[must_use]
    pub fn larger_than(self, bytes: u16) -> Self {
        self.narrow(&format!("meta length > {bytes}"))
    }

    /// Only TCP from or to this port.
    #[must_use]
    pub fn tcp_port(self, port: u16) -> Self {
        self.either([&format!("tcp dport {port}"), &format!("tcp sport {port}")])
    }

    /// Only UDP.
    #[must_use]
    pub fn udp(self) -> Self {
        self.narrow("meta l4proto udp")
    }

    /// Only fragments of IP packets, the first ones too.
    #[must_use]
    pub fn fragments(self) -> Self {
        self.either(["ip frag-off & 0x3fff != 0", "exthdr frag exists"])
    }

    /// Only what `nft` describes in its own words.
    #[must_use]
    pub fn narrow(mut self, words: &str) -> Self {
        for case in &mut self.cases {
            *case = format!("{case} {words}");
        }
        self
    }

    /// At another hook.
    #[must_use]
    pub fn at(mut self, hook: Hook) -> Self {
        self.hook = hook;
        self
    }

    fn either(mut self, words: [&str; 2]) -> Self {
        self.cases = words.iter().flat_map(|words| self.clone().narrow(words).cases).collect();
        self
    }

    /// What `nft` has to do for the rule, with a counter of this name.
    fn script(self, counter: &str) -> String {
        let (chain, kind) = match self.hook {
            Hook::Input => ("input", "filter hook input priority 0"),
            Hook::Forward => ("forward", "filter hook forward priority 0"),
            Hook::Output => ("output", "filter hook output priority 0"),
            Hook::Arrival => ("arrival", "nat hook prerouting priority dstnat"),
        };
        let interface = match (self.hook, self.way) {
            (_, None) => "",
            (Hook::Output, Some(Way::Up)) => "oifname server",
            (Hook::Output, Some(Way::Down)) => "oifname client",
            (Hook::Input | Hook::Forward | Hook::Arrival, Some(Way::Up)) => "iifname client",
            (Hook::Input | Hook::Forward | Hook::Arrival, Some(Way::Down)) => "iifname server",
        };
        let Self { cases, chance, verdict, .. } = self;
        let rule =
            |case| format!("add rule {TABLE} {chain} {interface} {case} {chance} counter name {counter} {verdict}\n");
        let head = format!(
            "add table {TABLE}\nadd counter {TABLE} {counter}\n\
             add chain {TABLE} {chain} {{ type {kind}; }}\n"
        );
        iter::once(head).chain(cases.into_iter().map(rule)).collect()
    }
}

/// An ICMP message that a host may fail to send. Each is one in both families.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icmp {
    /// Fragmentation needed; packet too big.
    TooBig,
    /// Time exceeded, with which a router tells of itself to a traceroute.
    TimeExceeded,
    /// Destination unreachable, except for the size.
    Unreachable,
}

/// What a firewall answers in place of the host behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reject {
    /// A TCP reset, in the name of the host behind.
    Reset,
    /// Net unreachable; no route to destination.
    NoRoute,
    /// Host unreachable; address unreachable.
    HostUnreachable,
    /// Port unreachable.
    PortUnreachable,
    /// Communication administratively prohibited.
    AdminProhibited,
    /// Protocol unreachable. IPv4 alone.
    ProtocolUnreachable,
    /// Network administratively prohibited. IPv4 alone.
    NetProhibited,
    /// Host administratively prohibited. IPv4 alone.
    HostProhibited,
    /// Source address failed ingress or egress policy. IPv6 alone.
    PolicyFail,
    /// Reject route to destination. IPv6 alone.
    RejectRoute,
}

impl Reject {
    /// Every one.
    pub const ALL: [Self; 10] = [
        Self::Reset,
        Self::NoRoute,
        Self::HostUnreachable,
        Self::PortUnreachable,
        Self::AdminProhibited,
        Self::ProtocolUnreachable,
        Self::NetProhibited,
        Self::HostProhibited,
        Self::PolicyFail,
        Self::RejectRoute,
    ];

    /// Type and code of the ICMP message to a packet for this address; `None` where the family has no such message.
    pub fn code(self, to: IpAddr) -> Option<(u8, u8)> {
        let (v4, v6) = match self {
            Self::Reset => (None, None),
            Self::NoRoute => (Some(0), Some(0)),
            Self::HostUnreachable => (Some(1), Some(3)),
            Self::PortUnreachable => (Some(3), Some(4)),
            Self::AdminProhibited => (Some(13), Some(1)),
            Self::ProtocolUnreachable => (Some(2), None),
            Self::NetProhibited => (Some(9), None),
            Self::HostProhibited => (Some(10), None),
            Self::PolicyFail => (None, Some(5)),
            Self::RejectRoute => (None, Some(6)),
        };
        if to.is_ipv4() { Some((3, v4?)) } else { Some((1, v6?)) }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Reset => "tcp reset",
            Self::NoRoute => "icmpx type no-route",
            Self::HostUnreachable => "icmpx type host-unreachable",
            Self::PortUnreachable => "icmpx type port-unreachable",
            Self::AdminProhibited => "icmpx type admin-prohibited",
            Self::ProtocolUnreachable => "icmp type prot-unreachable",
            Self::NetProhibited => "icmp type net-prohibited",
            Self::HostProhibited => "icmp type host-prohibited",
            Self::PolicyFail => "icmpv6 type policy-fail",
            Self::RejectRoute => "icmpv6 type reject-route",
        }
    }
}

/// What a rule has met.
#[derive(Debug)]
pub struct Counter {
    namespace: Namespace,
    name: String,
}

impl Counter {
    /// Adds the rule to a namespace, behind those that are there.
    pub(super) fn add(namespace: &Namespace, name: String, rule: Rule) -> Result<Self> {
        let script = rule.script(&name);
        namespace.run(|| feed(Command::new("nft").args(["-f", "-"]), &script))?;
        Ok(Self { namespace: namespace.clone(), name })
    }

    /// Packets that met every condition of the rule until now.
    pub fn packets(&self) -> Result<u64> {
        let mut nft = Command::new("nft");
        nft.args(["--json", "list", "counter"]).args(TABLE.split(' ')).arg(&self.name);
        let said = self.namespace.run(|| run(&mut nft))?;
        let listed: Value = serde_json::from_slice(&said).unwrap_or_default();
        let packets =
            listed["nftables"].as_array().into_iter().flatten().find_map(|item| item["counter"]["packets"].as_u64());
        packets.ok_or_else(|| Error::Failed { program: "nft".to_owned(), stderr: format!("no counter in {listed}") })
    }
}
