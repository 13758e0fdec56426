use std::sync::{Arc, Mutex, PoisonError};

use rdp_packets::Secret;
use rdp_packets::rdpudp::cookie_hash;

/// The cookies that the TCP side gave out in its Initiate Multitransport Requests: the UDP side knows clients by them.
#[derive(Debug, Clone, Default)]
pub struct Cookies(Arc<Mutex<Vec<Secret<[u8; 16]>>>>);

impl Cookies {
    /// Makes a cookie for a connection, and gives it with the request's number, which counts from 1.
    pub fn give(&self) -> (u32, Secret<[u8; 16]>) {
        let cookie = Secret(fastrand::u128(..).to_le_bytes());
        self.with(|given| {
            given.push(cookie.clone());
            (u32::try_from(given.len()).unwrap_or(u32::MAX), cookie)
        })
    }

    /// All that were given out, in the order of their requests.
    pub fn given(&self) -> Vec<Secret<[u8; 16]>> {
        self.with(|given| given.clone())
    }

    /// Whether this cookie was given out in the request of this number.
    pub fn knows(&self, request: u32, cookie: &Secret<[u8; 16]>) -> bool {
        let place = usize::try_from(request).ok().and_then(|number| number.checked_sub(1));
        self.with(|given| place.and_then(|place| given.get(place)) == Some(cookie))
    }

    /// Whether this is the hash of a cookie that was given out.
    pub fn knows_hash(&self, hash: [u8; 32]) -> bool {
        self.with(|given| given.iter().any(|cookie| cookie_hash(cookie) == hash))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Secret<[u8; 16]>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
