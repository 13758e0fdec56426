//! The first exchange of RDP in front of a server that speaks TLS alone: answers the Connection Request, then passes
//! bytes both ways.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use rdp_packets::codec::{Decode, Encode, Frame};
use rdp_packets::negotiate::{Answer, FailureCode, Protocols, ResponseFlags};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// No connection lives longer: one that its client forgot would keep the server from the next.
const PATIENCE: Duration = Duration::from_mins(1);

/// A front that listens. Dropping it ends it and every connection through it.
#[derive(Debug)]
pub(super) struct Front {
    /// Where it listens.
    pub(super) address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Front {
    /// Listens in front of `server`, and selects TLS ([`Protocols::SSL`]) for every client that offers it.
    pub(super) fn start(server: SocketAddr) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // How a connection ends is its client's business.
                tokio::spawn(timeout(PATIENCE, pass(client, server)));
            }
        });
        Ok(Self { address, runtime: Some(runtime) })
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Unlike a plain drop, this is allowed where a test is asynchronous itself.
            runtime.shutdown_background();
        }
    }
}

/// One connection, from its Connection Request to its end.
async fn pass(mut client: TcpStream, server: SocketAddr) -> io::Result<()> {
    client.set_nodelay(true)?;
    let request = read_request(&mut client).await?;
    let offers_tls = request.negotiation.is_some_and(|offer| offer.protocols.contains(Protocols::SSL));
    let answer = if offers_tls {
        Answer::Response { flags: ResponseFlags::default(), selected: Protocols::SSL }
    } else {
        Answer::Failure { flags: 0, code: FailureCode::SSL_REQUIRED_BY_SERVER }
    };
    let confirm = ConnectionConfirm {
        destination_reference: request.source_reference,
        source_reference: 0x1234,
        class: 0,
        answer: Some(answer),
    };
    client.write_all(&Tpkt(confirm).to_bytes()).await?;
    if offers_tls {
        let mut server = TcpStream::connect(server).await?;
        server.set_nodelay(true)?;
        copy_bidirectional(&mut client, &mut server).await?;
    }
    Ok(())
}

/// Reads one TPKT packet and what it holds.
async fn read_request(client: &mut TcpStream) -> io::Result<ConnectionRequest> {
    let garbled = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    let mut bytes = Vec::new();
    loop {
        let length = Tpkt::<ConnectionRequest>::length(&bytes).map_err(garbled)?;
        if length == Some(bytes.len()) {
            return Tpkt::<ConnectionRequest>::decode(&bytes).map(|Tpkt(request)| request).map_err(garbled);
        }
        bytes.push(client.read_u8().await?);
    }
}
