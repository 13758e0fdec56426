//! Whether the paths end at one server.

use schemars::JsonSchema;
use serde::Serialize;

use super::row::{Answer, Row};
use super::{among, facts};
use crate::report::Report;

/// What a server is known by, and what it is called here.
pub(super) const FACTS: &[(&str, &str)] = &[
    (CERTIFICATE, "certificate"),
    ("tls.certificate.subject", "subject"),
    (ISSUER, "issuer"),
    ("credssp.ntlm.dns_computer", "NTLM computer"),
    ("credssp.ntlm.netbios_computer", "NetBIOS name"),
    ("credssp.ntlm.os_build", "OS build"),
];

const CERTIFICATE: &str = "tls.certificate.sha256";
const ISSUER: &str = "tls.certificate.issuer";

/// Whether it is one server, and whether something on the way speaks in its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Server {
    /// Whether the same server answers on every path.
    pub same: Answer,
    /// Why.
    pub because: String,
    /// Whether TLS is opened on the way: another issuer, where the server behind it is the same.
    pub intercepted: Answer,
    /// Why.
    pub intercepted_because: String,
    /// What it was known by.
    pub shown: Vec<Row>,
}

impl Server {
    pub(super) fn of(reports: &[&Report], few: bool) -> Self {
        let shown = among(few, facts::named(reports, FACTS));
        let differs = |fact: &str| {
            let row = FACTS.iter().position(|(name, _)| *name == fact).and_then(|place| shown.get(place));
            row.map_or(Answer::Unknown, |row| row.differs)
        };
        let names = [differs("credssp.ntlm.dns_computer"), differs("credssp.ntlm.netbios_computer")];
        let name = [Answer::Yes, Answer::No].into_iter().find(|answer| names.contains(answer));
        let build = differs("credssp.ntlm.os_build");
        let (same, because) = same(differs(CERTIFICATE), name.unwrap_or(Answer::Unknown), build);
        let (intercepted, why) = intercepted(differs(CERTIFICATE), differs(ISSUER), same, one_target(reports));
        Self { same, because: because.to_owned(), intercepted, intercepted_because: why.to_owned(), shown }
    }

    /// Whether another server was found, or something that speaks in its name, or another mark of it.
    pub fn differs(&self) -> bool {
        self.same == Answer::No || self.intercepted == Answer::Yes || self.shown.iter().any(Row::differs)
    }
}

/// Whether every report is of one target.
fn one_target(reports: &[&Report]) -> bool {
    let mut targets = reports.iter().map(|report| &report.survey.target);
    let first = targets.next();
    targets.all(|target| first.is_some_and(|first| first.host.eq_ignore_ascii_case(&target.host)))
}

/// Whether it is one server, by whether each of its marks differs.
const fn same(certificate: Answer, name: Answer, build: Answer) -> (Answer, &'static str) {
    match (certificate, name, build) {
        (_, Answer::Yes, _) => (Answer::No, "NTLM names another computer"),
        (_, Answer::No, Answer::Yes) => {
            let said =
                "NTLM names the same computer with another OS build: it was updated, or another one bears its name";
            (Answer::Unknown, said)
        }
        (Answer::No, Answer::No, _) => (Answer::Yes, "the same certificate, and NTLM names the same computer"),
        (_, Answer::No, _) => (Answer::Yes, "NTLM names the same computer"),
        (Answer::No, Answer::Unknown, _) => {
            (Answer::Yes, "the same certificate; no NTLM name was seen to hold against it")
        }
        (Answer::Yes, Answer::Unknown, _) => {
            let said = "another certificate, and no NTLM name that would tell another server from a proxy on the way";
            (Answer::Unknown, said)
        }
        (Answer::Unknown, Answer::Unknown, _) => {
            (Answer::Unknown, "neither certificate nor NTLM name was seen on every path")
        }
    }
}

/// Whether something on the way opens TLS.
const fn intercepted(certificate: Answer, issuer: Answer, same: Answer, one_target: bool) -> (Answer, &'static str) {
    match (certificate, issuer, same) {
        (Answer::No, ..) => (Answer::No, "the same certificate on every path"),
        (Answer::Unknown, ..) | (_, Answer::Unknown, _) => (Answer::Unknown, "no certificate was seen on every path"),
        (_, Answer::Yes, Answer::Yes) if one_target => {
            (Answer::Yes, "another issuer for the same host, though NTLM names the same computer")
        }
        (_, Answer::Yes, _) => (Answer::Unknown, "another issuer, and it is not known to be the same server"),
        (_, Answer::No, _) => (Answer::Unknown, "another certificate of the same issuer: it may have been renewed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_the_same_by_its_name_or_its_certificate() {
        use Answer::{No, Unknown, Yes};
        for (certificate, name, build, due) in [
            (No, No, No, Yes),
            (No, Unknown, Unknown, Yes),
            (Yes, No, No, Yes),
            (No, Yes, Unknown, No),
            (Yes, Yes, Yes, No),
            (Yes, Unknown, Unknown, Unknown),
            (Unknown, Unknown, Unknown, Unknown),
            (No, No, Yes, Unknown),
        ] {
            assert_eq!(same(certificate, name, build).0, due, "{certificate:?} {name:?} {build:?}");
        }
    }

    #[test]
    fn tls_is_opened_where_the_issuer_alone_is_another() {
        use Answer::{No, Unknown, Yes};
        assert_eq!(intercepted(Yes, Yes, Yes, true).0, Yes);
        assert_eq!(intercepted(Yes, Yes, Yes, false).0, Unknown, "under another name it may show another certificate");
        assert_eq!(intercepted(Yes, Yes, Unknown, true).0, Unknown);
        assert_eq!(intercepted(Yes, No, Yes, true).0, Unknown, "renewed");
        assert_eq!(intercepted(No, No, Yes, true).0, No);
        assert_eq!(intercepted(Unknown, Unknown, Unknown, true).0, Unknown);
    }
}
