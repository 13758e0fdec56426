//! `security`: the Security Exchange PDU, [MS-RDPBCGR] 2.2.1.10: our random number under the server's key, and from both
//! sides' the session's keys. No answer comes to it; only Standard RDP Security needs it.

use rdp_packets::codec::Decode;
use rdp_packets::security::{self, SecurityExchange, ServerCertificate};
use rdp_packets::session::SecurityFlags;

use super::session::Session;
use super::tls;
use crate::fact::Security;
use crate::stop::Cause;
use crate::wire::Wire;

/// Agrees on keys, and turns encryption on.
pub(crate) async fn run(wire: &mut Wire, session: &mut Session, facts: &mut Security) -> Result<(), Cause> {
    let server = &session.server.security;
    let certificate = ServerCertificate::decode(&server.server_certificate)?;
    facts.certificate = Some(match &certificate {
        ServerCertificate::Proprietary(own) if own.is_signed() => "proprietary, signed".to_owned(),
        ServerCertificate::Proprietary(_) => "proprietary, signature does not hold".to_owned(),
        ServerCertificate::X509(chain) => format!("x509, {} certificates", chain.certificates.len()),
    });
    let key = certificate.public_key()?;
    facts.key_bits = u32::try_from(key.size() * 8).ok();
    let server_random: security::Random = server.server_random.as_slice().try_into().map_err(|_| {
        let found = format!("has {} bytes, not 32", server.server_random.len());
        Cause::misplaced("Server Security Data", "serverRandom", 0, found)
    })?;
    let client_random = tls::random();
    let method = server.encryption_method;
    let encryption = security::Session::client(method, &client_random, &server_random)
        .ok_or_else(|| Cause::misplaced("Server Security Data", "encryptionMethod", 0, format!("holds {method}")))?;
    let exchange = session.flagged(SecurityFlags::EXCHANGE_PKT, &SecurityExchange::new(&key, &client_random));
    session.encryption = Some(encryption);
    wire.send("Security Exchange", &exchange).await
}
