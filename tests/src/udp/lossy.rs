use rdp_packets::codec::{Decode, Encode, Reader};
use rdp_packets::dtls::{ClientHello, Fragment, HelloVerifyRequest, Message, Record};
use rdp_packets::rdpudp::{Payload, Reassembly, Segment};
use rdp_packets::tls::{Certificate, CipherSuite, ContentType, HandshakeType, ServerHello, Version};

use super::line::Line;
use super::opening::Opened;
use super::server::Shared;
use super::stream::acknowledging;

/// The bytes of a record's header and of a fragment's.
const HEADERS: usize = 13 + 12;

/// One connection of the lossy mode. Nothing is sent again unless the client is heard again.
struct Lossy<'a> {
    line: &'a mut Line,
    /// Counts packets: their content is taken as it comes.
    incoming: Reassembly,
    /// The number of our next packet.
    packet: u32,
    /// The number of our next record.
    record: u64,
    mtu: usize,
}

/// Does DTLS up to the end of what it says in clear.
pub(super) async fn run(shared: &Shared, line: &mut Line, opened: Opened) {
    let cookie = fastrand::u128(..).to_be_bytes().repeat(2);
    let mut lossy = Lossy {
        line,
        incoming: Reassembly::new(opened.client.wrapping_add(1)),
        packet: opened.own.wrapping_add(1),
        record: 0,
        mtu: opened.mtu,
    };
    let mut datagram = opened.first;
    loop {
        if let Some(data) = lossy.take(&datagram) {
            match hello(data) {
                None => lossy.line.say(&acknowledging(&lossy.incoming)).await,
                Some(hello) if hello.cookie == cookie => lossy.say(1, &flight(shared, &hello)).await,
                Some(_) => {
                    let request = HelloVerifyRequest { version: Version::DTLS_1_0, cookie: cookie.clone() };
                    lossy.say(0, &[Message::HelloVerifyRequest(request)]).await;
                }
            }
        }
        let Some(next) = lossy.line.hear().await else { return };
        datagram = next;
    }
}

/// The `ClientHello` in a packet: whole, and in one record, as clients send it.
fn hello(packet: &[u8]) -> Option<ClientHello> {
    let record = Record::read(&mut Reader::new(Record::NAME, packet)).ok()?;
    let fragment = Fragment::read(&mut Reader::new(Fragment::NAME, record.fragment)).ok()?;
    (fragment.kind == HandshakeType::CLIENT_HELLO).then(|| ClientHello::decode(fragment.data).ok())?
}

/// The server's flight up to the end of what it says in clear.
fn flight(shared: &Shared, hello: &ClientHello) -> [Message; 3] {
    let hello = ServerHello {
        version: Version::DTLS_1_0,
        random: [7; 32],
        session_id: Vec::new(),
        cipher_suite: hello.hello.cipher_suites.first().copied().unwrap_or(CipherSuite::RSA_WITH_AES_128_CBC_SHA),
        compression: 0,
        extensions: Vec::new(),
    };
    [
        Message::ServerHello(hello),
        Message::Certificate(Certificate { chain: shared.chain.clone() }),
        Message::Other { kind: HandshakeType::SERVER_HELLO_DONE, body: Vec::new() },
    ]
}

impl Lossy<'_> {
    /// Takes a datagram, and gives what its packet holds.
    fn take<'d>(&mut self, datagram: &'d [u8]) -> Option<&'d [u8]> {
        match Segment::decode(datagram).ok()?.payload? {
            Payload::Source { start, data, .. } => {
                let _ = self.incoming.take(start, &[]);
                Some(data)
            }
            Payload::Fec { .. } => None,
        }
    }

    /// Sends messages, the first with this number, in pieces that fit into a datagram each.
    async fn say(&mut self, first: u16, messages: &[Message]) {
        let room = self.mtu - acknowledging(&self.incoming).carrying(0, &[]).to_bytes().len() - HEADERS;
        for (number, message) in (first..).zip(messages) {
            let body = message.to_bytes();
            let mut whole = Fragment::whole(message.kind(), number, &body);
            // An empty message is a piece too.
            let pieces = body.chunks(room).chain(body.is_empty().then_some(&[][..]));
            for data in pieces {
                let fragment = Fragment { data, ..whole }.to_bytes();
                whole.offset += u32::try_from(data.len()).unwrap_or(u32::MAX);
                self.send(&fragment).await;
            }
        }
    }

    /// Sends a piece of a message in a record and a packet of its own.
    async fn send(&mut self, fragment: &[u8]) {
        let (content_type, version) = (ContentType::HANDSHAKE, Version::DTLS_1_0);
        let record = Record { content_type, version, epoch: 0, sequence_number: self.record, fragment }.to_bytes();
        self.line.say(&acknowledging(&self.incoming).carrying(self.packet, &record)).await;
        self.record += 1;
        self.packet = self.packet.wrapping_add(1);
    }
}
