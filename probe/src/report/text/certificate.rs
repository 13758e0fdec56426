//! The server's certificate as it was shown.

use jiff::Timestamp;

use super::PLAIN;
use super::page::Page;
use crate::fact::Certificate;
use crate::report::Report;
use crate::walk::Walk;

/// The certificate of the walk that is told, or of the first walk that saw one.
pub(super) fn certificate(page: &mut Page, report: &Report, told: &Walk) {
    let mut walks = std::iter::once(told).chain(&report.survey.walks);
    let Some((walk, shown)) = walks.find_map(|walk| Some((walk, walk.facts.tls.certificate.as_ref()?))) else { return };
    let seen = if std::ptr::eq(walk, told) { String::new() } else { format!(" (seen in walk `{}`)", walk.variant) };
    page.heading(&format!("CERTIFICATE{seen}"));
    let lines = [
        ("subject", shown.subject.clone()),
        ("issuer", issuer(shown)),
        ("names", shown.san.as_ref().filter(|names| !names.is_empty()).map(|names| names.join(", "))),
        ("valid", validity(shown)),
        ("key", key(shown)),
        ("sha256", shown.sha256.clone()),
        ("note", shown.unreadable.as_ref().map(|why| format!("it cannot be read: {why}"))),
    ];
    for (name, text) in lines {
        if let Some(text) = text {
            page.item(&format!("  {name:<9}"), PLAIN, &text);
        }
    }
}

fn issuer(shown: &Certificate) -> Option<String> {
    let issuer = shown.issuer.as_ref()?;
    Some(if shown.self_signed == Some(true) { "itself (self-signed)".to_owned() } else { issuer.clone() })
}

fn validity(shown: &Certificate) -> Option<String> {
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let left = match shown.days_left {
        Some(days @ ..0) => format!(" (past since {} days)", days.unsigned_abs()),
        Some(days) => format!(" ({days} days left)"),
        None => String::new(),
    };
    Some(format!("{} to {}{left}", day(shown.not_before?), day(shown.not_after?)))
}

fn key(shown: &Certificate) -> Option<String> {
    let bits = shown.key_bits.map(|bits| format!(" of {bits} bits")).unwrap_or_default();
    let signature = shown.signature.as_ref().map(|signature| format!(", signed with {signature}")).unwrap_or_default();
    let chain = match shown.chain_length {
        Some(length) if length > 1 => format!(", {length} certificates sent"),
        _ => String::new(),
    };
    Some(format!("{}{bits}{signature}{chain}", shown.key.as_ref()?))
}
