//! The list of all facts, read off the structs that hold them.

use schemars::schema_for;

use super::{
    Capabilities, Channels, Connect, Credssp, Finalization, Licensing, Logon, Multitransport, Negotiate, Resolve,
    Security, Settings, Tls, UdpSyn, UdpTunnel,
};
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
}

/// Every fact there is, in the order of the phases.
pub fn registry() -> Vec<Fact> {
    let schemas = [
        (Phase::Resolve, schema_for!(Resolve)),
        (Phase::Connect, schema_for!(Connect)),
        (Phase::Negotiate, schema_for!(Negotiate)),
        (Phase::Tls, schema_for!(Tls)),
        (Phase::Credssp, schema_for!(Credssp)),
        (Phase::Settings, schema_for!(Settings)),
        (Phase::Channels, schema_for!(Channels)),
        (Phase::Security, schema_for!(Security)),
        (Phase::Logon, schema_for!(Logon)),
        (Phase::Licensing, schema_for!(Licensing)),
        (Phase::Multitransport, schema_for!(Multitransport)),
        (Phase::Capabilities, schema_for!(Capabilities)),
        (Phase::Finalization, schema_for!(Finalization)),
        (Phase::UdpSyn, schema_for!(UdpSyn)),
        (Phase::UdpTls, schema_for!(Tls)),
        (Phase::UdpTunnel, schema_for!(UdpTunnel)),
    ];
    let mut registry = Vec::new();
    for (phase, schema) in &schemas {
        list(*phase, "", schema.as_value(), schema.as_value(), &mut registry);
    }
    registry
}

/// Lists the properties of one object of a schema; objects inside it follow their `$ref` one level down.
fn list(phase: Phase, prefix: &str, root: &serde_json::Value, object: &serde_json::Value, out: &mut Vec<Fact>) {
    let Some(properties) = object["properties"].as_object() else { return };
    for (name, property) in properties {
        let name = format!("{prefix}{name}");
        let inner = property["anyOf"]
            .as_array()
            .and_then(|choices| choices.iter().find_map(|choice| choice["$ref"].as_str()))
            .and_then(|reference| root.pointer(reference.trim_start_matches('#')));
        match inner {
            Some(inner) if inner["properties"].is_object() => list(phase, &format!("{name}."), root, inner, out),
            _ => out.push(Fact { phase, name, means: property["description"].as_str().unwrap_or_default().to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_lists_every_fact_with_its_meaning() {
        let registry = registry();
        assert!(registry.iter().any(|fact| fact.phase == Phase::Tls && fact.name == "certificate.days_left"));
        assert!(registry.iter().any(|fact| fact.phase == Phase::Credssp && fact.name == "ntlm.clock_skew_us"));
        assert!(registry.iter().all(|fact| !fact.means.is_empty()), "{registry:?}");
    }
}
