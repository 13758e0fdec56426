//! A proxy on the way that opens TLS, as companies have it: toward the client it is the server, with a certificate of its
//! own authority; toward the server it is a client.

use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;

use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::anyone;
use crate::bed::error::{Error, Result, io};
use crate::bed::front::{Front, receive};
use crate::scenario::Tls;
use crate::server::{certificate, tls};

/// Who signs what it shows.
const AUTHORITY: &str = "Inspection CA";

/// An inspector. Dropping it ends it and every connection through it; clients are still led to where it was.
#[derive(Debug)]
pub struct Inspector {
    front: Front,
}

impl Inspector {
    /// Listens in the calling thread's namespace for clients of a server, to whom it shows a certificate for this name.
    pub(super) fn start(server: SocketAddr, name: &str) -> Result<Self> {
        let shown = certificate::make(name, &[name.to_owned()], Some(AUTHORITY)).map_err(cannot)?;
        let acceptor = TlsAcceptor::from(tls::config(&Tls::default(), Arc::new(shown)).map_err(cannot)?);
        let connector = TlsConnector::from(Arc::new(anyone::config().map_err(cannot)?));
        // The unspecified address of IPv6 stands for those of IPv4 too.
        let serve = move |client| inspect(client, server, acceptor.clone(), connector.clone());
        let front = Front::start((Ipv6Addr::UNSPECIFIED, 0).into(), serve).map_err(io("start an inspector"))?;
        Ok(Self { front })
    }

    /// Where it listens.
    pub(super) fn port(&self) -> u16 {
        self.front.address.port()
    }
}

fn cannot(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    io("prepare the TLS of an inspector")(io::Error::other(error))
}

/// One connection: the negotiation as it is, then TLS on both sides, and what comes out of the one goes into the other.
async fn inspect(
    mut client: TcpStream,
    server: SocketAddr,
    acceptor: TlsAcceptor,
    connector: TlsConnector,
) -> io::Result<()> {
    let mut behind = TcpStream::connect(server).await?;
    behind.set_nodelay(true)?;
    behind.write_all(&receive::<Tpkt<ConnectionRequest>>(&mut client).await?).await?;
    client.write_all(&receive::<Tpkt<ConnectionConfirm>>(&mut behind).await?).await?;
    let mut behind = connector.connect(server.ip().into(), behind).await?;
    let mut client = acceptor.accept(client).await?;
    copy_bidirectional(&mut client, &mut behind).await.map(drop)
}
