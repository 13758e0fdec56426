//! What holds for all values and all bytes, of the domain PDUs and of a session.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use rdp_packets::Secret;
use rdp_packets::codec::{Decode, DecodeError, Encode};
use rdp_packets::mcs::{DomainPdu, Outcome, Priority, SendData};
use rdp_packets::session::{
    AddressFamily, AutoDetectRequest, AutoDetectResponse, AutoReconnectCookie, Bitmap, Capability, CapabilityType,
    ClientInfo, Control, ControlAction, DataPdu, DeactivateAll, DemandActive, EnhancedRedirection, ErrorInfo,
    ExtendedInfo, ExtraFlags, Flagged, General, InfoFlags, InfoType, Logon, LogonError, LogonErrorData, LogonExtended,
    LogonNotification, MultitransportRequest, OsMajor, OsMinor, PduType, PduType2, PerformanceFlags, Pointer,
    RedirectionFlags, RequestContent, RequestType, ResponseContent, SaveSessionInfo, Season, SecurityFlags,
    ServerRedirection, ShareControl, ShareData, SharePdu, Stage, Synchronize, TimeZone, VirtualChannel,
    VirtualChannelFlags,
};

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..=most)
}

/// Text without a zero, which would end it.
fn text(most: usize) -> impl Strategy<Value = String> {
    vec(any::<char>().prop_filter("no zero", |character| *character != '\0'), 0..=most).prop_map(String::from_iter)
}

fn domain_pdu() -> impl Strategy<Value = DomainPdu<'static>> {
    let (result, user) = (0_u32..16, 1001_u16..);
    let data =
        (user.clone(), any::<u16>(), 0_u8..4, 0..DATA.len()).prop_map(|(initiator, channel_id, priority, end)| {
            SendData { initiator, channel_id, priority: Priority(priority), user_data: &DATA[..end] }
        });
    prop_oneof![
        any::<(u32, u32)>()
            .prop_map(|(sub_height, sub_interval)| DomainPdu::ErectDomainRequest { sub_height, sub_interval }),
        Just(DomainPdu::AttachUserRequest),
        (result.clone(), of(user.clone()))
            .prop_map(|(result, initiator)| DomainPdu::AttachUserConfirm { result: Outcome(result), initiator }),
        (user.clone(), any::<u16>())
            .prop_map(|(initiator, channel_id)| DomainPdu::ChannelJoinRequest { initiator, channel_id }),
        (result, user, any::<u16>(), of(any::<u16>())).prop_map(|(result, initiator, requested, channel_id)| {
            DomainPdu::ChannelJoinConfirm { result: Outcome(result), initiator, requested, channel_id }
        }),
        data.clone().prop_map(DomainPdu::SendDataRequest),
        data.prop_map(DomainPdu::SendDataIndication),
    ]
}

/// Data on a channel, up to the longest.
static DATA: [u8; 0x4000] = [7; 0x4000];

fn season() -> impl Strategy<Value = Season> {
    ("[ -~]{0,31}", any::<[u16; 8]>(), any::<i32>()).prop_map(|(name, date, bias)| Season { name, date, bias })
}

fn time_zone() -> impl Strategy<Value = TimeZone> {
    (any::<i32>(), season(), season()).prop_map(|(bias, standard, daylight)| TimeZone { bias, standard, daylight })
}

/// Every optional field is there only if the one before it is.
fn extended_info() -> impl Strategy<Value = ExtendedInfo> {
    let texts = (text(40), text(40), text(20));
    let numbers = any::<(u16, u32, u32, u16, u16, u16)>();
    (texts, numbers, time_zone(), bytes(28), 0_usize..9).prop_map(|(texts, numbers, zone, cookie, there)| {
        let (family, session_id, performance, reserved1, reserved2, disabled) = numbers;
        ExtendedInfo {
            address_family: AddressFamily(family),
            address: texts.0,
            dir: texts.1,
            time_zone: (there > 0).then_some(zone),
            session_id: (there > 1).then_some(session_id),
            performance_flags: (there > 2).then_some(PerformanceFlags(performance)),
            auto_reconnect_cookie: (there > 3).then_some(Secret(cookie)),
            reserved1: (there > 4).then_some(reserved1),
            reserved2: (there > 5).then_some(reserved2),
            dynamic_time_zone: (there > 6).then_some(texts.2),
            dynamic_daylight_time_disabled: (there > 7).then_some(disabled),
        }
    })
}

fn client_info() -> impl Strategy<Value = ClientInfo> {
    let texts = (text(30), text(30), text(30), text(30));
    (any::<u32>(), any::<u32>(), texts, bytes(60), of(extended_info())).prop_map(
        |(code_page, flags, (domain, user_name, alternate_shell, working_dir), password, extended)| ClientInfo {
            code_page,
            flags: InfoFlags(flags).with(InfoFlags::UNICODE),
            domain,
            user_name,
            password: Secret(password),
            alternate_shell,
            working_dir,
            extended,
        },
    )
}

fn capability() -> impl Strategy<Value = Capability> {
    let general =
        any::<(u16, u16, u16, u16, u8, u8)>().prop_map(|(major, minor, version, flags, refresh, suppress)| {
            Capability::General(General {
                os_major: OsMajor(major),
                os_minor: OsMinor(minor),
                protocol_version: version,
                extra_flags: ExtraFlags(flags),
                refresh_rect_support: refresh,
                suppress_output_support: suppress,
            })
        });
    let bitmap = any::<(u16, u16, u16, u16, u8)>().prop_map(|(bits, width, height, resize, drawing_flags)| {
        Capability::Bitmap(Bitmap {
            preferred_bits_per_pixel: bits,
            desktop_width: width,
            desktop_height: height,
            desktop_resize: resize,
            drawing_flags,
        })
    });
    let pointer =
        (any::<(u16, u16)>(), of(any::<u16>())).prop_map(|((color_pointer, color_cache_size), cache_size)| {
            Capability::Pointer(Pointer { color_pointer, color_cache_size, cache_size })
        });
    let channel = (any::<u32>(), of(any::<u32>())).prop_map(|(flags, chunk_size)| {
        Capability::VirtualChannel(VirtualChannel { flags: VirtualChannelFlags(flags), chunk_size })
    });
    let other = (0x15_u16.., bytes(40)).prop_map(|(kind, body)| Capability::Other { kind: CapabilityType(kind), body });
    prop_oneof![general, bitmap, pointer, channel, other]
}

fn redirection() -> impl Strategy<Value = ServerRedirection> {
    let texts = (of(text(20)), of(text(20)), of(text(20)), of(text(20)), of(text(20)));
    let raw = (of(bytes(40)), of(bytes(40)), of(bytes(40)), of(bytes(40)), of(bytes(40)));
    (any::<u32>(), texts, raw, of(vec(text(20), 0..4)), bytes(8)).prop_map(
        |(session_id, texts, raw, target_net_addresses, pad)| {
            let packet = ServerRedirection {
                session_id,
                flags: RedirectionFlags::NOREDIRECT,
                target_net_address: texts.0,
                load_balance_info: raw.0,
                user_name: texts.1,
                domain: texts.2,
                password: raw.1.map(Secret),
                target_fqdn: texts.3,
                target_netbios_name: texts.4,
                tsv_url: raw.2,
                redirection_guid: raw.3,
                target_certificate: raw.4,
                target_net_addresses,
                pad,
            };
            // What a packet is called by its flags depends on its fields.
            ServerRedirection::decode(&packet.to_bytes()).expect("its own bytes")
        },
    )
}

fn save_session() -> impl Strategy<Value = SaveSessionInfo<'static>> {
    let logon = |most| {
        (text(most), text(most), any::<u32>()).prop_map(|(domain, user_name, session_id)| Logon {
            domain,
            user_name,
            session_id,
        })
    };
    let cookie =
        any::<(u32, [u8; 16])>().prop_map(|(logon_id, bits)| AutoReconnectCookie { logon_id, bits: Secret(bits) });
    let error = any::<(u32, u32)>().prop_map(|(notification, data)| LogonError {
        notification: LogonNotification(notification),
        data: LogonErrorData(data),
    });
    prop_oneof![
        logon(12).prop_map(SaveSessionInfo::Logon),
        logon(100).prop_map(SaveSessionInfo::LogonLong),
        Just(SaveSessionInfo::PlainNotify),
        (of(cookie), of(error))
            .prop_map(|(auto_reconnect, error)| SaveSessionInfo::Extended(LogonExtended { auto_reconnect, error })),
        (4_u32..).prop_map(|code| SaveSessionInfo::Other { info_type: InfoType(code), body: b"not looked into" }),
    ]
}

fn data_pdu() -> impl Strategy<Value = DataPdu<'static>> {
    prop_oneof![
        any::<(u16, u16)>().prop_map(|(message_type, target_user)| {
            DataPdu::Synchronize(Synchronize { message_type, target_user })
        }),
        any::<(u16, u16, u32)>().prop_map(|(action, grant_id, control_id)| {
            DataPdu::Control(Control { action: ControlAction(action), grant_id, control_id })
        }),
        any::<u32>().prop_map(|code| DataPdu::SetErrorInfo(ErrorInfo(code))),
        save_session().prop_map(DataPdu::SaveSessionInfo),
        (0x38_u8..).prop_map(|kind| DataPdu::Other { pdu_type: PduType2(kind), body: b"not looked into" }),
    ]
}

fn share_pdu() -> impl Strategy<Value = SharePdu<'static>> {
    let demand = (any::<u32>(), "[ -~]{0,8}", vec(capability(), 0..8), of(any::<u32>())).prop_map(
        |(share_id, source_descriptor, capabilities, session_id)| {
            SharePdu::DemandActive(DemandActive { share_id, source_descriptor, capabilities, session_id })
        },
    );
    let deactivate = any::<u32>().prop_map(|share_id| {
        SharePdu::DeactivateAll(DeactivateAll { share_id: Some(share_id), source_descriptor: String::new() })
    });
    let redirection = (any::<[u8; 2]>(), redirection(), bytes(1))
        .prop_map(|(pad, packet, end)| SharePdu::Redirection(Box::new(EnhancedRedirection { pad, packet, end })));
    let other = Just(SharePdu::Other { pdu_type: PduType(0xc), body: b"not looked into" });
    let data = (any::<u32>(), data_pdu()).prop_map(|(share_id, pdu)| SharePdu::Data(ShareData::new(share_id, pdu)));
    prop_oneof![demand, deactivate, redirection, data, other]
}

fn request_content() -> impl Strategy<Value = RequestContent<'static>> {
    let stages = [Stage::Connecting, Stage::Session, Stage::Lossy];
    let result = (any::<u32>(), of(any::<u32>()), any::<u32>()).prop_map(|(base_rtt, bandwidth, average_rtt)| {
        RequestContent::Result { base_rtt: Some(base_rtt), bandwidth, average_rtt }
    });
    prop_oneof![
        any::<bool>().prop_map(|connecting| RequestContent::Rtt { connecting }),
        (0_usize..3).prop_map(move |at| RequestContent::Start(stages[at])),
        any::<bool>().prop_map(|lossy| RequestContent::Stop { lossy }),
        (0..DATA.len()).prop_map(|end| RequestContent::Payload(&DATA[..end])),
        (0..DATA.len()).prop_map(|end| RequestContent::StopConnecting(&DATA[..end])),
        result,
        (0x2000_u16..).prop_map(|code| RequestContent::Other { request_type: RequestType(code), body: b"other" }),
    ]
}

proptest! {
    #[test]
    fn domain_pdus_come_back(pdu in domain_pdu()) {
        let written = pdu.to_bytes();
        prop_assert_eq!(DomainPdu::decode(&written), Ok(pdu));
    }

    #[test]
    fn client_infos_come_back(info in client_info()) {
        let message = Flagged::new(SecurityFlags::INFO_PKT, info);
        prop_assert_eq!(Flagged::decode(&message.to_bytes()), Ok(message));
    }

    #[test]
    fn share_pdus_come_back(source in any::<u16>(), pdu in share_pdu()) {
        let share = ShareControl::new(source, pdu);
        let written = share.to_bytes();
        prop_assert_eq!(ShareControl::decode(&written), Ok(share));
    }

    #[test]
    fn auto_detect_requests_come_back(sequence_number in any::<u16>(), content in request_content()) {
        let request = AutoDetectRequest { sequence_number, content };
        let written = request.to_bytes();
        prop_assert_eq!(AutoDetectRequest::decode(&written), Ok(request));
    }

    #[test]
    fn auto_detect_responses_come_back(sequence_number in any::<u16>(), numbers in any::<(bool, u32, u32)>()) {
        let (connecting, time_delta, byte_count) = numbers;
        for content in [
            ResponseContent::Rtt,
            ResponseContent::Bandwidth { connecting, time_delta, byte_count },
            ResponseContent::Sync { bandwidth: time_delta, rtt: byte_count },
        ] {
            let response = AutoDetectResponse { sequence_number, content };
            let written = response.to_bytes();
            prop_assert_eq!(AutoDetectResponse::decode(&written), Ok(response));
        }
    }

    #[test]
    fn nothing_that_prints_holds_a_secret(secret in any::<[u8; 16]>(), mut packet in redirection()) {
        let shown = format!("{secret:?}");
        packet.password = Some(Secret(secret.to_vec()));
        let cookie = AutoReconnectCookie { logon_id: 1, bits: Secret(secret) };
        let printed = format!("{packet:?}{cookie:?}");
        prop_assert!(!printed.contains(&shown));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in bytes(600), opening in 0..OPENINGS.len()) {
        let bytes = [OPENINGS[opening], &bytes].concat();
        for again in DECODERS {
            if let Ok(written) = again(&bytes) {
                prop_assert_eq!(again(&written), Ok(written));
            }
        }
    }
}

/// How messages begin: what follows is read deeper than after mere chance.
const OPENINGS: [&[u8]; 6] = [
    b"",
    b"\x68\0\x01\x03\xeb\x70\x10",
    b"\x80\0\x11\0\xea\x03\xea\x03\x01\0\x04\0\x60\0RDP\0\x04\0\0\0\x01\0\x18\0",
    b"\x80\0\x17\0\xea\x03\xea\x03\x01\0\0\x02\0\0\x26\0\0\0\x03\0\0\0\x32\0\x03\0\0\0\x1c\0\0\0",
    b"\0\0\0\0\x10\0\0\0\x02\0\x02\0\x02\0\x02\0\x02\0",
    b"\0\x04\x40\0\0\0\0\0\xff\xff\x01\0\x04\0\0\0",
];

/// Reads a message, and writes it again.
type Again = fn(&[u8]) -> Result<Vec<u8>, DecodeError>;

/// Every decoder of these layers.
const DECODERS: [Again; 7] = [
    |bytes| DomainPdu::decode(bytes).map(|message| message.to_bytes()),
    |bytes| ShareControl::decode(bytes).map(|message| message.to_bytes()),
    |bytes| ClientInfo::decode(bytes).map(|message| message.to_bytes()),
    |bytes| ServerRedirection::decode(bytes).map(|message| message.to_bytes()),
    |bytes| AutoDetectRequest::decode(bytes).map(|message| message.to_bytes()),
    |bytes| AutoDetectResponse::decode(bytes).map(|message| message.to_bytes()),
    |bytes| MultitransportRequest::decode(bytes).map(|message| message.to_bytes()),
];
