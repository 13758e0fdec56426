//! The wires of a path, and the hosts that they join.

use std::iter;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::thread;
use std::time::Duration;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

use super::host::Host;
use super::impairment::Impairment;
use super::link::{Link, Spec};
use super::middlebox::Middlebox;
use super::namespace::Namespace;
use super::tun::Tun;
use crate::bed::error::{Result, io};
use crate::bed::stamped;

/// The MTU of Ethernet.
const ETHERNET: u16 = 1500;

/// How often interfaces are looked at until they are up, and how long the pause between two looks is: 5 s in all.
const LOOKS: u32 = 5000;
const PAUSE: Duration = Duration::from_millis(1);

/// The interface towards the client, and that towards the server.
const TOWARD_CLIENT: &str = "client";
const TOWARD_SERVER: &str = "server";

/// The interfaces at both ends of a second wire.
const BESIDE: &str = "beside";

/// What every host is told before it has an interface. An ICMP message is not held back because there were others, and
/// nobody looks for routers, of which the routes know.
const HOST: &[(&str, &str)] = &[
    ("net/ipv4/icmp_ratelimit", "0"),
    ("net/ipv6/icmp/ratelimit", "0"),
    ("net/ipv6/conf/default/accept_ra", "0"),
    ("net/ipv6/conf/default/router_solicitations", "0"),
];

/// What a router is told besides.
const ROUTER: &[(&str, &str)] = &[("net/ipv4/ip_forward", "1"), ("net/ipv6/conf/all/forwarding", "1")];

/// What joins two hosts. The default is a veth pair with the MTU of Ethernet.
pub struct Wire {
    mtu: u16,
    /// What the wire does to packets, if it is a thread.
    link: Option<Spec>,
}

impl Default for Wire {
    fn default() -> Self {
        Self { mtu: ETHERNET, link: None }
    }
}

impl Wire {
    /// A veth pair with this MTU.
    pub fn mtu(mtu: u16) -> Self {
        Self::default().sized(mtu)
    }

    /// A [`Link`] that does the same in both directions.
    pub fn link(impairment: Impairment) -> Self {
        Self::link_ways(impairment.clone(), impairment)
    }

    /// A [`Link`] that does this to what the client sends, and that to what the server sends.
    pub fn link_ways(up: Impairment, down: Impairment) -> Self {
        Self { link: Some(Spec { up, down, middlebox: None }), ..Self::default() }
    }

    /// With a middlebox at the client's end of the wire, which has to be a [`Link`] for it.
    #[must_use]
    pub fn with(mut self, middlebox: Middlebox) -> Self {
        self.link.get_or_insert_default().middlebox = Some(middlebox);
        self
    }

    /// With the MTU of both interfaces, of which hosts are told when a packet is too large: 1280, which IPv6 demands, or
    /// more.
    #[must_use]
    pub fn sized(mut self, mtu: u16) -> Self {
        self.mtu = mtu;
        self
    }
}

/// A path: a client, a server, and a router between each wire and the next. With no wire at all client and server are
/// one host. Everything ends with this value.
#[derive(Debug)]
pub struct Bed {
    /// One a wire; none where the wire is a veth pair. They end before the hosts do.
    links: Vec<Option<Link>>,
    hosts: Vec<Host>,
}

impl Bed {
    /// Makes the hosts, and joins each to the next by one of the wires, from the client on. Every packet on them has a
    /// time for whoever captures it.
    pub fn new(wires: impl IntoIterator<Item = Wire>) -> Result<Self> {
        stamped();
        let wires: Vec<Wire> = wires.into_iter().collect();
        let hosts = (0..=wires.len()).map(|number| host(number, wires.len())).collect::<Result<Vec<_>>>()?;
        let join = |(wire, ends)| join(wire, ends, [TOWARD_SERVER, TOWARD_CLIENT]);
        let devices = wires.iter().zip(hosts.windows(2)).map(join);
        let devices = devices.collect::<Result<Vec<_>>>()?;
        for (number, host) in hosts.iter().enumerate() {
            host.ip(&interfaces(number, &wires))?;
        }
        for (number, host) in hosts.iter().enumerate() {
            host.run(carried)?;
            host.ip(&routes(number, wires.len()))?;
        }
        let links = wires.into_iter().zip(devices).map(|(wire, devices)| start(wire, devices));
        Ok(Self { links: links.collect::<Result<_>>()?, hosts })
    }

    /// With a second wire between the two hosts of a path of one wire, whose interfaces are called `beside` at both ends:
    /// what the client binds to its own reaches the server's addresses by it. As a link it is wire 1.
    ///
    /// # Panics
    /// If there is a router.
    pub fn beside(mut self, wire: Wire) -> Result<Self> {
        let [client, server] = self.hosts.as_slice() else { panic!("a second wire joins two hosts") };
        let devices = join(&wire, &self.hosts, [BESIDE, BESIDE])?;
        client.ip(&set_up(BESIDE, 1, 1, wire.mtu))?;
        server.ip(&set_up(BESIDE, 1, 2, wire.mtu))?;
        for host in &self.hosts {
            host.run(carried)?;
        }
        let (net4, net6, by4, by6) = (v4(0, 0), v6(0, 0), v4(1, 2), v6(1, 2));
        client.ip(&format!(
            "route add {net4}/24 via {by4} dev {BESIDE} metric 2000\nroute add {net6}/64 via {by6} dev {BESIDE} metric 2000"
        ))?;
        // Datagrams are answered from the address that the client asked.
        let (net4, net6) = (v4(1, 0), v6(1, 0));
        server.ip(&format!(
            "route replace {net4}/24 dev {BESIDE} src {}\nroute replace {net6}/64 dev {BESIDE} metric 256 src {}",
            server.v4, server.v6
        ))?;
        self.links.push(start(wire, devices)?);
        Ok(self)
    }

    /// The host at the beginning.
    ///
    /// # Panics
    /// Never: a path has a host at least.
    pub fn client(&self) -> &Host {
        self.hosts.first().expect("a host")
    }

    /// The host at the end.
    ///
    /// # Panics
    /// Never: a path has a host at least.
    pub fn server(&self) -> &Host {
        self.hosts.last().expect("a host")
    }

    /// A router, counted from the client on, the first being 0.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn router(&self, number: usize) -> &Host {
        let routers = self.hosts.len().saturating_sub(2);
        assert!(number < routers, "there is no router {number} among {routers}");
        &self.hosts[number + 1]
    }

    /// What the thread of a wire saw, and what it does. Wires are counted from the client on, the first being 0.
    ///
    /// # Panics
    /// If there are not so many, or if this one is a veth pair.
    pub fn link(&self, wire: usize) -> &Link {
        self.links.get(wire).and_then(Option::as_ref).unwrap_or_else(|| panic!("wire {wire} is no link"))
    }
}

/// An address of a wire's end: 1 towards the client, 2 towards the server.
fn v4(wire: usize, end: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 99, u8::try_from(wire).expect("few wires"), end)
}

/// As [`v4`].
fn v6(wire: usize, end: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xfd99, u16::try_from(wire).expect("few wires"), 0, 0, 0, 0, 0, end)
}

/// Makes a host, not yet joined to any other.
fn host(number: usize, wires: usize) -> Result<Host> {
    let (v4, v6) = match number {
        _ if wires == 0 => (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST),
        0 => (v4(0, 1), v6(0, 1)),
        _ => (v4(number - 1, 2), v6(number - 1, 2)),
    };
    let host = Host::new(Namespace::new()?, v4, v6);
    let routes = 0 < number && number < wires;
    for (name, value) in HOST.iter().chain(if routes { ROUTER } else { &[] }) {
        host.sysctl(name, value)?;
    }
    Ok(host)
}

/// Makes the interfaces at both ends of a wire, and gives those of a link.
fn join(wire: &Wire, ends: &[Host], [near, far]: [&str; 2]) -> Result<Option<(Tun, Tun)>> {
    let [left, right] = ends else { unreachable!("a window of two") };
    if wire.link.is_none() {
        let there = right.namespace().path();
        left.ip(&format!("link add {near} type veth peer name {far} netns {there}"))?;
        return Ok(None);
    }
    let open = |host: &Host, name| host.run(|| Tun::open(name)).map_err(io("make a TUN device"));
    Ok(Some((open(left, near)?, open(right, far)?)))
}

/// The commands that give a host its addresses.
fn interfaces(number: usize, wires: &[Wire]) -> String {
    let toward_client = number.checked_sub(1).map(|wire| (TOWARD_CLIENT, wire, 2));
    let toward_server = (number < wires.len()).then_some((TOWARD_SERVER, number, 1));
    let own = toward_client.into_iter().chain(toward_server);
    let own = own.map(|(name, wire, end)| set_up(name, wire, end, wires[wire].mtu));
    iter::once("link set lo up\n".to_owned()).chain(own).collect()
}

/// The commands that give a wire's end its addresses.
fn set_up(name: &str, wire: usize, end: u8, mtu: u16) -> String {
    let (v4, v6) = (v4(wire, end), v6(wire, end.into()));
    // With segmentation left to the device, one packet in here would be many on a real wire. And a router asks for its
    // neighbours by its link-local address, which the kernel would give it too late.
    format!(
        "link set {name} mtu {mtu} gso_max_segs 1 addrgenmode none up\n\
         address add {v4}/24 dev {name}\n\
         address add {v6}/64 dev {name} nodad\n\
         address add fe80::{end}/64 dev {name} nodad\n"
    )
}

/// Starts the thread of a wire that is a link.
fn start(wire: Wire, devices: Option<(Tun, Tun)>) -> Result<Option<Link>> {
    wire.link.zip(devices).map(|(spec, (client, server))| Link::start(client, server, spec)).transpose()
}

/// Waits until every interface of the calling thread's namespace carries packets. That of a veth pair which was set up
/// before its peer does so a moment later than both, and loses what it is to send until then.
fn carried() -> Result<()> {
    for _ in 0..LOOKS {
        let mut interfaces = getifaddrs().map_err(|error| io("list interfaces")(error.into()))?;
        if interfaces.all(|interface| interface.flags.contains(InterfaceFlags::IFF_RUNNING)) {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
    Err(io("bring up an interface")(std::io::ErrorKind::TimedOut.into()))
}

/// The commands that tell a host the way to wires that are not its own. The ends send everything to their router; so
/// what no wire has, a router says that it cannot reach.
fn routes(number: usize, wires: usize) -> String {
    let toward_client = |net: [String; 2]| via(&net, number - 1, 1);
    let toward_server = |net: [String; 2]| via(&net, number, 2);
    let everything = || ["0.0.0.0/0".to_owned(), "::/0".to_owned()];
    let wire = |wire| [format!("{}/24", v4(wire, 0)), format!("{}/64", v6(wire, 0))];
    match number {
        _ if wires == 0 => String::new(),
        0 => toward_server(everything()),
        _ if number == wires => toward_client(everything()),
        _ => {
            let back = (0..number - 1).map(wire).map(toward_client);
            back.chain((number + 1..wires).map(wire).map(toward_server)).collect()
        }
    }
}

/// The commands that send what is for a net to one end of a wire.
fn via([net4, net6]: &[String; 2], wire: usize, end: u8) -> String {
    format!("route add {net4} via {}\nroute add {net6} via {}\n", v4(wire, end), v6(wire, end.into()))
}
