//! What a walk to the credential gate does at the least, with tokio and rustls alone.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rdp_lab::anyone;
use rdp_packets::codec::Encode;
use rdp_packets::credssp::TsRequest;
use rdp_packets::negotiate::{CorrelationInfo, Protocols, Request, RequestFlags};
use rdp_packets::ntlm::Negotiate;
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionRequest, Routing, Tpdu};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The steps of a walk, and nothing but them. Gives the length of the server's challenge.
pub(crate) async fn steps(address: SocketAddr) -> io::Result<usize> {
    let socket = offer(address, Protocols(0x0b)).await?;
    let config = anyone::config().map_err(io::Error::other)?;
    let mut tls = TlsConnector::from(Arc::new(config)).connect(ServerName::from(address.ip()), socket).await?;
    tls.write_all(&TsRequest::with_token(Negotiate::anonymous().to_bytes()).to_bytes()).await?;
    let answered = tls.read(&mut [0; 4096]).await?;
    tls.shutdown().await?;
    goodbye(tls.into_inner().0).await?;
    Ok(answered)
}

/// Connects, and offers security protocols.
pub(crate) async fn offer(address: SocketAddr, protocols: Protocols) -> io::Result<TcpStream> {
    let mut socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let request = ConnectionRequest {
        source_reference: 0,
        routing: Some(Routing::Cookie("rdp-probe".to_owned())),
        negotiation: Some(Request { flags: RequestFlags::CORRELATION_INFO_PRESENT, protocols }),
        correlation: Some(CorrelationInfo::from_random([1; 16])),
    };
    socket.write_all(&Tpkt(Tpdu::ConnectionRequest(request)).to_bytes()).await?;
    socket.read_exact(&mut [0; 19]).await?;
    Ok(socket)
}

/// Ends our side, and waits for the server's goodbye, as the walk does.
pub(crate) async fn goodbye(mut socket: TcpStream) -> io::Result<()> {
    socket.shutdown().await?;
    while socket.read(&mut [0; 4096]).await? > 0 {}
    Ok(())
}
