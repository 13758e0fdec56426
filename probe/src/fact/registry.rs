//! The list of all facts, read off the structs that hold them.

use schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::{Kind, schemas};
use crate::phase::Phase;

/// One entry of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The phase to which it belongs.
    pub phase: Phase,
    /// Its name, with dots for what lies inside, e.g. `certificate.days_left`.
    pub name: String,
    /// What it means.
    pub means: String,
    /// What its value is.
    pub kind: Kind,
}

/// The facts of one connection or one moment alone: two walks on one path need not agree on them. Every other fact is
/// taken to last, so that a new one is compared without a word.
const VOLATILE: &[(Phase, &str)] = &[
    (Phase::Connect, "local"),
    (Phase::Connect, "syn_rtt_us"),
    (Phase::Proxy, "bound"),
    (Phase::Tls, "certificate.days_left"),
    (Phase::Credssp, "ntlm.server_time"),
    (Phase::Credssp, "ntlm.clock_skew_us"),
    (Phase::Credssp, "kdc_time"),
    (Phase::Credssp, "kdc_skew_us"),
    (Phase::Channels, "user_channel"),
    (Phase::Logon, "auto_detect_rtt_us"),
    (Phase::Logon, "auto_detect_bandwidth_kbps"),
    (Phase::Capabilities, "share_id"),
    (Phase::Capabilities, "redirection.session_id"),
    (Phase::UdpSyn, "local"),
    (Phase::UdpSyn, "mapped"),
    (Phase::UdpSyn, "rtt_us"),
    (Phase::UdpSyn, "repeats"),
    (Phase::UdpTls, "certificate.days_left"),
    (Phase::UdpTunnel, "request_id"),
];

/// The facts that several walks of a run come to together: they stand with its first.
const OF_THE_RUN: &[(Phase, &str)] = &[(Phase::Negotiate, "nla"), (Phase::Negotiate, "offers")];

impl Fact {
    /// Its name with its phase, e.g. `tls.certificate.days_left`.
    pub fn id(&self) -> String {
        format!("{}.{}", self.phase, self.name)
    }

    /// Whether it is one of the run, and not of each of its walks.
    pub fn is_of_the_run(&self) -> bool {
        OF_THE_RUN.contains(&(self.phase, self.name.as_str()))
    }

    /// Whether it is of one connection or one moment alone.
    pub fn is_volatile(&self) -> bool {
        VOLATILE.contains(&(self.phase, self.name.as_str()))
    }
}

/// Every fact there is, in the order of the phases.
pub fn registry() -> Vec<Fact> {
    let mut generator = SchemaGenerator::default();
    let phases = schemas(&mut generator);
    let root = json!({ "$defs": generator.take_definitions(true) });
    let mut registry = Vec::new();
    for (phase, facts) in &phases {
        if let Some(facts) = referred(&root, facts.as_value()) {
            list(*phase, "", &root, facts, &mut registry);
        }
    }
    registry
}

/// The definition that a schema refers to.
fn referred<'a>(root: &'a Value, schema: &Value) -> Option<&'a Value> {
    root.pointer(schema["$ref"].as_str()?.trim_start_matches('#'))
}

/// Lists the properties of one object of a schema; objects inside it follow their `$ref` one level down.
fn list(phase: Phase, prefix: &str, root: &Value, object: &Value, out: &mut Vec<Fact>) {
    let Some(properties) = object["properties"].as_object() else { return };
    for (name, property) in properties {
        let name = format!("{prefix}{name}");
        let choices = property["anyOf"].as_array();
        let inner = choices.and_then(|choices| choices.iter().find_map(|choice| referred(root, choice)));
        match inner {
            Some(inner) if inner["properties"].is_object() => list(phase, &format!("{name}."), root, inner, out),
            inner => {
                let (means, kind) =
                    (property["description"].as_str().unwrap_or_default(), Kind::of(&name, property, inner));
                out.push(Fact { phase, name, means: means.to_owned(), kind });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Unit;

    #[test]
    fn the_registry_lists_every_fact_with_its_meaning() {
        let registry = registry();
        assert!(registry.iter().any(|fact| fact.phase == Phase::Tls && fact.name == "certificate.days_left"));
        assert!(registry.iter().any(|fact| fact.phase == Phase::Credssp && fact.name == "ntlm.clock_skew_us"));
        assert!(registry.iter().all(|fact| !fact.means.is_empty()), "{registry:?}");
    }

    #[test]
    fn every_kind_is_read_off_the_schema() {
        let registry = registry();
        let kind = |phase, name: &str| {
            let fact = registry.iter().find(|fact| fact.phase == phase && fact.name == name);
            fact.map_or_else(|| panic!("no fact {phase}.{name}"), |fact| fact.kind.clone())
        };
        let nla = ["required", "optional", "absent", "unknown"].map(str::to_owned).to_vec();
        for (phase, name, is) in [
            (Phase::Resolve, "addresses", Kind::List),
            (Phase::Connect, "snd_mss", Kind::Number(Unit::Bytes)),
            (Phase::Connect, "syn_rtt_us", Kind::Number(Unit::Micros)),
            (Phase::Negotiate, "nla", Kind::Word(nla)),
            (Phase::Negotiate, "selected", Kind::Text),
            (Phase::Tls, "version", Kind::Version),
            (Phase::Tls, "hello_retry", Kind::Flag),
            (Phase::Tls, "certificate.days_left", Kind::Number(Unit::Days)),
            (Phase::Tls, "certificate.key_bits", Kind::Number(Unit::Bits)),
            (Phase::Tls, "certificate.not_after", Kind::Time),
            (Phase::Tls, "certificate.chain_length", Kind::Number(Unit::One)),
            (Phase::Credssp, "ntlm.os_build", Kind::Version),
            (Phase::Credssp, "ntlm.clock_skew_us", Kind::Number(Unit::Micros)),
            (Phase::Logon, "auto_detect_bandwidth_kbps", Kind::Number(Unit::Kbps)),
            (Phase::UdpSyn, "upstream_mtu", Kind::Number(Unit::Bytes)),
        ] {
            assert_eq!(kind(phase, name), is, "{phase}.{name}");
        }
    }

    #[test]
    fn what_does_not_last_is_a_fact() {
        let volatile = registry().into_iter().filter(Fact::is_volatile).count();
        assert_eq!(volatile, VOLATILE.len(), "one of them is no fact");
    }
}
