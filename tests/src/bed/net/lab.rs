//! The lab server at the end of a path.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::panic;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::namespace::Namespace;
use crate::bed::error::{Result, io};
use crate::scenario::Scenario;
use crate::server::{Connection, LabServer};
use crate::udp::Flows;

/// The port of RDP.
const PORT: u16 = 3389;

/// A lab server on a thread inside a namespace. Dropping it ends it.
#[derive(Debug)]
pub struct Lab {
    /// Where IPv4 clients reach it.
    pub v4: SocketAddr,
    /// Where IPv6 clients reach it.
    pub v6: SocketAddr,
    /// What came by UDP.
    pub flows: Flows,
    finish: oneshot::Sender<()>,
    thread: JoinHandle<Vec<Connection>>,
}

impl Lab {
    pub(super) fn start(namespace: &Namespace, [v4, v6]: [IpAddr; 2], scenario: Scenario) -> Result<Self> {
        let namespace = namespace.clone();
        let (finish, wished) = oneshot::channel();
        let (tell, started) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("lab".to_owned()).spawn(move || {
            namespace.enter();
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                // The unspecified address of IPv6 stands for those of IPv4 too.
                let server = LabServer::listen(scenario, (Ipv6Addr::UNSPECIFIED, PORT).into()).await;
                let (told, server) = match server {
                    Ok(server) => (Ok(server.flows.clone()), Some(server)),
                    Err(error) => (Err(error), None),
                };
                // Whoever started this thread waits for the word.
                let _ = tell.send(told);
                match (server, wished.await) {
                    (Some(server), Ok(())) => server.finish().await,
                    (Some(_) | None, _) => Vec::new(),
                }
            })
        });
        let thread = thread.map_err(io("start the thread of a lab server"))?;
        let told = started.recv().map_err(std::io::Error::other).map_err(io("hear of a lab server"))?;
        let flows = told.map_err(std::io::Error::other).map_err(io("start a lab server"))?;
        let [v4, v6] = [v4, v6].map(|address| SocketAddr::new(address, PORT));
        Ok(Self { v4, v6, flows, finish, thread })
    }

    /// Where clients reach it, in IPv4 first.
    pub fn addresses(&self) -> [SocketAddr; 2] {
        [self.v4, self.v6]
    }

    /// Accepts nobody any more, waits for the end of every connection, and tells what it saw, in the order in which
    /// they came.
    pub fn finish(self) -> Vec<Connection> {
        // A thread that is gone has panicked, which is told next.
        let _ = self.finish.send(());
        self.thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
    }
}
