use rdp_packets::codec::Decode;
use rdp_packets::gcc::EncryptionMethods;
use rdp_packets::security::{SecurityExchange, Session};
use rdp_packets::session::SecurityFlags;

use super::domain::{Data, Domain};
use super::line::Over;
use crate::act::Step;

/// Makes the keys, where Standard RDP Security encrypts; nothing is answered. Gives the first data behind.
pub(super) async fn run(domain: &mut Domain<'_>, first: Data) -> Result<Data, Over> {
    if domain.agreed.method == EncryptionMethods::NONE {
        return Ok(first);
    }
    let (flags, body) = first.flagged(SecurityFlags::EXCHANGE_PKT).map_err(|error| domain.fault(&error))?;
    let exchange = SecurityExchange::decode(&body).map_err(|error| domain.fault(&error))?;
    domain.licensing_sealed = flags.contains(SecurityFlags::LICENSE_ENCRYPT);
    let client_random = exchange.client_random(&domain.lab.key.pair);
    let agreed = &domain.agreed;
    domain.keys = Session::server(agreed.method, agreed.level, &client_random.0, &agreed.server_random);
    domain.line.seen.visit.random = true;
    domain.answer(Step::Security, Vec::new()).await?;
    domain.data().await
}
