use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use rdp_probe::sys::allow_fragments;
use rustls::ServerConfig;
use rustls::sign::CertifiedKey;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::cookies::Cookies;
use super::line::Line;
use super::seen::{Datagram, Flows};
use super::{lossy, opening, stream};
use crate::scenario::{Scenario, Shown, Udp, UdpAct};
use crate::server::{StartError, certificate, tls};

/// The longest datagram there is, in bytes.
const DATAGRAM: usize = 65_535;

/// The name of whom another certificate belongs to.
const OTHER: &str = "other-server.lab.example";

/// A server that answers UDP as a scenario's `[udp]` says. When it is dropped, nobody listens any more.
#[derive(Debug)]
pub struct UdpServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it saw.
    pub flows: Flows,
    /// The one task, which ends with this value and takes those of the clients along.
    _serving: JoinSet<()>,
}

/// What all clients share.
pub(super) struct Shared {
    pub(super) udp: Udp,
    /// How rustls does TLS.
    pub(super) config: Arc<ServerConfig>,
    /// The chain that it shows, in DER.
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) cookies: Cookies,
}

impl UdpServer {
    /// Starts a server without a TCP side at an address: the cookies are those that the caller gives out. What the
    /// scenario does not say of UDP is as a Server 2022 does it.
    pub async fn listen(scenario: &Scenario, address: SocketAddr, cookies: Cookies) -> Result<Self, StartError> {
        let shown = certificate::load(&scenario.certificate)?;
        Self::beside(scenario, shown, address, cookies).await
    }

    /// Starts a server beside a TCP side, which shows this certificate.
    pub(crate) async fn beside(
        scenario: &Scenario,
        shown: Arc<CertifiedKey>,
        address: SocketAddr,
        cookies: Cookies,
    ) -> Result<Self, StartError> {
        let udp = scenario.udp.unwrap_or_default();
        let shown = match udp.certificate {
            Shown::Same => shown,
            Shown::Other => Arc::new(certificate::make(OTHER, &[OTHER.to_owned()], None)?),
        };
        let (chain, config) = (certificate::chain(&shown), tls::config(&scenario.tls, shown)?);
        let socket = UdpSocket::bind(address).await?;
        // Windows lets routers cut its datagrams; a socket of IPv6 may speak IPv4 too.
        for ipv6 in [false, address.is_ipv6()] {
            allow_fragments(&socket, ipv6, true)?;
        }
        let (address, flows) = (socket.local_addr()?, Flows::default());
        let mut serving = JoinSet::new();
        serving.spawn(serve(Arc::new(socket), Arc::new(Shared { udp, config, chain, cookies }), flows.clone()));
        Ok(Self { address, flows, _serving: serving })
    }
}

/// Hands each datagram to the task of its client.
async fn serve(socket: Arc<UdpSocket>, shared: Arc<Shared>, flows: Flows) {
    let mut clients: HashMap<SocketAddr, mpsc::UnboundedSender<Vec<u8>>> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut buffer = vec![0; DATAGRAM];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
        let datagram = buffer.get(..length).unwrap_or_default();
        flows.note(peer, |flow| flow.received.push(Datagram::read(datagram)));
        while tasks.try_join_next().is_some() {}
        let client = clients.get(&peer).filter(|client| !client.is_closed()).cloned().unwrap_or_else(|| {
            let (client, inbox) = mpsc::unbounded_channel();
            let twice = shared.udp.act == Some(UdpAct::Duplicates);
            let line = Line { socket: Arc::clone(&socket), peer, inbox, flows: flows.clone(), twice };
            tasks.spawn(attend(Arc::clone(&shared), line));
            clients.insert(peer, client.clone());
            client
        });
        // Whoever ended just now has no use for it.
        let _ = client.send(datagram.to_owned());
    }
}

/// Serves one client until it is gone.
async fn attend(shared: Arc<Shared>, mut line: Line) {
    match opening::run(&shared, &mut line).await {
        Some(opened) if opened.lossy => lossy::run(&shared, &mut line, opened).await,
        Some(opened) => stream::run(&shared, &mut line, opened).await,
        None => {}
    }
}
