use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

use super::via::Via;
use crate::sys;

/// Which way packets leave, where the user chose one; by default the system's routing does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// What the user calls it.
    pub name: Option<String>,
    /// Our address.
    pub address: Option<IpAddr>,
    /// Our network interface, by name.
    pub interface: Option<String>,
    /// What they go through to the target.
    pub via: Option<Via>,
}

impl fmt::Display for Way {
    /// What the user chose, behind a space; nothing where the system's routing chooses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, interface, via, .. } = self;
        address.iter().try_for_each(|address| write!(f, " from {address}"))?;
        interface.iter().try_for_each(|interface| write!(f, " by {interface}"))?;
        via.iter().try_for_each(|via| write!(f, " through {via}"))
    }
}

impl Way {
    /// A socket that does not block, and whose packets go this way or not at all.
    pub(crate) fn socket(&self, to: SocketAddr, kind: Type) -> io::Result<Socket> {
        let protocol = if kind == Type::DGRAM { Protocol::UDP } else { Protocol::TCP };
        let socket = Socket::new(Domain::for_address(to), kind, Some(protocol))?;
        socket.set_nonblocking(true)?;
        if let Some(interface) = &self.interface {
            sys::bind_interface(&socket, interface)?;
        }
        if let Some(address) = self.address {
            socket.bind(&SocketAddr::new(address, 0).into())?;
        }
        Ok(socket)
    }

    /// What is wrong with the way that a connected socket took, if anything is: its address and its interface are read
    /// back from the system.
    pub(crate) fn missed(&self, socket: &Socket) -> Option<String> {
        let left = socket.local_addr().ok().and_then(|local| local.as_socket()).map(|local| local.ip());
        let bound = sys::bound_interface(socket).ok().flatten();
        let address = self.address.filter(|wanted| left != Some(*wanted));
        let address = address.map(|wanted| (wanted.to_string(), left.map(|left| left.to_string())));
        let interface = self.interface.clone().filter(|wanted| bound.as_ref() != Some(wanted));
        let (wanted, came) = address.or(interface.map(|wanted| (wanted, bound)))?;
        let came = came.as_deref().unwrap_or("whatever routing chose");
        Some(format!("asked for {wanted}, and the connection left by {came}"))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    fn from(address: IpAddr) -> Way {
        Way { address: Some(address), ..Way::default() }
    }

    fn by(interface: &str) -> Way {
        Way { interface: Some(interface.to_owned()), ..Way::default() }
    }

    #[test]
    fn a_connection_that_took_another_way_is_told_from_one_that_did_not() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let to = listener.local_addr().unwrap();
        let connected = |way: &Way| {
            let socket = way.socket(to, Type::STREAM).unwrap();
            socket.set_nonblocking(false).unwrap();
            socket.connect(&to.into()).unwrap();
            socket
        };
        let [chosen, other] = [[127, 0, 0, 2], [127, 0, 0, 3]].map(|address| from(Ipv4Addr::from(address).into()));
        for way in [&Way::default(), &chosen, &by("lo")] {
            assert_eq!(way.missed(&connected(way)), None, "{way:?}");
        }
        for (way, wanted, said) in [
            (&chosen, &other, "asked for 127.0.0.3, and the connection left by 127.0.0.2"),
            (&by("lo"), &by("tun0"), "asked for tun0, and the connection left by lo"),
            (&chosen, &by("tun0"), "asked for tun0, and the connection left by whatever routing chose"),
        ] {
            assert_eq!(wanted.missed(&connected(way)).as_deref(), Some(said));
        }
    }
}
