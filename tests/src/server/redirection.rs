use rdp_packets::session::{EnhancedRedirection, RedirectionFlags, SecurityFlags, ServerRedirection, SharePdu};

use super::domain::Said;
use super::settings::IO_CHANNEL;

/// Where clients are sent to: an address of the documentation's own, and a token for a load balancer.
const ADDRESS: &str = "192.0.2.10";
const NAME: &str = "host-2.lab.example";
const TOKEN: &[u8] = b"Cookie: msts=167903424.15629.0000\r\n";

/// A redirection: as it is where Standard RDP Security encrypts, as a message of the share otherwise.
pub(super) fn said(encrypted: bool) -> Said {
    let packet = ServerRedirection {
        session_id: 2,
        flags: RedirectionFlags::DONTSTOREUSERNAME,
        target_net_address: Some(ADDRESS.to_owned()),
        load_balance_info: Some(TOKEN.to_vec()),
        user_name: None,
        domain: None,
        password: None,
        target_fqdn: Some(NAME.to_owned()),
        target_netbios_name: None,
        tsv_url: None,
        redirection_guid: None,
        target_certificate: None,
        target_net_addresses: Some(vec![ADDRESS.to_owned()]),
        pad: Vec::new(),
    };
    if encrypted {
        return Said::flagged(IO_CHANNEL, SecurityFlags::REDIRECTION_PKT, &packet);
    }
    Said::share(SharePdu::Redirection(Box::new(EnhancedRedirection { pad: [0; 2], packet, end: Vec::new() })))
}
