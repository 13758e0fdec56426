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

    /// What is wrong with a connection that left from `local`, if anything is.
    pub(crate) fn missed(&self, local: Option<SocketAddr>) -> Option<String> {
        let (wanted, came) = self.address.zip(local.map(|local| local.ip()))?;
        (wanted != came).then(|| format!("asked for {wanted}, and the connection left from {came}"))
    }
}
