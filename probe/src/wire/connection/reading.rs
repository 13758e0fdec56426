//! How a wire hears: what is awaited goes on the tape, and what came is taken message by message.

use std::time::Duration;

use rdp_packets::codec::Frame;
use rdp_packets::tls::Record;

use super::Wire;
use crate::evidence::{End, Event};
use crate::stop::{Cause, Operation};
use crate::wire::limits::{Until, bounded};
use crate::wire::opening::open;
use crate::wire::transport::Unread;

/// How often the kernel is asked whether our bytes are acknowledged.
const TICK: Duration = Duration::from_millis(2);

impl Wire {
    /// Bytes that came and no message has taken.
    pub fn heard(&self) -> &[u8] {
        &self.heard
    }

    /// Notes that a message is awaited which was read already: whoever takes it is to say so.
    pub fn awaiting(&mut self, message: &str) {
        self.tape.note(Event::Awaiting { message: message.to_owned() });
    }

    /// Receives one message by its length, however the network cut it. `message` says on the tape what is awaited.
    pub async fn receive<F: Frame>(&mut self, message: &str) -> Result<Vec<u8>, Cause> {
        let until = self.expect(message);
        loop {
            if let Some(length) = F::length(&self.heard)?
                && length <= self.heard.len()
            {
                let rest = self.heard.split_off(length);
                let bytes = std::mem::replace(&mut self.heard, rest);
                if self.tls.is_some() {
                    let bytes = self.tape.keep(&bytes);
                    self.tape.note(Event::Opened { message: message.to_owned(), bytes });
                }
                return Ok(bytes);
            }
            self.fill(&until).await?;
        }
    }

    /// Receives one datagram. `message` says on the tape what is awaited.
    pub(crate) async fn receive_datagram(&mut self, message: &str) -> Result<Vec<u8>, Cause> {
        let until = self.expect(message);
        while self.heard.is_empty() {
            self.fill(&until).await?;
        }
        Ok(std::mem::take(&mut self.heard))
    }

    /// Waits until the other side has acknowledged all that we sent, or says something. `message` says on the tape what
    /// is awaited.
    pub async fn acknowledged(&mut self, message: &str) -> Result<(), Cause> {
        let until = self.expect(message);
        // The kernel tells of an acknowledgement when it is asked, and not by itself.
        while self.kernel().and_then(|info| info.unacked).is_some_and(|unacked| unacked > 0) {
            if let Ok(heard) = tokio::time::timeout(TICK, self.fill(&until)).await {
                return heard;
            }
        }
        Ok(())
    }

    /// Notes what is awaited, and says until when.
    pub(super) fn expect(&mut self, message: &str) -> Until {
        let same = self.until.is_some()
            && self.tape.recording().last(|event| event.awaiting().is_some()).and_then(|(_, e)| e.event.awaiting())
                == Some(message);
        if !same {
            self.tape.note(Event::Awaiting { message: message.to_owned() });
        }
        let now = self.tape.clock().now();
        self.until.get_or_insert_with(|| self.limits.until(now)).clone()
    }

    /// Reads what has come, once, into `heard`.
    pub(in crate::wire) async fn fill(&mut self, until: &Until) -> Result<(), Cause> {
        if self.unseal()? {
            return Ok(());
        }
        let Some(transport) = &mut self.transport else {
            return Err(self.broken.clone().unwrap_or_else(|| Cause::local(Operation::Read, "not connected")));
        };
        let clock = *self.tape.clock();
        let read = transport.read(&mut self.tape, &mut self.senses);
        let mut bytes = match bounded(&clock, until, &self.halt, read).await? {
            Ok(bytes) if bytes.is_empty() => {
                self.tape.note(Event::Ended { how: End::Fin });
                return Err(self.broken.clone().unwrap_or(Cause::Closed));
            }
            Ok(bytes) => bytes,
            Err(Unread::Socket(error)) => return Err(self.end(&error)),
            Err(Unread::Endless(datagrams)) => {
                let found = format!("is not over after {datagrams} datagrams");
                return Err(Cause::misplaced("RDP-UDP datagram", "order", 0, found));
            }
        };
        if self.tls.is_some() { &mut self.sealed } else { &mut self.heard }.append(&mut bytes);
        Ok(())
    }

    /// Opens the first TLS record that came, and says whether there was one.
    fn unseal(&mut self) -> Result<bool, Cause> {
        let Some(tls) = &mut self.tls else { return Ok(false) };
        let length = Record::length(&self.sealed)?;
        let Some(length) = length.filter(|length| *length <= self.sealed.len()) else { return Ok(false) };
        let rest = self.sealed.split_off(length);
        let record = std::mem::replace(&mut self.sealed, rest);
        let opened = open(tls, &record, &mut self.heard);
        if opened == Err(Cause::Closed) {
            self.tape.note(Event::Ended { how: End::CloseNotify });
        }
        opened.map(|()| true)
    }
}
