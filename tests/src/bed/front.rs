//! What stands before a server and serves its clients; and the first exchange of RDP for a server that speaks TLS alone.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rdp_packets::codec::{Decode, DecodeError, Encode, Frame};
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
    /// Listens at an address of the calling thread's namespace, and serves every client that comes.
    pub(super) fn start<F>(at: SocketAddr, serve: impl Fn(TcpStream) -> F + Send + 'static) -> io::Result<Self>
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind(at))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // How a connection ends is its client's business.
                if client.set_nodelay(true).is_ok() {
                    tokio::spawn(timeout(PATIENCE, serve(client)));
                }
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

/// One connection to a server behind, from its Connection Request to its end: selects TLS ([`Protocols::SSL`]) for who
/// offers it, then passes bytes both ways.
pub(super) async fn select_tls(mut client: TcpStream, server: SocketAddr) -> io::Result<()> {
    let request = receive::<Tpkt<ConnectionRequest>>(&mut client).await?;
    let Tpkt(request) = Tpkt::<ConnectionRequest>::decode(&request).map_err(garbled)?;
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

/// The bytes of one message, by its own length.
pub(super) async fn receive<F: Frame>(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while F::length(&bytes).map_err(garbled)? != Some(bytes.len()) {
        bytes.push(from.read_u8().await?);
    }
    Ok(bytes)
}

fn garbled(error: DecodeError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
