use std::time::Duration;

use super::Wire;
use super::limits::bounded;
use crate::evidence::{End, Recording, Senses};

/// The least time that we listen on after a stop: what explains it may be under way.
const LINGER: Duration = Duration::from_millis(50);

/// The most, however far the target is.
const LONGEST_LINGER: Duration = Duration::from_millis(400);

/// Reads while we listen on; a peer that never stops sending is left to itself after these.
const LINGER_READS: u32 = 16;

impl Wire {
    /// Closes: says goodbye inside TLS, ends our side, and listens on for what may still come, so that neither side
    /// resets. Returns the sealed tape, and the senses for the next walk.
    pub async fn close(mut self) -> (Recording, Senses) {
        let ended = self.tape.recording().ended().map(|(_, _, how)| how);
        let open = self.broken.is_none() && matches!(ended, None | Some(End::CloseNotify));
        if open {
            let farewell = std::mem::take(&mut self.farewell);
            if ended.is_none() && !farewell.is_empty() {
                // A goodbye that cannot be written is no loss.
                let _ = self.send("farewell", &farewell).await;
            }
            if let Some(tls) = &mut self.tls {
                let mut goodbye = Vec::new();
                tls.send_close_notify();
                // A goodbye that cannot be written is no loss.
                let _ = tls.write_tls(&mut goodbye);
                let _ = self.write(&goodbye).await;
            }
            if let Some(transport) = &mut self.transport {
                transport.shutdown().await;
            }
        }
        let rtt = self.tape.recording().path_rtt().unwrap_or_default();
        let until = self.limits.linger(self.tape.clock().now(), (rtt * 2).clamp(LINGER, LONGEST_LINGER));
        self.tls = None;
        let mut reads = 0;
        while open && reads < LINGER_READS && self.fill(&until).await.is_ok() {
            self.heard.clear();
            reads += 1;
        }
        if self.unexplained && self.senses.hears() {
            // The socket tells nothing more, but what explains the end may be on the wire yet.
            let _ = bounded(self.tape.clock(), &until, &self.halt, std::future::pending::<()>()).await;
        }
        self.senses.end(&mut self.tape);
        (self.tape.seal(), self.senses)
    }
}
