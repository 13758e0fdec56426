use std::io;

use nix::net::if_::if_nameindex;
use socket2::Socket;

/// The index of a network interface of this host, from its name or from the number itself; `None` when there is none.
pub fn index(name: &str) -> Option<u32> {
    let number = name.parse().ok();
    let interfaces = if_nameindex().ok()?;
    let found = interfaces.iter().find(|there| Some(there.index()) == number || there.name().to_str() == Ok(name));
    found.map(nix::net::if_::Interface::index)
}

/// Lets the packets of a socket leave by one network interface alone, and hears no others.
pub fn bind(socket: &Socket, name: &str) -> io::Result<()> {
    socket.bind_device(Some(name.as_bytes()))
}

/// The network interface by which alone the packets of a socket leave; `None` where routing chooses one.
pub fn bound(socket: &Socket) -> io::Result<Option<String>> {
    Ok(socket.device()?.map(|name| String::from_utf8_lossy(&name).into_owned()))
}
