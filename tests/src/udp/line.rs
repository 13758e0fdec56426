use std::net::SocketAddr;
use std::sync::Arc;

use rdp_packets::codec::Encode;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::seen::{Flow, Flows};

/// One client on the server's socket.
pub(super) struct Line {
    pub(super) socket: Arc<UdpSocket>,
    pub(super) peer: SocketAddr,
    /// What came from it.
    pub(super) inbox: mpsc::UnboundedReceiver<Vec<u8>>,
    pub(super) flows: Flows,
    /// Whether every datagram is sent twice.
    pub(super) twice: bool,
}

impl Line {
    /// The next datagram of the client's; `None` when no more will come.
    pub(super) async fn hear(&mut self) -> Option<Vec<u8>> {
        self.inbox.recv().await
    }

    /// Sends a message in a datagram of its own.
    pub(super) async fn say(&self, message: &impl Encode) {
        self.send(&message.to_bytes()).await;
    }

    /// Sends a datagram.
    pub(super) async fn send(&self, datagram: &[u8]) {
        let times = 1 + usize::from(self.twice);
        for _ in 0..times {
            // A network that does not take it is a network that loses it.
            let _ = self.socket.send_to(datagram, self.peer).await;
        }
        self.note(|flow| flow.sent += times);
    }

    /// Changes what is known of the client.
    pub(super) fn note(&self, change: impl FnOnce(&mut Flow)) {
        self.flows.note(self.peer, change);
    }
}
