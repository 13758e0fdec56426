use rdp_packets::session::{EnhancedRedirection, RedirectionFlags, SecurityFlags, ServerRedirection, SharePdu};

use super::domain::Said;
use super::settings::IO_CHANNEL;
use crate::scenario::Redirect;

/// The session that clients are sent to.
const SESSION: u32 = 2;

/// A redirection: as it is where Standard RDP Security encrypts, as a message of the share otherwise.
pub(super) fn said(to: &Redirect, encrypted: bool) -> Said {
    let packet = ServerRedirection {
        session_id: SESSION,
        flags: RedirectionFlags::DONTSTOREUSERNAME,
        target_net_address: to.address.clone(),
        load_balance_info: to.load_balance_info.clone().map(String::into_bytes),
        user_name: None,
        domain: None,
        password: None,
        target_fqdn: to.name.clone(),
        target_netbios_name: None,
        tsv_url: None,
        redirection_guid: None,
        target_certificate: None,
        target_net_addresses: to.address.clone().map(|address| vec![address]),
        pad: Vec::new(),
    };
    if encrypted {
        return Said::flagged(IO_CHANNEL, SecurityFlags::REDIRECTION_PKT, &packet);
    }
    Said::share(SharePdu::Redirection(Box::new(EnhancedRedirection { pad: [0; 2], packet, end: Vec::new() })))
}
