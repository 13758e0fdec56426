use std::fmt;
use std::sync::{Mutex, PoisonError};

use rdp_packets::Secret;
use rustls::KeyLog;

/// The secrets of TLS connections, in the lines of NSS's key log. Kept for nobody who did not ask for them.
#[derive(Default)]
pub struct Keys(Mutex<Secret<String>>);

impl Keys {
    /// The lines so far.
    pub fn lines(&self) -> Secret<String> {
        Secret(self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone())
    }
}

impl KeyLog for Keys {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = Secret(format!("{label} {} {}\n", hex::encode(client_random), hex::encode(secret)));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.push_str(&line.0);
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}
