use rdp_packets::codec::Decode;
use rdp_packets::licensing::{
    ClientLicenseInfo, ErrorAlert, ErrorCode, License, LicenseRequest, Message, NewLicenseInfo, NewLicenseRequest, Pdu,
    PlatformChallenge, ProductInfo, StateTransition,
};
use rdp_packets::session::SecurityFlags;

use super::domain::{Domain, Said};
use super::line::Over;
use super::settings::IO_CHANNEL;
use crate::act::Step;
use crate::scenario::Licensing;

/// `KEY_EXCHANGE_ALG_RSA`.
const RSA: u32 = 1;

/// The version of Windows that a licence is for: 10.0.
const VERSION: u32 = 0x000a_0000;

/// Who makes the product, which product it is, and who issues licences for it.
const COMPANY: &str = "Microsoft Corporation";
const PRODUCT: &str = "A02";
const SCOPE: &str = "lab.example";

/// What the client has to send back.
const CHALLENGE: &[u8] = b"rdp-lab!";

/// Lets the client pass, or issues a licence.
pub(super) async fn run(domain: &mut Domain<'_>) -> Result<(), Over> {
    match domain.lab.scenario.session.licensing {
        Licensing::ValidClient => {
            domain.answer(Step::Licensing, vec![said(Message::ErrorAlert(ErrorAlert::valid_client()))]).await
        }
        Licensing::Issue => issue(domain).await,
    }
}

/// A licensing error alert.
pub(super) fn alert(code: u32, transition: u32) -> Said {
    said(Message::ErrorAlert(ErrorAlert::new(ErrorCode(code), StateTransition(transition))))
}

async fn issue(domain: &mut Domain<'_>) -> Result<(), Over> {
    let server_random = domain.agreed.server_random;
    let request = LicenseRequest {
        server_random,
        product_info: ProductInfo {
            version: VERSION,
            company_name: COMPANY.to_owned(),
            product_id: PRODUCT.to_owned(),
        },
        key_exchange_list: vec![RSA],
        server_certificate: Some(domain.lab.key.certificate(domain.lab.scenario.session.proof)),
        scope_list: vec![SCOPE.to_owned()],
    };
    domain.answer(Step::Licensing, vec![said(Message::LicenseRequest(Box::new(request)))]).await?;

    let message = hear(domain).await?;
    let (Message::NewLicenseRequest(NewLicenseRequest { key_exchange, .. })
    | Message::ClientLicenseInfo(ClientLicenseInfo { key_exchange, .. })) = message
    else {
        return Err(domain.fault(&format!("{} where a licence is to be asked for", message.kind())));
    };
    let keys = key_exchange.keys(&domain.lab.key.pair, &server_random);
    let challenge = PlatformChallenge::new(&keys, CHALLENGE);
    domain.answer(Step::Challenge, vec![said(Message::PlatformChallenge(challenge))]).await?;

    let Message::PlatformChallengeResponse(response) = hear(domain).await? else {
        return Err(domain.fault(&"a Client Platform Challenge Response is due"));
    };
    let (answer, hardware_id) = response.open(&keys).map_err(|error| domain.fault(&error))?;
    if answer.challenge != CHALLENGE {
        return Err(domain.fault(&"another challenge is answered"));
    }
    domain.line.seen.visit.hardware_id = Some(hardware_id.data);
    let info = NewLicenseInfo {
        version: VERSION,
        scope: SCOPE.to_owned(),
        company_name: COMPANY.to_owned(),
        product_id: PRODUCT.to_owned(),
        license_info: b"no licence at all".to_vec(),
    };
    domain.say(vec![said(Message::NewLicense(License::new(&keys, &info)))]).await
}

async fn hear(domain: &mut Domain<'_>) -> Result<Message, Over> {
    let data = domain.data().await?;
    let (_, body) = data.flagged(SecurityFlags::LICENSE_PKT).map_err(|error| domain.fault(&error))?;
    Pdu::decode(&body).map(|pdu| pdu.message).map_err(|error| domain.fault(&error))
}

fn said(message: Message) -> Said {
    Said::flagged(IO_CHANNEL, SecurityFlags::LICENSE_PKT, &Pdu::new(message))
}
