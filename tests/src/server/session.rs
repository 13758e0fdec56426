use std::sync::Arc;
use std::time::Duration;

use rdp_packets::negotiate::Protocols;
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::domain::Domain;
use super::line::{Line, Over};
use super::rsa_key::RsaKey;
use super::seen::Connection;
use super::{
    capabilities, channels, credssp, finalization, licensing, logon, negotiate, old_tls, security, settings, tls,
};
use crate::act::Step;
use crate::scenario::{Scenario, Versions};
use crate::udp::Cookies;

/// No connection is served longer.
const PATIENCE: Duration = Duration::from_mins(2);

/// What all connections of a server share.
pub(super) struct Lab {
    /// What it is, and what it does.
    pub(super) scenario: Scenario,
    /// How rustls does TLS for it.
    pub(super) config: Arc<ServerConfig>,
    /// The chain that it shows, in DER.
    pub(super) chain: Vec<Vec<u8>>,
    /// The cookies by which its UDP side knows clients.
    pub(super) cookies: Cookies,
    /// Its key where TLS does not encrypt, and in licensing.
    pub(super) key: RsaKey,
}

/// Serves one connection from its first byte to its end.
pub(super) async fn serve(lab: &Lab, socket: TcpStream, number: usize) -> Connection {
    let mut line = Line::new(socket, number);
    let served = async {
        // Whatever is over still has to be heard to its end.
        let _ = walk(lab, &mut line).await;
        line.drain().await;
    };
    let _ = timeout(PATIENCE, served).await;
    line.seen
}

/// The healthy order of things, with an act at each step.
async fn walk(lab: &Lab, line: &mut Line) -> Result<(), Over> {
    let act = lab.scenario.act(&line.seen, Step::Connect);
    line.answer(Step::Connect, act, Vec::new(), |_| Vec::new()).await?;
    let selected = negotiate::run(lab, line).await?;
    if selected != Protocols::RDP {
        match lab.scenario.tls.versions {
            Versions::Tls10 | Versions::Tls12Rsa => old_tls::run(lab, line).await?,
            Versions::Both | Versions::Tls12 | Versions::Tls13 => tls::run(lab, line).await?,
        }
    }
    if matches!(selected, Protocols::HYBRID | Protocols::HYBRID_EX) {
        credssp::run(lab, line, selected).await?;
    }
    let agreed = settings::run(lab, line, selected).await?;
    session(Domain::new(lab, line, agreed)).await
}

/// What follows the settings, with clients that go on.
async fn session(mut domain: Domain<'_>) -> Result<(), Over> {
    let first = channels::run(&mut domain).await?;
    let info = security::run(&mut domain, first).await?;
    logon::run(&mut domain, info).await?;
    licensing::run(&mut domain).await?;
    capabilities::offer_transport(&mut domain).await?;
    capabilities::run(&mut domain).await?;
    finalization::run(&mut domain).await?;
    finalization::serve(&mut domain).await
}
