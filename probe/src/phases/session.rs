//! What the phases behind `settings` share: the MCS channels, the encryption of Standard RDP Security where that is on,
//! and the messages that a server may send at any time.

use std::collections::VecDeque;

use rdp_packets::codec::{Decode, DecodeError, Encode};
use rdp_packets::gcc::ServerData;
use rdp_packets::mcs::{DisconnectProviderUltimatum, DomainPdu, Reason, SendData};
use rdp_packets::security;
use rdp_packets::session::{
    AutoDetectRequest, DataPdu, EnhancedRedirection, ErrorInfo, Flagged, MultitransportRequest, RedirectionFlags,
    SaveSessionInfo, SecurityFlags, SecurityHeader, ServerRedirection, ShareControl, ShareData, SharePdu,
};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{Data, Tpdu};

use super::auto_detect::AutoDetect;
use crate::fact::{Facts, Redirection};
use crate::stop::{Cause, RefusalKind};
use crate::wire::Wire;

/// Messages that are read while one is awaited; a server that never comes to the point is left.
const PATIENCE: usize = 256;

/// What a security header announces where nothing is encrypted.
const ANNOUNCING: SecurityFlags = SecurityFlags::AUTODETECT_REQ
    .with(SecurityFlags::TRANSPORT_REQ)
    .with(SecurityFlags::LICENSE_PKT)
    .with(SecurityFlags::LICENSE_ENCRYPT)
    .with(SecurityFlags::REDIRECTION_PKT)
    .with(SecurityFlags::HEARTBEAT)
    .with(SecurityFlags::RESET_SEQNO)
    .with(SecurityFlags::IGNORE_SEQNO)
    .with(SecurityFlags::FLAGSHI_VALID);

/// A session that is being set up.
pub(crate) struct Session {
    /// What the server said in `settings`.
    pub(crate) server: Box<ServerData>,
    /// Our own channel.
    pub(crate) user: u16,
    /// The share, once the server has named it.
    pub(crate) share_id: u32,
    /// The encryption of Standard RDP Security, once it is on.
    pub(crate) encryption: Option<security::Session>,
    /// Measures for the server.
    auto_detect: AutoDetect,
    /// A message that was read too early, or why it could not be: the phase behind takes it.
    early: Option<Result<Heard, Cause>>,
    /// Share control PDUs that came together with one before them.
    shares: VecDeque<Vec<u8>>,
}

/// A message of the server's that a phase may await.
pub(crate) enum Heard {
    /// A licensing message.
    Licensing(Vec<u8>),
    /// The server wants a UDP transport.
    Multitransport(MultitransportRequest),
    /// A share control PDU, whole.
    Share(Vec<u8>),
}

impl Session {
    /// A session with this user channel.
    pub(crate) fn new(server: Box<ServerData>, user: u16) -> Self {
        let auto_detect = AutoDetect::default();
        Self { server, user, share_id: 0, encryption: None, auto_detect, early: None, shares: VecDeque::new() }
    }

    /// The channels to join: our own, the I/O channel, the message channel, and the static virtual channels.
    pub(crate) fn channels(&self) -> Vec<u16> {
        let network = &self.server.network;
        let own = [self.user, network.io_channel];
        own.into_iter().chain(self.server.message_channel).chain(network.channels.iter().copied()).collect()
    }

    /// A message on the I/O channel behind a security header with these flags.
    pub(crate) fn flagged(&mut self, flags: SecurityFlags, message: &impl Encode) -> Vec<u8> {
        self.on_channel(self.server.network.io_channel, Some(flags), message)
    }

    /// The same on the message channel, where the server has one.
    pub(crate) fn flagged_message_channel(&mut self, flags: SecurityFlags, message: &impl Encode) -> Vec<u8> {
        let channel = self.server.message_channel.unwrap_or(self.server.network.io_channel);
        self.on_channel(channel, Some(flags), message)
    }

    /// A share control PDU on the I/O channel; it has a security header only where it is encrypted.
    pub(crate) fn share(&mut self, pdu: SharePdu<'_>) -> Vec<u8> {
        self.on_channel(self.server.network.io_channel, None, &ShareControl::new(self.user, pdu))
    }

    /// A share data PDU.
    pub(crate) fn data(&mut self, pdu: DataPdu<'_>) -> Vec<u8> {
        let data = ShareData::new(self.share_id, pdu);
        self.share(SharePdu::Data(data))
    }

    /// A message on a channel, as it travels.
    fn on_channel(&mut self, channel: u16, flags: Option<SecurityFlags>, message: &impl Encode) -> Vec<u8> {
        let message = message.to_bytes();
        let content = match (&mut self.encryption, flags) {
            (Some(encryption), flags) => encryption.seal(flags.unwrap_or_default(), &message),
            (None, Some(flags)) => [SecurityHeader::new(flags).to_bytes(), message].concat(),
            (None, None) => message,
        };
        domain(DomainPdu::SendDataRequest(SendData::new(self.user, channel, &content)))
    }

    /// The next message that a phase may await. What a server may say at any time is dealt with here: it measures, it
    /// says why it ends the session, it sends elsewhere, it greets.
    pub(crate) async fn hear(&mut self, wire: &mut Wire, awaited: &str, facts: &mut Facts) -> Result<Heard, Cause> {
        if let Some(early) = self.early.take() {
            wire.awaiting(awaited);
            return early;
        }
        for _ in 0..PATIENCE {
            if let Some(share) = self.shares.pop_front() {
                if awaited_share(&share, facts)? {
                    return Ok(Heard::Share(share));
                }
                continue;
            }
            let bytes = wire.receive::<Tpkt<Tpdu<'_>>>(awaited).await?;
            let pdu = Tpkt::<Data<DomainPdu<'_>>>::decode(&bytes)?.0.0;
            let DomainPdu::SendDataIndication(data) = pdu else { return Err(not_data(&pdu)) };
            if !self.channels().contains(&data.channel_id) {
                let found = format!("holds {}, which we did not join", data.channel_id);
                return Err(Cause::misplaced("MCS Send Data Indication", "channelId", 10, found));
            }
            let is_virtual = self.server.network.channels.contains(&data.channel_id);
            if is_virtual && self.encryption.is_none() {
                continue;
            }
            // Also what is not ours to read is opened: the keys move on with every message.
            let (flags, message) = self.open(data.user_data)?;
            if is_virtual {
                continue;
            }
            let has = |flag| flags.is_some_and(|flags| flags.contains(flag));
            if has(SecurityFlags::AUTODETECT_REQ) {
                self.measure(wire, &message, facts).await?;
            } else if has(SecurityFlags::TRANSPORT_REQ) {
                let request = MultitransportRequest::decode(&message)?;
                wire.tape().forget(&request.security_cookie.0);
                return Ok(Heard::Multitransport(request));
            } else if has(SecurityFlags::LICENSE_PKT) {
                return Ok(Heard::Licensing(message));
            } else if has(SecurityFlags::REDIRECTION_PKT) {
                redirected(ServerRedirection::decode(&message)?, facts)?;
            } else if !has(SecurityFlags::HEARTBEAT) {
                self.shares.extend(split(message));
            }
        }
        Err(Cause::misplaced(awaited, "order", 0, format!("did not come within {PATIENCE} messages")))
    }

    /// Gives back a message that belongs to the next phase, or its fault.
    pub(crate) fn unhear(&mut self, heard: Result<Heard, Cause>) {
        self.early = Some(heard);
    }

    /// The flags of a message, where it has a security header, and the message in clear.
    fn open(&mut self, content: &[u8]) -> Result<(Option<SecurityFlags>, Vec<u8>), Cause> {
        if let Some(encryption) = &mut self.encryption {
            let (flags, message) = encryption.open(content)?;
            return Ok((Some(flags), message));
        }
        if is_share_control(content) {
            return Ok((None, content.to_vec()));
        }
        let opened = Flagged::<Rest>::decode(content)?;
        Ok((Some(opened.header.flags), opened.message.0))
    }

    /// Answers an auto-detection request.
    async fn measure(&mut self, wire: &mut Wire, message: &[u8], facts: &mut Facts) -> Result<(), Cause> {
        let request = AutoDetectRequest::decode(message)?;
        let now = wire.clock().now();
        let Some(response) = self.auto_detect.answer(&request, now, &mut facts.logon) else { return Ok(()) };
        let response = self.flagged_message_channel(SecurityFlags::AUTODETECT_RSP, &response);
        wire.send("Auto-Detect Response", &response).await
    }
}

/// Whatever follows a security header.
struct Rest(Vec<u8>);

impl<'a> Decode<'a> for Rest {
    const NAME: &'static str = "message behind a security header";

    fn read(reader: &mut rdp_packets::codec::Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self(reader.rest().to_vec()))
    }
}

impl Heard {
    /// The message where another one was due.
    pub(crate) fn instead_of(&self, due: &str) -> Cause {
        let came = match self {
            Self::Licensing(_) => "a licensing message",
            Self::Multitransport(_) => "an Initiate Multitransport Request",
            Self::Share(_) => "a message of the share",
        };
        Cause::misplaced(due, "order", 0, format!("is due, and {came} came"))
    }
}

/// An MCS message as it travels: in X.224 Data in TPKT.
pub(crate) fn domain(pdu: DomainPdu<'_>) -> Vec<u8> {
    Tpkt(Data(pdu)).to_bytes()
}

/// Takes leave of the MCS domain.
pub(crate) fn goodbye() -> Vec<u8> {
    domain(DomainPdu::DisconnectProviderUltimatum(DisconnectProviderUltimatum { reason: Reason::USER_REQUESTED }))
}

/// A domain PDU where data or a confirm was due: an ultimatum, or out of order.
pub(crate) fn not_data(pdu: &DomainPdu<'_>) -> Cause {
    if let DomainPdu::DisconnectProviderUltimatum(DisconnectProviderUltimatum { reason }) = pdu {
        return Cause::declined(RefusalKind::Ultimatum, reason.0.to_string(), reason.to_string());
    }
    Cause::misplaced("MCS DomainMCSPDU", "choice", 7, format!("is that of {}, which may not come now", pdu.title()))
}

/// Whether a message begins with a share control header: its length is within the message, and its version is 1, or that
/// of a redirection, which has none. A security header begins with flags instead: with those of one message, and no
/// others.
fn is_share_control(content: &[u8]) -> bool {
    let Some([low, high, kind, version]) = content.first_chunk() else { return false };
    let first = u16::from_le_bytes([*low, *high]);
    let headed = usize::from(first) <= content.len() && (kind & 0xf0 == 0x10 || *kind == 0x0a) && *version == 0;
    headed || first & !ANNOUNCING.0 != 0
}

/// The share control PDUs of a message, told apart by their lengths: a server may send several as one.
fn split(mut message: Vec<u8>) -> Vec<Vec<u8>> {
    let mut pdus = Vec::new();
    while let Some(length) = message.first_chunk().map(|length| usize::from(u16::from_le_bytes(*length)))
        && (4..message.len()).contains(&length)
    {
        let rest = message.split_off(length);
        pdus.push(std::mem::replace(&mut message, rest));
    }
    pdus.push(message);
    pdus
}

/// Whether a share control PDU may be awaited by a phase; the others are dealt with.
fn awaited_share(message: &[u8], facts: &mut Facts) -> Result<bool, Cause> {
    match ShareControl::decode(message)?.pdu {
        SharePdu::Redirection(redirection) => {
            let EnhancedRedirection { packet, .. } = *redirection;
            redirected(packet, facts).map(|()| false)
        }
        SharePdu::Data(ShareData { pdu: DataPdu::SetErrorInfo(info), .. }) => match info {
            ErrorInfo::NONE => Ok(false),
            info => Err(Cause::declined(RefusalKind::ErrorInfo, format!("{:#010x}", info.0), info.to_string())),
        },
        SharePdu::Data(ShareData { pdu: DataPdu::SaveSessionInfo(info), .. }) => {
            greeted(&info, facts);
            Ok(false)
        }
        SharePdu::DemandActive(_) | SharePdu::DeactivateAll(_) | SharePdu::Data(_) => Ok(true),
        SharePdu::ConfirmActive(_) | SharePdu::Other { .. } => Ok(false),
    }
}

/// The session is at another server, unless the packet is for the client's information alone.
fn redirected(packet: ServerRedirection, facts: &mut Facts) -> Result<(), Cause> {
    if packet.flags.contains(RedirectionFlags::NOREDIRECT) {
        return Ok(());
    }
    let all = packet.target_net_addresses.into_iter().flatten();
    let address = packet.target_net_address.into_iter().chain(all).next();
    let target = packet.target_fqdn.or(packet.target_netbios_name).or(address.clone());
    let load_balance_info = packet.load_balance_info.map(|info| String::from_utf8_lossy(&info).into_owned());
    let name = target.clone().unwrap_or_else(|| "another server".to_owned());
    let session_id = Some(packet.session_id);
    facts.capabilities.redirection = Some(Redirection { target, address, load_balance_info, session_id });
    Err(Cause::declined(RefusalKind::Redirection, format!("{:#010x}", packet.flags.0), name))
}

/// What the server says of the logon.
fn greeted(info: &SaveSessionInfo<'_>, facts: &mut Facts) {
    if let SaveSessionInfo::Extended(extended) = info {
        facts.finalization.logon_error = extended.error.map(|error| format!("{}: {}", error.notification, error.data));
        facts.finalization.auto_reconnect_cookie = Some(extended.auto_reconnect.is_some());
    } else {
        facts.finalization.logged_on = Some(true);
    }
}
