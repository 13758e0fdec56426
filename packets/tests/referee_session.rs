//! Another decoder, `ironrdp-pdu`, reads a session as this one writes it; and what it writes of it reads the same here.

use std::net::IpAddr;

use ironrdp_pdu as iron;
use ironrdp_pdu::rdp::headers::ShareControlHeader;
use ironrdp_pdu::x224::X224;
use rdp_packets::Secret;
use rdp_packets::codec::{Decode, Encode};
use rdp_packets::mcs::{DomainPdu, Outcome, SendData};
use rdp_packets::session::{
    AutoDetectRequest, AutoDetectResponse, AutoReconnectCookie, ClientInfo, ConfirmActive, Control, ControlAction,
    DataPdu, DeactivateAll, DemandActive, EnhancedRedirection, ErrorInfo, ExtendedInfo, Flagged, FontSequence, Logon,
    LogonError, LogonErrorData, LogonExtended, LogonNotification, MultitransportRequest, MultitransportResponse,
    MultitransportResult, RedirectionFlags, RequestContent, RequestedProtocol, ResponseContent, SaveSessionInfo,
    SecurityFlags, ServerRedirection, ShareControl, ShareData, SharePdu, Stage, Synchronize,
};
use rdp_packets::tpkt::Tpkt;
use rdp_packets::x224::Data;

const SHARE: u32 = 0x0001_03ea;

#[test]
fn its_copies_of_our_domain_pdus_read_the_same() {
    let result = Outcome::SUCCESSFUL;
    for ours in [
        DomainPdu::ErectDomainRequest { sub_height: 0, sub_interval: 0 },
        DomainPdu::AttachUserRequest,
        DomainPdu::AttachUserConfirm { result, initiator: Some(1007) },
        DomainPdu::ChannelJoinRequest { initiator: 1007, channel_id: 1003 },
        DomainPdu::ChannelJoinConfirm { result, initiator: 1007, requested: 1003, channel_id: Some(1003) },
        DomainPdu::SendDataRequest(SendData::new(1007, 1003, &[7; 3])),
        DomainPdu::SendDataIndication(SendData::new(1002, 1003, &[7; 300])),
    ] {
        let ours = Tpkt(Data(ours)).to_bytes();
        let theirs = iron::decode::<X224<iron::mcs::McsMessage>>(&ours).unwrap();
        let theirs = iron::encode_vec(&theirs).unwrap();
        assert_eq!(Tpkt::<Data<DomainPdu>>::decode(&theirs), Tpkt::decode(&ours));
    }
}

#[test]
fn its_copies_of_our_share_pdus_read_the_same() {
    let confirm = ConfirmActive::new(SHARE, 1024, 768, 24);
    let demand = DemandActive {
        share_id: SHARE,
        source_descriptor: "RDP".to_owned(),
        capabilities: confirm.capabilities.clone(),
        session_id: Some(0),
    };
    let deactivate = DeactivateAll { share_id: Some(SHARE), source_descriptor: String::new() };
    for pdu in [
        SharePdu::DemandActive(demand),
        SharePdu::ConfirmActive(confirm),
        SharePdu::DeactivateAll(deactivate),
        SharePdu::Redirection(Box::new(EnhancedRedirection { pad: [0; 2], packet: redirection(), end: vec![0] })),
    ] {
        assert_eq!(copied(pdu.clone()), pdu);
    }
}

#[test]
fn its_copies_of_our_data_pdus_read_the_same() {
    let logon = || Logon { domain: "lab".to_owned(), user_name: "alice".to_owned(), session_id: 2 };
    let extended = LogonExtended {
        auto_reconnect: Some(AutoReconnectCookie { logon_id: 7, bits: Secret([9; 16]) }),
        error: Some(LogonError { notification: LogonNotification::NO_PERMISSION, data: LogonErrorData::FAILED_OTHER }),
    };
    for pdu in [
        DataPdu::Synchronize(Synchronize::new(1002)),
        DataPdu::Control(Control::new(ControlAction::COOPERATE)),
        DataPdu::Control(Control { action: ControlAction::GRANTED_CONTROL, grant_id: 1007, control_id: 1002 }),
        DataPdu::FontList(FontSequence::LIST),
        DataPdu::FontMap(Some(FontSequence::MAP)),
        DataPdu::ShutdownRequest,
        DataPdu::ShutdownDenied,
        DataPdu::SaveSessionInfo(SaveSessionInfo::Logon(logon())),
        DataPdu::SaveSessionInfo(SaveSessionInfo::LogonLong(logon())),
        DataPdu::SaveSessionInfo(SaveSessionInfo::PlainNotify),
        DataPdu::SaveSessionInfo(SaveSessionInfo::Extended(extended)),
    ] {
        let read = copied(SharePdu::Data(ShareData::new(SHARE, pdu.clone())));
        let SharePdu::Data(ShareData { pdu: read, .. }) = read else { panic!("{read:?}") };
        assert_eq!(read, pdu);
    }
}

#[test]
fn it_knows_every_error_that_servers_send() {
    let unknown = |code: &&ErrorInfo| {
        let pdu = SharePdu::Data(ShareData::new(SHARE, DataPdu::SetErrorInfo(**code)));
        iron::decode::<ShareControlHeader>(&ShareControl::new(1002, pdu).to_bytes()).is_err()
    };
    let unknown: Vec<_> = ErrorInfo::KNOWN.iter().filter(unknown).collect();
    assert_eq!(unknown, [&ErrorInfo::PEER_DISCONNECTED]);
}

#[test]
fn our_client_info_reads_the_same() {
    let extended = ExtendedInfo::new(IpAddr::from([127, 0, 0, 1]));
    let ours = ClientInfo::new("lab", "alice", Secret::utf16("secret"), extended);
    let bytes = Flagged::new(SecurityFlags::INFO_PKT, ours.clone()).to_bytes();
    let read = iron::decode::<iron::rdp::ClientInfoPdu>(&bytes).unwrap().client_info;
    assert_eq!(read.credentials.domain.as_deref(), Some("lab"));
    assert_eq!((read.credentials.username.as_str(), read.credentials.password.as_str()), ("alice", "secret"));
    assert_eq!(read.flags.bits(), ours.flags.0);
    assert_eq!(read.extra_info.address, "127.0.0.1");
    let optional = &read.extra_info.optional_data;
    assert_eq!(optional.performance_flags().map(|flags| flags.bits()), Some(0x2f));
    assert!(optional.timezone().is_some_and(|zone| zone.bias == 0) && optional.reconnect_cookie().is_none());
}

#[test]
fn auto_detection_reads_the_same() {
    for content in [
        RequestContent::Rtt { connecting: true },
        RequestContent::Rtt { connecting: false },
        RequestContent::Start(Stage::Connecting),
        RequestContent::Start(Stage::Session),
        RequestContent::Start(Stage::Lossy),
        RequestContent::Payload(&[7; 100]),
        RequestContent::StopConnecting(&[7; 100]),
        RequestContent::Stop { lossy: false },
        RequestContent::Stop { lossy: true },
        RequestContent::Result { base_rtt: Some(3), bandwidth: Some(8500), average_rtt: 5 },
        RequestContent::Result { base_rtt: None, bandwidth: Some(8500), average_rtt: 5 },
        RequestContent::Result { base_rtt: Some(3), bandwidth: None, average_rtt: 5 },
    ] {
        let request = AutoDetectRequest { sequence_number: 7, content };
        let ours = Flagged::new(SecurityFlags::AUTODETECT_REQ, request).to_bytes();
        let theirs = iron::decode::<iron::rdp::autodetect::AutoDetectReqPdu>(&ours).unwrap();
        assert_eq!(iron::encode_vec(&theirs).unwrap(), ours);
    }
    for content in [
        ResponseContent::Rtt,
        ResponseContent::Bandwidth { connecting: true, time_delta: 12, byte_count: 15000 },
        ResponseContent::Bandwidth { connecting: false, time_delta: 12, byte_count: 15000 },
        ResponseContent::Sync { bandwidth: 8500, rtt: 5 },
    ] {
        let response = AutoDetectResponse { sequence_number: 7, content };
        let ours = Flagged::new(SecurityFlags::AUTODETECT_RSP, response).to_bytes();
        let theirs = iron::decode::<iron::rdp::autodetect::AutoDetectRspPdu>(&ours).unwrap();
        assert_eq!(iron::encode_vec(&theirs).unwrap(), ours);
    }
}

#[test]
fn multitransport_reads_the_same() {
    let request = MultitransportRequest {
        request_id: 1,
        requested_protocol: RequestedProtocol::UDP_LOSSY,
        security_cookie: Secret([9; 16]),
    };
    let ours = Flagged::new(SecurityFlags::TRANSPORT_REQ, request).to_bytes();
    let theirs = iron::decode::<iron::rdp::multitransport::MultitransportRequestPdu>(&ours).unwrap();
    assert_eq!(iron::encode_vec(&theirs).unwrap(), ours);
    let response = MultitransportResponse { request_id: 1, result: MultitransportResult::E_ABORT };
    let ours = Flagged::new(SecurityFlags::TRANSPORT_RSP, response).to_bytes();
    let theirs = iron::rdp::multitransport::MultitransportResponsePdu::abort(1);
    assert_eq!(iron::encode_vec(&theirs).unwrap(), ours);
}

/// What is left of a message after the other decoder has read it and written it again.
fn copied(pdu: SharePdu<'_>) -> SharePdu<'static> {
    let ours = ShareControl::new(1007, pdu).to_bytes();
    let theirs = iron::decode::<ShareControlHeader>(&ours).expect("read by the other");
    let theirs = iron::encode_vec(&theirs).expect("written by the other");
    ShareControl::decode(theirs.leak()).expect("read again").pdu
}

fn redirection() -> ServerRedirection {
    let text = |text: &str| Some(text.to_owned());
    let fields = RedirectionFlags(0x0b1f);
    ServerRedirection {
        session_id: 2,
        flags: fields,
        target_net_address: text("192.0.2.7"),
        load_balance_info: Some(b"Cookie: msts=1\r\n".to_vec()),
        user_name: text("alice"),
        domain: text("lab"),
        password: Some(Secret(vec![1, 2, 3, 4])),
        target_fqdn: text("rds7.lab.test"),
        target_netbios_name: text("RDS7"),
        tsv_url: None,
        redirection_guid: None,
        target_certificate: None,
        target_net_addresses: Some(vec!["192.0.2.7".to_owned(), "2001:db8::7".to_owned()]),
        pad: vec![0; 8],
    }
}
