use rdp_packets::session::{
    Bitmap, Capability, CapabilityType, ConfirmActive, DemandActive, ExtraFlags, General, MultitransportRequest,
    OsMajor, OsMinor, Pointer, RequestedProtocol, SecurityFlags, SharePdu, VirtualChannel, VirtualChannelFlags,
};

use super::domain::{Domain, SHARE, Said};
use super::line::Over;
use super::settings::Agreed;
use crate::act::Step;
use crate::scenario::Extra;

/// The largest piece of data on a static virtual channel.
const CHUNK: u32 = 1600;

/// Asks the client for a UDP transport where the scenario says so, and goes on at once.
pub(super) async fn offer_transport(domain: &mut Domain<'_>) -> Result<(), Over> {
    let channel = domain.agreed.message_channel.filter(|_| domain.lab.scenario.session.does(Extra::Multitransport));
    let request = channel.map(|channel| {
        let (request_id, security_cookie) = domain.lab.cookies.give();
        let requested_protocol = RequestedProtocol::UDP_RELIABLE;
        let request = MultitransportRequest { request_id, requested_protocol, security_cookie };
        Said::flagged(channel, SecurityFlags::TRANSPORT_REQ, &request)
    });
    domain.answer(Step::Multitransport, request.into_iter().collect()).await
}

/// Shows what the server can do, and reads what the client can.
pub(super) async fn run(domain: &mut Domain<'_>) -> Result<(), Over> {
    let demand = demand(&domain.agreed);
    domain.answer(Step::Capabilities, vec![demand]).await?;
    let data = domain.data().await?;
    let share = data.share().map_err(|error| domain.fault(&error))?;
    let kind = share.pdu.pdu_type();
    let SharePdu::ConfirmActive(ConfirmActive { share_id, .. }) = share.pdu else {
        return Err(domain.fault(&format!("{kind} where Confirm Active is due")));
    };
    if share_id != SHARE {
        return Err(domain.fault(&format!("Confirm Active in share {share_id:#x}, not {SHARE:#x}")));
    }
    domain.line.seen.visit.confirmed = true;
    Ok(())
}

/// The Demand Active PDU.
pub(super) fn demand(agreed: &Agreed) -> Said {
    Said::share(SharePdu::DemandActive(DemandActive {
        share_id: SHARE,
        source_descriptor: "RDP".to_owned(),
        capabilities: capabilities(agreed.desktop),
        session_id: Some(0),
    }))
}

/// What a Windows server shows, as far as clients ask for it; it takes no input outside of MCS.
fn capabilities([desktop_width, desktop_height, preferred_bits_per_pixel]: [u16; 3]) -> Vec<Capability> {
    let other = |kind, body: &[u8]| Capability::Other { kind, body: body.to_vec() };
    let mut input = vec![0; 84];
    // Keys by their codes, extended mouse events, and Unicode characters.
    input[0] = 0x15;
    vec![
        other(CapabilityType::SHARE, &[0xea, 0x03, 0, 0]),
        Capability::General(General {
            os_major: OsMajor::WINDOWS,
            os_minor: OsMinor::WINDOWS_NT,
            protocol_version: 0x0200,
            extra_flags: ExtraFlags::LONG_CREDENTIALS_SUPPORTED.with(ExtraFlags::NO_BITMAP_COMPRESSION_HDR),
            refresh_rect_support: 1,
            suppress_output_support: 1,
        }),
        Capability::VirtualChannel(VirtualChannel { flags: VirtualChannelFlags::default(), chunk_size: Some(CHUNK) }),
        other(CapabilityType::FONT, &[1, 0, 0, 0]),
        Capability::Bitmap(Bitmap {
            preferred_bits_per_pixel,
            desktop_width,
            desktop_height,
            desktop_resize: 1,
            drawing_flags: 0,
        }),
        Capability::Pointer(Pointer { color_pointer: 1, color_cache_size: 20, cache_size: Some(21) }),
        other(CapabilityType::INPUT, &input),
    ]
}
