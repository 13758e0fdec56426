//! A port for a server that cannot be told to choose one.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// The state LISTEN in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// A port of the loopback address, given by the kernel and held until it is dropped.
///
/// The socket that holds it is bound and never listens. The kernel lets a server that sets `SO_REUSEADDR`, as all of
/// the bed do, bind beside it, and gives the number to nobody else; so the number is not lost between two hands.
#[derive(Debug)]
pub(super) struct Port {
    /// Where the server is to listen.
    pub(super) address: SocketAddr,
    _held: Socket,
}

impl Port {
    /// Asks the kernel for a free port.
    pub(super) fn hold() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { address, _held: socket })
    }

    /// Whether a server listens. It is read from the kernel's table: a connection would be one that the server sees.
    pub(super) fn is_listened_to(&self) -> bool {
        fs::read_to_string("/proc/net/tcp").is_ok_and(|table| has_listener(&table, self.address.port()))
    }
}

/// Whether a socket listens on the port, according to the text of `/proc/net/tcp`.
fn has_listener(table: &str, port: u16) -> bool {
    let port = format!(":{port:04X}");
    table.lines().any(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let local = columns.next().is_some_and(|address| address.ends_with(&port));
        local && columns.nth(1) == Some(LISTEN)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_port_is_listened_to_once_a_server_listens_beside_it() {
        let port = Port::hold().expect("a port");
        assert!(!port.is_listened_to());
        let server = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        server.set_reuse_address(true).expect("an option");
        server.bind(&port.address.into()).expect("a server binds beside the socket that holds the port");
        server.listen(1).expect("a listener");
        assert!(port.is_listened_to());
    }

    #[test]
    fn a_connection_from_the_port_is_no_listener() {
        let table =
            "sl local_address rem_address st\n0: 0100007F:82A3 0100007F:1F90 01\n1: 0100007F:1F90 00000000:0000 0A\n";
        assert!(!has_listener(table, 0x82a3));
        assert!(has_listener(table, 0x1f90));
    }
}
