use serde::Deserialize;

/// Where a server sends its clients: the packet has what is named, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// The other server's address.
    pub address: Option<String>,
    /// Its full name.
    pub name: Option<String>,
    /// A token for a load balancer.
    pub load_balance_info: Option<String>,
}

impl Default for Redirect {
    /// An address of the documentation's own, and a token as Windows makes it.
    fn default() -> Self {
        Self {
            address: Some("192.0.2.10".to_owned()),
            name: Some("host-2.lab.example".to_owned()),
            load_balance_info: Some("Cookie: msts=167903424.15629.0000\r\n".to_owned()),
        }
    }
}
