use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::sign::CertifiedKey;
use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};

use super::certificate::{self, CertificateError};
use super::rsa_key::RsaKey;
use super::seen::Connection;
use super::session::{self, Lab};
use super::tls;
use crate::scenario::{Listener, Scenario};
use crate::udp::{Cookies, Flows, UdpServer};

/// The kernel's queue of connections that wait for us.
const BACKLOG: u32 = 128;

/// How many ports are tried until one is free on TCP and UDP.
const PORTS: usize = 16;

/// A server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system does not let us listen.
    #[error("cannot listen: {0}")]
    Listen(#[from] io::Error),
    /// It has nothing to show.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// rustls cannot do TLS in this way.
    #[error("cannot do TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// rustls cannot ask for client certificates.
    #[error("cannot ask for client certificates: {0}")]
    Verifier(String),
}

/// A server that obeys a scenario. When it is dropped, it accepts nobody any more.
#[derive(Debug)]
pub struct LabServer {
    /// Where it listens, or where nobody does.
    pub address: SocketAddr,
    /// What came by UDP: nothing, unless the scenario says how to answer that.
    pub flows: Flows,
    /// What the TCP side gave out.
    pub cookies: Cookies,
    ended: mpsc::UnboundedReceiver<Connection>,
    stop: Option<oneshot::Sender<()>>,
    /// What keeps a closed port taken, or a full queue full; and who answers UDP.
    held: Vec<Held>,
}

#[derive(Debug)]
#[expect(dead_code, reason = "sockets are held for what their being open does")]
enum Held {
    Listener(TcpListener),
    Waiting(TcpStream),
    Port(Socket),
    Udp(UdpServer),
}

impl LabServer {
    /// Starts a server on a port of the loopback address that the system chooses.
    pub async fn start(scenario: Scenario) -> Result<Self, StartError> {
        Self::listen(scenario, (Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Starts a server at an address.
    pub async fn listen(scenario: Scenario, address: SocketAddr) -> Result<Self, StartError> {
        let (report, ended) = mpsc::unbounded_channel();
        let (flows, cookies) = (Flows::default(), Cookies::default());
        let mut server = Self { address, flows, cookies: cookies.clone(), ended, stop: None, held: Vec::new() };
        match scenario.listener {
            Listener::Open => {
                let shown = certificate::load(&scenario.certificate)?;
                let chain = certificate::chain(&shown);
                let config = tls::config(&scenario.tls, Arc::clone(&shown))?;
                let (listener, udp) = ports(&scenario, &shown, address, &cookies).await?;
                server.address = listener.local_addr()?;
                if let Some(udp) = udp {
                    server.flows = udp.flows.clone();
                    server.held.push(Held::Udp(udp));
                }
                let (stop, stopped) = oneshot::channel();
                server.stop = Some(stop);
                let key = RsaKey::load()?;
                let lab = Arc::new(Lab { scenario, config, chain, cookies, key });
                tokio::spawn(accept(listener, lab, report, stopped));
            }
            Listener::Closed => {
                let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
                socket.bind(&address.into())?;
                server.address = socket.local_addr()?.as_socket().unwrap_or(address);
                server.held.push(Held::Port(socket));
            }
            Listener::Full => {
                // A queue of length 0 has room for one.
                let listener = bind(address)?.listen(0)?;
                server.address = listener.local_addr()?;
                server.held.push(Held::Waiting(TcpStream::connect(server.address).await?));
                server.held.push(Held::Listener(listener));
            }
        }
        Ok(server)
    }

    /// The next connection that has ended; `None` when no more will come.
    pub async fn next(&mut self) -> Option<Connection> {
        self.ended.recv().await
    }

    /// Accepts nobody any more, waits for the end of every connection, and tells what it saw, in the order in which
    /// they came.
    pub async fn finish(mut self) -> Vec<Connection> {
        self.stop = None;
        let mut connections = Vec::new();
        while let Some(connection) = self.next().await {
            connections.push(connection);
        }
        connections.sort_by_key(|connection| connection.number);
        connections
    }
}

/// Listens on TCP, and beside it on UDP where the scenario says so. A port that the system chooses is free on TCP, and
/// may be taken on UDP: then it is asked for another.
async fn ports(
    scenario: &Scenario,
    shown: &Arc<CertifiedKey>,
    address: SocketAddr,
    cookies: &Cookies,
) -> Result<(TcpListener, Option<UdpServer>), StartError> {
    let mut tried = 0;
    loop {
        let listener = bind(address)?.listen(BACKLOG)?;
        if scenario.udp.is_none() {
            return Ok((listener, None));
        }
        let beside = listener.local_addr()?;
        tried += 1;
        match UdpServer::beside(scenario, Arc::clone(shown), beside, cookies.clone()).await {
            Ok(udp) => return Ok((listener, Some(udp))),
            Err(StartError::Listen(error))
                if error.kind() == io::ErrorKind::AddrInUse && address.port() == 0 && tried < PORTS => {}
            Err(error) => return Err(error),
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Serves all who come until the server stops.
async fn accept(
    listener: TcpListener,
    lab: Arc<Lab>,
    report: mpsc::UnboundedSender<Connection>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut number = 0;
    let mut serve = |socket| {
        let (lab, report, own) = (Arc::clone(&lab), report.clone(), number);
        number += 1;
        tokio::spawn(async move { report.send(session::serve(&lab, socket, own).await) });
    };
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => serve(socket),
                Err(_) => break,
            }
        }
    }
    // Whoever had connected by then is served too: the kernel holds them ready.
    if let Ok(listener) = listener.into_std() {
        while let Ok((socket, _)) = listener.accept() {
            if socket.set_nonblocking(true).is_ok()
                && let Ok(socket) = TcpStream::from_std(socket)
            {
                serve(socket);
            }
        }
    }
}
