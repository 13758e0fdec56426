//! The rules, one array a phase. A new rule is one entry in one array: `explain`, the report and the README's table all
//! read it.

mod certificate;
mod connect;
mod credentials;
mod credssp;
mod experiments;
mod hops;
mod mtu;
mod negotiate;
mod origin;
mod path;
mod proxy;
mod resolve;
mod run;
mod seen;
mod session;
mod settings;
mod tls;
mod udp;

use super::rule::Rule;

pub(super) use seen::{cure, end};

/// Every rule, in the order of the phases.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        run::RULES,
        path::RULES,
        hops::RULES,
        origin::RULES,
        resolve::RULES,
        connect::RULES,
        proxy::RULES,
        negotiate::RULES,
        tls::RULES,
        certificate::RULES,
        credssp::RULES,
        credentials::RULES,
        settings::RULES,
        session::RULES,
        experiments::RULES,
        mtu::RULES,
        udp::RULES,
    ]
    .into_iter()
    .flatten()
}

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_code_of_its_own_and_a_next_step() {
        let mut codes: Vec<_> = all().map(|rule| rule.code).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert!(all().all(|rule| !rule.title.is_empty() && !rule.why.is_empty() && !rule.advice.is_empty()));
    }
}
