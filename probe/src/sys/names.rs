use std::io;

/// What the resolver is asked for, and its word for a name that has no address.
pub use libc::{AF_INET, AF_INET6, AF_UNSPEC, AI_CANONNAME, EAI_NONAME};

/// Keeps a static binary to the resolver that it carries: `/etc/hosts` and DNS. What else `/etc/nsswitch.conf` names lies
/// in libraries of the system, made for its own C library: to load one into ours may end the process. In any other
/// binary it does nothing. It counts for the whole process, so it comes before there is a second thread.
#[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
#[expect(unsafe_code, reason = "the C library has no safe way to say it")]
pub fn carry_resolver() -> io::Result<()> {
    unsafe extern "C" {
        fn __nss_configure_lookup(database: *const libc::c_char, services: *const libc::c_char) -> libc::c_int;
    }
    // SAFETY: both are strings that end in a zero and live on; glibc copies what it keeps, and no other thread is there.
    match unsafe { __nss_configure_lookup(c"hosts".as_ptr(), c"files dns".as_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Leaves the resolver to the system's C library, which loads what `/etc/nsswitch.conf` names.
#[cfg(not(all(target_env = "gnu", target_feature = "crt-static")))]
pub fn carry_resolver() -> io::Result<()> {
    Ok(())
}
