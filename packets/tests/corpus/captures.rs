//! Recordings of real servers: each says what must be found in it. In none is `CredSSP` in clear.

use rdp_packets::codec::{Decode, DecodeError, Encode, Frame};
use rdp_packets::gcc::ServerSecurity;
use rdp_packets::mcs::{ConnectAnswer, ConnectInitial, DomainPdu, Outcome, SendData};
use rdp_packets::negotiate::{Answer, Protocols};
use rdp_packets::security::{SecurityExchange, ServerCertificate};
use rdp_packets::session::Flagged;
use rdp_packets::tls::{Alert, ContentType, Flight, Handshake, Record};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::{ConnectionConfirm, ConnectionRequest, Data, Routing};

use super::stream::{Conversation, conversations};
use super::{files, name, read};

/// What each capture tells over TCP, a list a connection: first whose cookie it is (somebody is called `XXX`).
const TOLD: &[(&str, &[&[&str]])] = &[
    ("arkime_socks5-rdp", &[&["XXX offers rdp", "rdp 0x00"]]),
    (
        "msnetcaps_MS-RDSOD_Example_1_Win10RS3_x64_WS2016RS1_X64_Domain",
        &[&[
            "offers ssl+hybrid+hybrid_ex",
            "hybrid_ex 0x1f",
            "TLS 1.2 hello, suites 1",
            "TLS 1.2 TLS_RSA_WITH_RC4_128_MD5",
            "certificates 1",
        ]],
    ),
    (
        "msnetcaps_MS-RDSOD_Example_1_Win10_X64_WS2016_X64_Domain",
        &[&[
            "contoso\\a offers ssl+hybrid+hybrid_ex",
            "hybrid_ex 0x1f",
            "TLS 1.2 hello, suites 9",
            "TLS 1.2 TLS_RSA_WITH_AES_128_CBC_SHA",
            "certificates 1",
        ]],
    ),
    (
        "msnetcaps_MS-RDSOD_Example_1_Win2016RS1_x64_Win10RS4_x64",
        &[&[
            "RDSOD\\adm offers ssl+hybrid+hybrid_ex",
            "hybrid_ex 0x1f",
            "TLS 1.2 hello, suites 2",
            "TLS 1.2 TLS_RSA_WITH_AES_256_CBC_SHA",
            "certificates 1",
        ]],
    ),
    (
        "msnetcaps_MS-RDSOD_Example_6_Win10RS3_x64_WS2016RS1_X64_Domain",
        &[&[
            "offers ssl+hybrid+hybrid_ex",
            "hybrid_ex 0x1f",
            "TLS 1.2 hello, suites 1",
            "TLS 1.2 TLS_RSA_WITH_RC4_128_MD5",
            "certificates 1",
        ]],
    ),
    (
        "ndpi_rdp",
        &[&[
            "offers ssl+hybrid+hybrid_ex",
            "hybrid_ex 0x1f",
            "TLS 1.2 hello, suites 22",
            "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "certificates 1",
        ]],
    ),
    (
        "ndpi_rdp3",
        &[&[
            "Administr offers nothing",
            "no selection",
            "client SEPTU",
            "128BIT client compatible, certificate of 512 bits, signed",
            "client random in 72 bytes",
            "joins 1007 1003 1004 1005 1006",
        ]],
    ),
    (
        "spec_MS-RDPBCGR_4.1_sequence",
        &[&[
            "eltons offers rdp",
            "rdp 0x00",
            "client ELTONS-DEV2",
            "128BIT client compatible, certificate of 512 bits, signed",
            "client random in 72 bytes",
            "joins 1007 1003 1004 1005 1006",
        ]],
    ),
    (
        "zeek_rdp-invalid-length",
        &[&[
            "TPKT: `version` at byte 0 holds 0x45, not 3",
            "RDP Negotiation Response: `length` at byte 13 holds 0x00, not 8",
        ]],
    ),
    (
        "zeek_rdp-no-cookie-mstshash",
        &[&[
            "offers ssl+hybrid+hybrid_ex",
            "hybrid_ex 0x1f",
            "TLS 1.2 hello, suites 21",
            "TLS 1.2 TLS_RSA_WITH_AES_256_GCM_SHA384",
            "certificates 1",
        ]],
    ),
    (
        "zeek_rdp-proprietary-encryption",
        &[
            &["FTBCO\\A70 offers ssl", "failure SSL_NOT_ALLOWED_BY_SERVER"],
            &[
                "FTBCO\\A70 offers rdp",
                "rdp 0x00",
                "client FROG-POND",
                "128BIT high, certificate of 512 bits, signed",
                "client random in 72 bytes",
                "joins 1008 1003 1004 1005 1006 1007",
            ],
        ],
    ),
    ("zeek_rdp-to-ssl", &[OF_2011, OF_2011]),
    ("zeek_rdp-unknown-keyboard", &[&["JOHN-PC   offers rdp", "rdp 0x00", "client JOHN-PC-LAPTOP"]]),
    ("zeek_rdpeudp-handshake-fail", &[]),
    ("zeek_rdpeudp-handshake-success", &[]),
];

/// Windows 7 asks Windows Server 2008 R2, twice: once to learn what it needs, and once in earnest.
const OF_2011: &[&str] = &[
    "AWAKECODI offers ssl+hybrid",
    "hybrid 0x01",
    "TLS 1.0 hello, suites 12",
    "TLS 1.0 TLS_RSA_WITH_AES_128_CBC_SHA",
    "certificates 1",
];

/// Bytes of SOCKS in front of what the client and the server say, in the one capture that has a proxy.
const WRAPPED: (&str, usize, usize) = ("arkime_socks5-rdp", 13, 12);

#[test]
fn every_capture_tells_what_it_must() {
    let Some(files) = files("RDP_CAPTURES", "pcap") else { return };
    let mut messages = 0;
    for file in files {
        let name = name(&file);
        let mut told = Vec::new();
        for mut conversation in conversations(&file) {
            if name == WRAPPED.0 {
                conversation.client.drain(..WRAPPED.1);
                conversation.server.drain(..WRAPPED.2);
            }
            let mut story = Story::default();
            story.follow(&conversation);
            messages += story.messages;
            told.push(story.told);
        }
        let row = TOLD.iter().find(|(known, _)| *known == name);
        let (_, expected) = row.unwrap_or_else(|| panic!("{name}: no row says what it must tell: {told:#?}"));
        assert_eq!(told, *expected, "{name}");
    }
    eprintln!("captures: {messages} messages decoded");
}

/// What a connection told.
#[derive(Default)]
pub(super) struct Story {
    pub(super) told: Vec<String>,
    pub(super) messages: usize,
}

/// One side's bytes, of which messages are taken.
pub(super) struct Side<'a>(pub(super) &'a [u8]);

impl<'a> Side<'a> {
    /// The next whole frame.
    fn frame<T: Frame>(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        let Some((frame, rest)) = T::length(self.0)?.and_then(|length| self.0.split_at_checked(length)) else {
            return Ok(None);
        };
        self.0 = rest;
        Ok(Some(frame))
    }
}

impl Story {
    /// Reads both sides as far as they are in clear. What one side says wrongly ends that side's part alone.
    fn follow(&mut self, conversation: &Conversation) {
        let mut client = Side(&conversation.client);
        let mut server = Side(&conversation.server);
        match self.packet::<ConnectionRequest>(&mut client) {
            Ok(request) => self.told.extend(request.iter().map(asked)),
            Err(error) => self.told.push(error.to_string()),
        }
        if let Err(error) = self.answer(&mut client, &mut server) {
            self.told.push(error.to_string());
        }
    }

    /// Reads the server's answer, and what it leads to.
    fn answer<'a>(&mut self, client: &mut Side<'a>, server: &mut Side<'a>) -> Result<(), DecodeError> {
        let Some(confirm) = self.packet::<ConnectionConfirm>(server)? else { return Ok(()) };
        match confirm.answer {
            Some(Answer::Failure { code, .. }) => self.told.push(format!("failure {code}")),
            Some(Answer::Response { flags, selected: Protocols::RDP }) => {
                self.told.push(format!("rdp {:#04x}", flags.0));
                self.settings(client, server)?;
            }
            Some(Answer::Response { flags, selected }) => {
                self.told.push(format!("{} {:#04x}", selected.names().join("+"), flags.0));
                self.tls(client)?;
                self.tls(server)?;
            }
            None => {
                self.told.push("no selection".to_owned());
                self.settings(client, server)?;
            }
        }
        Ok(())
    }

    /// The next packet, which has to be a `T`.
    fn packet<'a, T: Decode<'a> + Encode>(&mut self, side: &mut Side<'a>) -> Result<Option<T>, DecodeError> {
        let Some(frame) = side.frame::<Tpkt<T>>()? else { return Ok(None) };
        self.messages += 1;
        read::<Tpkt<T>>(frame).map(|Tpkt(content)| Some(content))
    }

    /// The records of one side; what is in clear is looked into.
    pub(super) fn tls(&mut self, side: &mut Side<'_>) -> Result<(), DecodeError> {
        let mut flight = Flight::default();
        let (mut seen, mut written) = (Vec::new(), Vec::new());
        let mut clear = true;
        while let Some(frame) = side.frame::<Record>()? {
            let record: Record = read(frame)?;
            self.messages += 1;
            match record.content_type {
                ContentType::CHANGE_CIPHER_SPEC => clear = false,
                ContentType::HANDSHAKE if clear => {
                    seen.extend(record.fragment);
                    flight.push(record.fragment)?;
                    while let Some(message) = flight.message()? {
                        self.messages += 1;
                        message.encode(&mut written);
                        self.told.extend(shown(&message));
                    }
                }
                ContentType::ALERT if clear => self.told.push(read::<Alert>(record.fragment)?.description.to_string()),
                _ => {}
            }
        }
        assert_eq!(written, seen, "a handshake is written differently");
        if !side.0.is_empty() {
            self.told.push(format!("{} bytes of a record that is cut", side.0.len()));
        }
        Ok(())
    }

    /// The settings of both sides, and what goes over the domain up to the first fast-path packet.
    fn settings<'a>(&mut self, client: &mut Side<'a>, server: &mut Side<'a>) -> Result<(), DecodeError> {
        if let Some(frame) = client.frame::<Tpkt<ConnectInitial>>()? {
            self.messages += 1;
            let Tpkt(Data(initial)) = read::<Tpkt<Data<ConnectInitial>>>(frame)?;
            self.told.push(format!("client {}", initial.user_data.data.core.client_name));
        }
        match self.packet::<Data<ConnectAnswer>>(server)? {
            Some(Data(ConnectAnswer::Response(response))) => {
                self.told.extend(response.user_data.map(|user_data| secured(&user_data.data.security)));
            }
            Some(Data(ConnectAnswer::Ultimatum(ultimatum))) => self.told.push(ultimatum.reason.to_string()),
            None => {}
        }
        let mut joined = Vec::new();
        for side in [client, server] {
            while side.0.first() == Some(&3)
                && let Some(Data(pdu)) = self.packet::<Data<DomainPdu>>(side)?
            {
                if let DomainPdu::ChannelJoinConfirm {
                    result: Outcome::SUCCESSFUL, channel_id: Some(channel), ..
                } = pdu
                {
                    joined.push(channel.to_string());
                } else if let DomainPdu::SendDataRequest(SendData { user_data, .. }) = pdu
                    && user_data.starts_with(&[1])
                {
                    let exchange: Flagged<SecurityExchange> = read(user_data)?;
                    let random = exchange.message.encrypted_client_random;
                    self.told.push(format!("client random in {} bytes", random.len()));
                }
            }
        }
        if !joined.is_empty() {
            self.told.push(format!("joins {}", joined.join(" ")));
        }
        Ok(())
    }
}

/// What the client offers, and how it calls itself.
fn asked(request: &ConnectionRequest) -> String {
    let offer = request.negotiation.map_or("nothing".to_owned(), |offer| match offer.protocols {
        Protocols::RDP => "rdp".to_owned(),
        protocols => protocols.names().join("+"),
    });
    match &request.routing {
        Some(Routing::Cookie(cookie)) => format!("{cookie} offers {offer}"),
        Some(Routing::Token(token)) => format!("{} offers {offer}", token.escape_ascii()),
        None => format!("offers {offer}"),
    }
}

/// How the session would be encrypted, and the server's certificate.
fn secured(security: &ServerSecurity) -> String {
    let methods = security.encryption_method.names().join("+");
    let ServerCertificate::Proprietary(certificate) = read(&security.server_certificate).expect("a certificate") else {
        panic!("a chain")
    };
    let signed = if certificate.is_signed() { "signed" } else { "not signed" };
    let bits = 8 * certificate.key.size();
    format!("{methods} {}, certificate of {bits} bits, {signed}", security.encryption_level)
}

/// What a handshake message tells.
fn shown(message: &Handshake<'_>) -> Option<String> {
    match message {
        Handshake::ClientHello(hello) => Some(format!("{} hello, suites {}", hello.version, hello.cipher_suites.len())),
        Handshake::ServerHello(hello) => Some(format!("{} {}", hello.negotiated_version(), hello.cipher_suite)),
        Handshake::Certificate(certificate) => Some(format!("certificates {}", certificate.chain.len())),
        Handshake::Other { .. } => None,
    }
}
