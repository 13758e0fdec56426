use std::io::{self, Write};
use std::sync::Arc;

use rdp_packets::codec::{Decode, Encode, Frame};
use rdp_packets::rdpudp::tunnel::{CreateResponse, CreateResult, TunnelContent, TunnelPdu};
use rustls::ServerConnection;

use super::cookies::Cookies;
use super::line::Line;
use super::seen::Tunnel;
use super::server::Shared;
use crate::server::tls::{flight, open};

/// TLS inside the reliable mode, and the tunnel inside TLS.
pub(super) struct Inside {
    tls: ServerConnection,
    cookies: Cookies,
    /// Bytes that TLS has opened, and no message of the tunnel has taken.
    heard: Vec<u8>,
}

/// The client's bytes are not what is due.
pub(super) enum Wrong {
    /// They are no TLS: what there is to say about it.
    Tls(Vec<u8>),
    /// They are no tunnel, or that of nobody known.
    Tunnel,
}

impl Inside {
    /// TLS before its first byte; `None` if rustls has no such.
    pub(super) fn new(shared: &Shared) -> Option<Self> {
        let tls = ServerConnection::new(Arc::clone(&shared.config)).ok()?;
        Some(Self { tls, cookies: shared.cookies.clone(), heard: Vec::new() })
    }

    /// Takes bytes of the stream, and gives what there is to say to them.
    pub(super) fn hear(&mut self, bytes: &[u8], line: &Line) -> Result<Vec<u8>, Wrong> {
        let handshaking = self.tls.is_handshaking();
        if open(&mut self.tls, bytes, &mut self.heard).is_err() {
            return Err(Wrong::Tls(flight(&mut self.tls).unwrap_or_default()));
        }
        if handshaking && !self.tls.is_handshaking() {
            line.note(|flow| flow.handshakes += 1);
        }
        while let Some(message) = self.message()? {
            if self.answer(&message)? {
                line.note(|flow| flow.tunnel = Some(Tunnel::Created));
            }
        }
        flight(&mut self.tls).map_err(|_| Wrong::Tunnel)
    }

    /// Cuts the next message of the tunnel out of what TLS has opened.
    fn message(&mut self) -> Result<Option<Vec<u8>>, Wrong> {
        let length = TunnelPdu::length(&self.heard).map_err(|_| Wrong::Tunnel)?;
        Ok(length.filter(|length| *length <= self.heard.len()).map(|length| self.heard.drain(..length).collect()))
    }

    /// Answers a message of the tunnel; true if that made the tunnel.
    fn answer(&mut self, message: &[u8]) -> Result<bool, Wrong> {
        let message = TunnelPdu::decode(message).map_err(|_| Wrong::Tunnel)?;
        match message.content {
            TunnelContent::CreateRequest(request)
                if self.cookies.knows(request.request_id, &request.security_cookie) =>
            {
                let response = CreateResponse { result: CreateResult::S_OK };
                let response = TunnelPdu::new(TunnelContent::CreateResponse(response)).to_bytes();
                self.tls.writer().write_all(&response).map_err(|_: io::Error| Wrong::Tunnel)?;
                Ok(true)
            }
            TunnelContent::CreateRequest(_) | TunnelContent::CreateResponse(_) => Err(Wrong::Tunnel),
            // Dynamic channels are nothing to us.
            TunnelContent::Data(_) => Ok(false),
        }
    }
}
