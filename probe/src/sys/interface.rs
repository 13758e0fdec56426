use nix::net::if_::if_nameindex;

/// The index of a network interface of this host, from its name or from the number itself; `None` when there is none.
pub fn index(name: &str) -> Option<u32> {
    let number = name.parse().ok();
    let interfaces = if_nameindex().ok()?;
    let found = interfaces.iter().find(|there| Some(there.index()) == number || there.name().to_str() == Ok(name));
    found.map(nix::net::if_::Interface::index)
}
