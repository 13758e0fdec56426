//! Which facts each phase has.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::{
    Capabilities, Channels, Connect, Credssp, Finalization, Licensing, Logon, Multitransport, Negotiate, Proxy,
    Resolve, Security, Settings, Tls, UdpSyn, UdpTunnel,
};
use crate::phase::Phase;

/// Declares the facts of all phases: a phase that is added here is read, written and listed everywhere.
macro_rules! phases {
    ($($phase:ident $field:ident: $facts:ident,)*) => {
        /// All facts of a walk.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct Facts {
            $(
                #[doc = concat!("Of `", stringify!($field), "`.")]
                pub $field: $facts,
            )*
        }

        impl Facts {
            /// The facts of a phase as a JSON object.
            pub fn of(&self, phase: Phase) -> Value {
                let object = match phase {
                    $(Phase::$phase => serde_json::to_value(&self.$field),)*
                };
                object.ok().filter(Value::is_object).unwrap_or_else(|| json!({}))
            }

            /// Takes the facts of a phase from a JSON object; facts that this version does not know are passed over.
            pub fn take(&mut self, phase: Phase, object: Value) -> Result<(), serde_json::Error> {
                match phase {
                    $(Phase::$phase => self.$field = serde_json::from_value(object)?,)*
                }
                Ok(())
            }
        }

        /// The schema of each phase's facts, as an object that refers to the generator's definitions.
        pub(crate) fn schemas(generator: &mut SchemaGenerator) -> Vec<(Phase, Schema)> {
            vec![$((Phase::$phase, generator.subschema_for::<$facts>()),)*]
        }
    };
}

phases! {
    Resolve resolve: Resolve,
    Connect connect: Connect,
    Proxy proxy: Proxy,
    Negotiate negotiate: Negotiate,
    Tls tls: Tls,
    Credssp credssp: Credssp,
    Settings settings: Settings,
    Channels channels: Channels,
    Security security: Security,
    Logon logon: Logon,
    Licensing licensing: Licensing,
    Multitransport multitransport: Multitransport,
    Capabilities capabilities: Capabilities,
    Finalization finalization: Finalization,
    UdpSyn udp_syn: UdpSyn,
    UdpTls udp_tls: Tls,
    UdpTunnel udp_tunnel: UdpTunnel,
}

impl Facts {
    /// A fact by its phase and its name there; `None` where it was not learned.
    pub fn get(&self, phase: Phase, name: &str) -> Option<Value> {
        let pointer = format!("/{}", name.replace('.', "/"));
        self.of(phase).pointer(&pointer).filter(|value| !value.is_null()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_survive_the_way_through_json() {
        let facts = Facts { tls: Tls { hello_retry: Some(false), ..Tls::default() }, ..Facts::default() };
        let mut back = Facts::default();
        for phase in Phase::ALL {
            back.take(*phase, facts.of(*phase)).unwrap();
        }
        assert_eq!(back, facts);
        assert_eq!(facts.get(Phase::Tls, "hello_retry"), Some(json!(false)));
        assert_eq!(facts.get(Phase::UdpTls, "hello_retry"), None);
    }
}
