//! What ties the UDP leg to the walk over TCP beside it: the address that it found, the name that both bear in the
//! server's logs, and the tunnels that the server asks for in a session.

use std::net::SocketAddr;

use rdp_packets::negotiate::CorrelationInfo;
use rdp_packets::session::MultitransportRequest;
use tokio::sync::{mpsc, oneshot, watch};

/// The TCP walk's end of a pairing.
#[derive(Debug)]
pub struct Pairing {
    correlation: CorrelationInfo,
    address: watch::Sender<Option<SocketAddr>>,
    wanted: mpsc::UnboundedSender<Wanted>,
}

/// The UDP leg's end of it.
#[derive(Debug)]
pub struct Beside {
    /// The name in the server's logs.
    pub correlation: CorrelationInfo,
    address: watch::Receiver<Option<SocketAddr>>,
    wanted: mpsc::UnboundedReceiver<Wanted>,
}

/// A tunnel that a server asked for, and where to say whether it is there.
#[derive(Debug)]
pub struct Wanted {
    /// What the server asked for.
    pub request: MultitransportRequest,
    /// Where it is.
    pub address: SocketAddr,
    /// Whether the tunnel is there.
    pub done: oneshot::Sender<bool>,
}

/// A pairing under this name; nobody listens where the second end is dropped.
pub fn pair(correlation: CorrelationInfo) -> (Pairing, Beside) {
    let (address, found) = watch::channel(None);
    let (wanted, asked) = mpsc::unbounded_channel();
    (Pairing { correlation, address, wanted }, Beside { correlation, address: found, wanted: asked })
}

impl Pairing {
    /// The name in the server's logs.
    pub fn correlation(&self) -> CorrelationInfo {
        self.correlation
    }

    /// Tells the address that is walked; the first one counts.
    pub fn found(&self, address: SocketAddr) {
        self.address.send_if_modified(|found| {
            let first = found.is_none();
            *found = found.or(Some(address));
            first
        });
    }

    /// Asks for the tunnel that a server wants; `None` when nobody makes tunnels.
    pub fn want(&self, request: MultitransportRequest, at: Option<SocketAddr>) -> Option<oneshot::Receiver<bool>> {
        let (done, answer) = oneshot::channel();
        self.wanted.send(Wanted { request, address: at?, done }).ok().map(|()| answer)
    }
}

impl Beside {
    /// Waits for the address; `None` when there will be none.
    pub async fn address(&self) -> Option<SocketAddr> {
        *self.address.clone().wait_for(Option::is_some).await.ok()?
    }

    /// Waits for the next tunnel that is wanted; `None` when there will be none.
    pub async fn wanted(&mut self) -> Option<Wanted> {
        self.wanted.recv().await
    }
}
