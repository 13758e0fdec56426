use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::wire::Halt;

/// Listens for the user's wish to stop. Once it came, `code` gives the exit code for it.
pub(super) struct Signals {
    code: Arc<AtomicU8>,
}

impl Signals {
    /// Begins to listen. A second signal ends the process at once.
    pub(super) fn listen() -> std::io::Result<(Self, Halt)> {
        let (wish, wished) = watch::channel(false);
        let code = Arc::new(AtomicU8::new(0));
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let told = Arc::clone(&code);
        tokio::spawn(async move {
            let first = tokio::select! {
                _ = interrupt.recv() => 130,
                _ = terminate.recv() => 143,
            };
            told.store(first, Ordering::Relaxed);
            // Nobody listens when the run is over already.
            let _ = wish.send(true);
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            std::process::exit(first.into());
        });
        Ok((Self { code }, Halt::new(wished)))
    }

    /// The exit code of the signal that came, if one did.
    pub(super) fn code(&self) -> Option<u8> {
        Some(self.code.load(Ordering::Relaxed)).filter(|code| *code != 0)
    }
}
