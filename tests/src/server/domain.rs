use rdp_packets::codec::{Decode, DecodeError, Encode};
use rdp_packets::gcc::ClientCapabilityFlags;
use rdp_packets::mcs::{DomainPdu, Reason, SendData};
use rdp_packets::security::Session;
use rdp_packets::session::{
    DataPdu, ErrorInfo, MultitransportResponse, SecurityFlags, SecurityHeader, ShareControl, ShareData, SharePdu,
};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224;

use super::line::{Line, Over};
use super::session::Lab;
use super::settings::{self, Agreed, IO_CHANNEL};
use super::{capabilities, finalization, licensing, redirection};
use crate::act::{Act, Step};
use crate::lie::Lie;

/// The server's own channel on Windows.
pub(super) const SERVER: u16 = 1002;

/// The share, as Windows numbers its first.
pub(super) const SHARE: u32 = 0x0001_03ea;

/// The bytes of a basic security header.
const HEADER: usize = 4;

/// A domain that is connected: the line, once MCS is spoken on it.
pub(super) struct Domain<'a> {
    /// What the server is.
    pub(super) lab: &'a Lab,
    /// The connection.
    pub(super) line: &'a mut Line,
    /// What the settings say.
    pub(super) agreed: Agreed,
    /// What Standard RDP Security encrypts with, once the client's random number is there.
    pub(super) keys: Option<Session>,
    /// Whether the client takes licensing messages that are encrypted.
    pub(super) licensing_sealed: bool,
}

/// A message of the client's.
pub(super) enum Heard {
    /// Erect Domain Request.
    Erect,
    /// Attach User Request.
    Attach,
    /// Channel Join Request.
    Join(u16),
    /// Data on a channel.
    Data(Data),
}

/// Data of the client's, opened.
pub(super) struct Data {
    channel: u16,
    /// The flags of its security header; `None` where there need not be one.
    flags: Option<SecurityFlags>,
    body: Vec<u8>,
}

/// A message of the server's, before it is sealed.
pub(super) struct Said {
    channel: u16,
    flags: SecurityFlags,
    body: Vec<u8>,
}

impl Said {
    /// A message with flags of its own, on this channel.
    pub(super) fn flagged(channel: u16, flags: SecurityFlags, message: &impl Encode) -> Self {
        Self { channel, flags, body: message.to_bytes() }
    }

    /// A message of the share.
    pub(super) fn share(pdu: SharePdu<'_>) -> Self {
        Self::flagged(IO_CHANNEL, SecurityFlags::default(), &ShareControl::new(SERVER, pdu))
    }

    /// Another message behind this one, in the same packet.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.body.extend(other.body);
        self
    }

    /// A message within the share.
    pub(super) fn data(pdu: DataPdu<'_>) -> Self {
        Self::share(SharePdu::Data(ShareData::new(SHARE, pdu)))
    }
}

impl Data {
    /// The message behind its security header, which has to have this flag.
    pub(super) fn flagged(self, due: SecurityFlags) -> Result<(SecurityFlags, Vec<u8>), String> {
        let (flags, body) = if let Some(flags) = self.flags {
            (flags, self.body)
        } else {
            let mut header = self.body;
            let body = header.split_off(HEADER.min(header.len()));
            (SecurityHeader::decode(&header).map_err(|error| error.to_string())?.flags, body)
        };
        if flags.contains(due) { Ok((flags, body)) } else { Err(format!("{flags} where {due} is due")) }
    }

    /// The message of the share.
    pub(super) fn share(&self) -> Result<ShareControl<'_>, DecodeError> {
        ShareControl::decode(&self.body)
    }
}

impl<'a> Domain<'a> {
    /// The domain after the settings.
    pub(super) fn new(lab: &'a Lab, line: &'a mut Line, agreed: Agreed) -> Self {
        Self { lab, line, agreed, keys: None, licensing_sealed: false }
    }

    /// The number of the one user that there is, which is a channel too.
    pub(super) fn user(&self) -> u16 {
        let last = self.agreed.message_channel.or(self.agreed.channels.last().copied());
        last.unwrap_or(IO_CHANNEL) + 1
    }

    /// Notes that the client's message is not the one that is due.
    pub(super) fn fault(&mut self, error: &impl ToString) -> Over {
        self.line.fault(error)
    }

    /// Receives a message.
    pub(super) async fn hear(&mut self) -> Result<Heard, Over> {
        let bytes = self.line.receive::<Tpkt<DomainPdu<'_>>>().await?;
        let decoded = Tpkt::<x224::Data<DomainPdu<'_>>>::decode(&bytes).map_err(|error| self.fault(&error))?;
        match decoded.0.0 {
            DomainPdu::ErectDomainRequest { .. } => Ok(Heard::Erect),
            DomainPdu::AttachUserRequest => Ok(Heard::Attach),
            DomainPdu::ChannelJoinRequest { initiator, channel_id } if initiator == self.user() => {
                Ok(Heard::Join(channel_id))
            }
            DomainPdu::SendDataRequest(data) if data.initiator == self.user() => self.open(data).map(Heard::Data),
            DomainPdu::DisconnectProviderUltimatum(ultimatum) => {
                self.line.seen.visit.left = Some(ultimatum.reason);
                Err(Over)
            }
            other @ (DomainPdu::ChannelJoinRequest { .. }
            | DomainPdu::SendDataRequest(_)
            | DomainPdu::AttachUserConfirm { .. }
            | DomainPdu::ChannelJoinConfirm { .. }
            | DomainPdu::SendDataIndication(_)) => Err(self.fault(&format!("no message of this user's: {other:?}"))),
        }
    }

    fn open(&mut self, data: SendData<'_>) -> Result<Data, Over> {
        let SendData { channel_id: channel, user_data, .. } = data;
        let Some(keys) = &mut self.keys else { return Ok(Data { channel, flags: None, body: user_data.to_vec() }) };
        let (flags, body) = keys.open(user_data).map_err(|error| self.line.fault(&error))?;
        if flags.contains(SecurityFlags::ENCRYPT) {
            Ok(Data { channel, flags: Some(flags), body })
        } else {
            Err(self.fault(&"a message in clear where the client is to encrypt"))
        }
    }

    /// Receives the next message on the channel for input and output.
    pub(super) async fn data(&mut self) -> Result<Data, Over> {
        loop {
            match self.hear().await? {
                Heard::Data(data) if data.channel == IO_CHANNEL => return Ok(data),
                Heard::Data(data) if Some(data.channel) == self.agreed.message_channel => self.note(data)?,
                Heard::Data(_) => {}
                Heard::Erect | Heard::Attach | Heard::Join(_) => {
                    return Err(self.fault(&"another user, where data is due"));
                }
            }
        }
    }

    /// Receives the next message on the message channel.
    pub(super) async fn message(&mut self, due: SecurityFlags) -> Result<Vec<u8>, Over> {
        match self.hear().await? {
            Heard::Data(data) if Some(data.channel) == self.agreed.message_channel => {
                data.flagged(due).map(|(_, body)| body).map_err(|error| self.fault(&error))
            }
            Heard::Data(_) | Heard::Erect | Heard::Attach | Heard::Join(_) => {
                Err(self.fault(&format!("{due} is due on the message channel")))
            }
        }
    }

    /// Notes what comes on the message channel unawaited: clients answer a request for another transport in their time.
    fn note(&mut self, data: Data) -> Result<(), Over> {
        let (_, body) = data.flagged(SecurityFlags::TRANSPORT_RSP).map_err(|error| self.fault(&error))?;
        let response = MultitransportResponse::decode(&body).map_err(|error| self.fault(&error))?;
        self.line.seen.visit.multitransport = Some(response.result);
        Ok(())
    }

    /// Sends messages.
    pub(super) async fn say(&mut self, messages: Vec<Said>) -> Result<(), Over> {
        let bytes = messages.into_iter().flat_map(|said| self.sealed(said)).collect();
        self.line.send(bytes).await
    }

    /// Answers a step by doing its act.
    pub(super) async fn answer(&mut self, step: Step, truth: Vec<Said>) -> Result<(), Over> {
        let lab = self.lab;
        let act = lab.scenario.act(&self.line.seen, step);
        let said = match act {
            Act::Alert { code, transition } => vec![licensing::alert(*code, *transition)],
            Act::Redirect => vec![redirection::said(&lab.scenario.redirect, self.keys.is_some())],
            Act::ErrorInfo(code) if self.reads_errors() => {
                vec![Said::data(DataPdu::SetErrorInfo(ErrorInfo(*code)))]
            }
            Act::ErrorInfo(_) => Vec::new(),
            Act::Garble(Lie::Early) => vec![finalization::font_map()],
            Act::Garble(Lie::Endless) => vec![finalization::notice()],
            Act::Garble(Lie::Swapped) => std::iter::once(capabilities::demand(&self.agreed)).chain(truth).collect(),
            Act::Garble(lie) => {
                let twist = |said: Said| Said { body: lie.inside(step, said.body), ..said };
                truth.into_iter().map(twist).collect()
            }
            Act::Pass
            | Act::Silence
            | Act::Close
            | Act::Reset
            | Act::Truncate
            | Act::Half
            | Act::DelayMs(_)
            | Act::DripMs(_)
            | Act::Split
            | Act::Decline(_)
            | Act::Ultimatum(_)
            | Act::Disconnect(_) => truth,
        };
        let mut bytes: Vec<u8> = said.into_iter().flat_map(|said| self.sealed(said)).collect();
        if matches!(act, Act::ErrorInfo(_)) {
            bytes.extend(settings::ultimatum(Reason::PROVIDER_INITIATED.0));
        }
        self.line.answer(step, act, bytes, |_| Vec::new()).await
    }

    fn reads_errors(&self) -> bool {
        self.agreed.client.contains(ClientCapabilityFlags::SUPPORT_ERRINFO_PDU)
    }

    /// A message as it travels.
    pub(super) fn sealed(&mut self, said: Said) -> Vec<u8> {
        let Said { channel, flags, body } = said;
        let in_clear = flags.contains(SecurityFlags::LICENSE_PKT) && !self.licensing_sealed;
        let data = match &mut self.keys {
            Some(keys) if !in_clear => keys.seal(flags, &body),
            Some(_) | None if flags == SecurityFlags::default() => body,
            Some(_) | None => [SecurityHeader::new(flags).to_bytes(), body].concat(),
        };
        settings::carried(DomainPdu::SendDataIndication(SendData::new(SERVER, channel, &data)))
    }
}
