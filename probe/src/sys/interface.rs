use nix::net::if_::if_nametoindex;

/// The index of a network interface, from its name or from the number itself; `None` when there is none.
pub fn index(name: &str) -> Option<u32> {
    name.parse().ok().or_else(|| if_nametoindex(name).ok())
}
