use std::io;

use tokio::net::UdpSocket;
use tokio::time::sleep_until;

use super::stream::Stream;
use super::transport::{Unread, ours, theirs};
use crate::evidence::{Senses, Tape};

/// Datagrams that are read in one walk: more than any flight that is due.
const MOST_HEARD: u32 = 256;

/// No datagram of RDP-UDP is longer, in bytes; what is behind it is cut off.
const LONGEST: usize = 2048;

/// A connected UDP socket, and the stream on it once there is one.
pub(crate) struct Flow {
    socket: UdpSocket,
    stream: Option<Stream>,
    heard: u32,
}

impl Flow {
    /// A flow of bare datagrams.
    pub(crate) fn new(socket: UdpSocket) -> Self {
        Self { socket, stream: None, heard: 0 }
    }

    pub(super) fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// From here on the datagrams make a stream.
    pub(super) fn begin(&mut self, stream: Stream) {
        self.stream = Some(stream);
    }

    /// Sends bytes: one datagram, or as many as the stream makes of them.
    pub(super) async fn write(&mut self, tape: &mut Tape, senses: &mut Senses, bytes: &[u8]) -> io::Result<()> {
        let Some(stream) = &mut self.stream else {
            ours(tape, senses, bytes);
            return self.socket.send(bytes).await.map(drop);
        };
        stream.write(bytes);
        self.flush(tape, senses).await
    }

    /// Waits for one datagram, or for the stream to grow.
    pub(super) async fn read(&mut self, tape: &mut Tape, senses: &mut Senses) -> Result<Vec<u8>, Unread> {
        let mut bytes = vec![0; LONGEST];
        loop {
            let due = self.stream.as_ref().and_then(Stream::due).map(|due| tape.clock().instant(due));
            let again = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            let came = tokio::select! {
                biased;
                came = self.socket.recv(&mut bytes) => Some(came?),
                () = again => None,
            };
            let mut length = came;
            while let Some(count) = length {
                let datagram = self.hear(tape, senses, bytes.get(..count).unwrap_or_default())?;
                if self.stream.is_none() && !datagram.is_empty() {
                    return Ok(datagram.to_vec());
                }
                // What came together is acknowledged together.
                length = self.stream.as_ref().and_then(|_| self.socket.try_recv(&mut bytes).ok());
            }
            self.flush(tape, senses).await?;
            if let Some(grown) = self.stream.as_mut().map(Stream::take).filter(|grown| !grown.is_empty()) {
                return Ok(grown);
            }
        }
    }

    /// Takes one datagram to the tape and to the stream. One that no stream can use is on the tape, and no more.
    fn hear<'a>(&mut self, tape: &mut Tape, senses: &mut Senses, datagram: &'a [u8]) -> Result<&'a [u8], Unread> {
        self.heard += 1;
        if self.heard > MOST_HEARD {
            return Err(Unread::Endless(MOST_HEARD));
        }
        theirs(tape, senses, datagram);
        if let Some(stream) = &mut self.stream {
            stream.hear(datagram);
        }
        Ok(datagram)
    }

    /// Sends what the stream has to send now.
    async fn flush(&mut self, tape: &mut Tape, senses: &mut Senses) -> io::Result<()> {
        let now = tape.clock().now();
        for datagram in self.stream.as_mut().map(|stream| stream.datagrams(now)).unwrap_or_default() {
            ours(tape, senses, &datagram);
            self.socket.send(&datagram).await?;
        }
        Ok(())
    }
}
