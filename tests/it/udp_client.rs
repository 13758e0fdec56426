//! A client of RDP-UDP made by hand out of the codec, to hold the lab's server against.

use std::net::{Ipv6Addr, SocketAddr};
use std::time::Duration;

use rdp_packets::codec::{Decode, Encode, Frame};
use rdp_packets::dtls;
use rdp_packets::rdpudp::{AckVector, Datagram, Opening, Payload, Reassembly, Segment, UdpVersion, WINDOW};
use rdp_packets::tls::{ClientHello, ContentType, Flight, Handshake, Record, Version};
use rustls::ClientConnection;
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// How long an answer that is due may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The name of the connection that every SYN carries.
pub(crate) const CORRELATION: [u8; 16] = [0x42; 16];

/// Bytes of the stream that fit into a datagram beside everything else.
const CHUNK: usize = 1100;

/// A client on a port of its own.
pub(crate) struct Client {
    socket: UdpSocket,
    pub(crate) number: u32,
}

/// A connection that stands.
pub(crate) struct Stream {
    client: Client,
    incoming: Reassembly,
    next: u32,
}

impl Client {
    pub(crate) async fn new(server: SocketAddr) -> Self {
        let any = if server.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { [0, 0, 0, 0].into() };
        let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await.expect("a port");
        socket.connect(server).await.expect("an address");
        Self { socket, number: fastrand::u32(..) }
    }

    /// The SYN that mstsc sends, without a hash.
    pub(crate) fn syn(&self, version: UdpVersion) -> Opening {
        Opening::syn(self.number, version, Some(CORRELATION), 1232)
    }

    pub(crate) async fn send(&self, message: &impl Encode) {
        self.socket.send(&message.to_bytes()).await.expect("a datagram is sent");
    }

    /// The next datagram, if one comes within this time.
    pub(crate) async fn within(&self, time: Duration) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 65_535];
        let length = timeout(time, self.socket.recv(&mut buffer)).await.ok()?.expect("somebody listens");
        buffer.truncate(length);
        Some(buffer)
    }

    /// The next datagram, which is due.
    pub(crate) async fn hear(&self) -> Vec<u8> {
        self.within(PATIENCE).await.expect("a datagram")
    }

    /// What comes until nothing comes for this time.
    pub(crate) async fn until_quiet(&self, time: Duration) -> Vec<Vec<u8>> {
        let mut heard = Vec::new();
        while let Some(datagram) = self.within(time).await {
            heard.push(datagram);
        }
        heard
    }

    /// Whether the host said that nobody listens.
    pub(crate) async fn is_refused(&self) -> bool {
        let answer = timeout(PATIENCE, self.socket.recv(&mut [0; 16])).await.expect("an answer");
        answer.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
    }

    /// The SYN+ACK that comes next.
    pub(crate) async fn answer(&self) -> Opening {
        let answer = Opening::decode(&self.hear().await).expect("a SYN+ACK");
        assert!(answer.is_answer() && answer.source_ack == self.number, "{answer:?}");
        answer
    }

    /// Sends a SYN and reads its answer.
    pub(crate) async fn open(&self, syn: &Opening) -> Opening {
        self.send(syn).await;
        self.answer().await
    }

    /// Says that the SYN+ACK came.
    pub(crate) async fn acknowledge(&self, answer: &Opening) {
        let own = answer.initial_sequence_number;
        self.send(&Segment::acknowledging(own, WINDOW, AckVector::default())).await;
    }

    /// Opens a connection that speaks version 2 or lower.
    pub(crate) async fn connect(self) -> Stream {
        let syn = self.syn(UdpVersion::V2);
        self.connect_with(&syn).await
    }

    pub(crate) async fn connect_with(self, syn: &Opening) -> Stream {
        let answer = self.open(syn).await;
        let incoming = Reassembly::new(answer.initial_sequence_number.wrapping_add(1));
        Stream { next: self.number.wrapping_add(1), client: self, incoming }
    }
}

impl Stream {
    /// A connection to this server.
    pub(crate) async fn to(server: SocketAddr) -> Self {
        Client::new(server).await.connect().await
    }

    fn acknowledgement<'a>(&self) -> Segment<'a> {
        Segment::acknowledging(self.incoming.highest(), WINDOW, self.incoming.vector())
    }

    pub(crate) async fn say(&mut self, bytes: &[u8]) {
        for data in bytes.chunks(CHUNK) {
            self.client.send(&self.acknowledgement().carrying(self.next, data)).await;
            self.next = self.next.wrapping_add(1);
        }
    }

    /// The next packet, which is not acknowledged: the number of its transmission, its own, and its bytes.
    pub(crate) async fn packet(&mut self) -> (u32, u32, Vec<u8>) {
        loop {
            if let Some(packet) = packet(&self.client.hear().await) {
                return packet;
            }
        }
    }

    /// What the next datagram adds to the stream, which is acknowledged.
    pub(crate) async fn read(&mut self) -> Vec<u8> {
        let (_, start, data) = self.packet().await;
        self.incoming.take(start, &data).expect("room");
        self.client.send(&self.acknowledgement()).await;
        self.incoming.stream()
    }

    /// Whether packets overtook each other, and how many came twice.
    pub(crate) fn overtaken_and_duplicates(&self) -> (u32, u32) {
        (self.incoming.arrivals().overtaken, self.incoming.arrivals().duplicates)
    }

    /// The certificates that the server shows in clear.
    pub(crate) async fn certificates(&mut self) -> Vec<Vec<u8>> {
        self.say(&ClientHello::describing(Version::TLS_1_2, [7; 32], None).records()).await;
        let (mut heard, mut flight) = (Vec::new(), Flight::default());
        loop {
            heard.extend(self.read().await);
            while let Some(length) = Record::length(&heard).expect("TLS").filter(|length| *length <= heard.len()) {
                let record: Vec<u8> = heard.drain(..length).collect();
                let record = Record::decode(&record).expect("a record");
                assert_eq!(record.content_type, ContentType::HANDSHAKE);
                flight.push(record.fragment).expect("a flight");
            }
            while let Some(message) = flight.message().expect("a message") {
                if let Handshake::Certificate(certificate) = message {
                    return certificate.chain;
                }
            }
        }
    }

    /// Goes on in TLS until the handshake is finished.
    pub(crate) async fn shake_hands(&mut self, tls: &mut ClientConnection) {
        self.flush(tls).await;
        while tls.is_handshaking() {
            self.fill(tls).await;
            self.flush(tls).await;
        }
    }

    /// Sends what TLS has to say.
    pub(crate) async fn flush(&mut self, tls: &mut ClientConnection) {
        let mut said = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut said).expect("TLS");
        }
        self.say(&said).await;
    }

    /// Hands TLS what the next datagram adds.
    pub(crate) async fn fill(&mut self, tls: &mut ClientConnection) {
        let bytes = self.read().await;
        let mut left = bytes.as_slice();
        while !left.is_empty() {
            tls.read_tls(&mut left).expect("TLS");
            tls.process_new_packets().expect("TLS");
        }
    }

    /// What the server says until nothing comes for this time.
    pub(crate) async fn until_quiet(&self, time: Duration) -> Vec<Vec<u8>> {
        self.client.until_quiet(time).await
    }

    /// The next message of DTLS, in packets of the lossy mode.
    pub(crate) async fn message(&mut self, flight: &mut dtls::Flight) -> dtls::Message {
        loop {
            if let Some(message) = flight.message().expect("a message") {
                return message;
            }
            let (_, _, data) = self.packet().await;
            flight.push(&dtls::Record::decode(&data).expect("a record")).expect("a flight");
        }
    }
}

/// What a datagram carries: the number of the transmission, the packet's own, and its bytes.
pub(crate) fn packet(datagram: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    match Datagram::decode(datagram).expect("RDP-UDP") {
        Datagram::Segment(Segment { payload: Some(Payload::Source { coded, start, data }), .. }) => {
            Some((coded, start, data.to_owned()))
        }
        Datagram::Segment(_) | Datagram::Opening(_) => None,
    }
}
