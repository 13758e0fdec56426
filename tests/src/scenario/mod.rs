//! Scenarios: what a server is, what it does at each step, and what the probe is to find. Each is a TOML file in
//! `fixtures/scenarios`, a test of the suite, and a server that `rdp-lab serve` runs.

mod error;
mod expect;
mod nla;
mod redirect;
mod server;
mod session;
mod table;
mod udp;
mod when;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rdp_probe::plan::Until;
use serde::Deserialize;

use crate::act::{Act, Step};
use crate::server::Connection;

pub use error::ScenarioError;
pub use expect::{Bounds, Expect};
pub use nla::{Account, Logon, Nla};
pub use redirect::Redirect;
pub use server::{Certificate, Identity, Listener, Otherwise, Protocol, Security, Tls, Versions};
pub use session::{Encryption, Extra, Licensing, Proof, Session};
pub use table::{DEFAULT, EMBEDDED};
pub use udp::{Answers, Shown, Udp, UdpAct};
pub use when::When;

/// A server, what it does, and what is to be found of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name: that of its file.
    #[serde(default)]
    pub name: String,
    /// The fault in one line.
    pub about: String,
    /// Whether anybody listens.
    #[serde(default)]
    pub listener: Listener,
    /// Which security protocols it does.
    #[serde(default)]
    pub security: Security,
    /// What it shows in TLS.
    #[serde(default)]
    pub certificate: Certificate,
    /// How it does TLS.
    #[serde(default)]
    pub tls: Tls,
    /// Who it says it is in NTLM, where it lets nobody in.
    #[serde(default)]
    pub ntlm: Identity,
    /// Whom it lets in with NLA, and how.
    #[serde(default)]
    pub nla: Nla,
    /// What it does with a client that goes on behind the settings.
    #[serde(default)]
    pub session: Session,
    /// How it answers UDP on the port of its open listener; where nothing is said, nobody listens there.
    pub udp: Option<Udp>,
    /// What it does at a step; it passes where none is named.
    #[serde(default)]
    pub acts: BTreeMap<Step, Act>,
    /// On which connections it does so, counted from 0; on all when none is named.
    #[serde(default)]
    pub acts_on: Vec<usize>,
    /// Where a redirection sends clients to.
    #[serde(default)]
    pub redirect: Redirect,
    /// Whether the probe is to go where it is sent.
    #[serde(default)]
    pub follow: bool,
    /// With which clients it does so; with all when none is named.
    #[serde(default)]
    pub acts_when: Option<When>,
    /// How far the probe is to walk.
    #[serde(default = "gate")]
    pub until: Until,
    /// With which credentials the probe is to come, if with any.
    pub logon: Option<Logon>,
    /// What the probe is to find.
    #[serde(default)]
    pub expect: Expect,
}

const fn gate() -> Until {
    Until::Gate
}

impl Scenario {
    /// Reads a scenario's text.
    pub fn parse(name: &str, text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self =
            toml::from_str(text).map_err(|source| ScenarioError::Toml { name: name.to_owned(), source })?;
        match scenario.acts.iter().find(|(step, act)| !step.allows(act)) {
            Some((step, act)) => {
                Err(ScenarioError::Misplaced { name: name.to_owned(), act: act.clone(), step: step.id() })
            }
            None => Ok(Self { name: name.to_owned(), ..scenario }),
        }
    }

    /// Finds a scenario by its name among those that are built in, or else reads the file of that path.
    pub fn find(name: &str) -> Result<Self, ScenarioError> {
        if let Some((name, text)) = EMBEDDED.iter().find(|(embedded, _)| *embedded == name) {
            return Self::parse(name, text);
        }
        let path = Path::new(name);
        if path.extension().is_none() {
            return Err(ScenarioError::Unknown { name: name.to_owned() });
        }
        let text = fs::read_to_string(path).map_err(|source| ScenarioError::File { name: name.to_owned(), source })?;
        Self::parse(&path.file_stem().unwrap_or_default().to_string_lossy(), &text)
    }

    /// Every scenario that is built in.
    pub fn all() -> impl Iterator<Item = Result<Self, ScenarioError>> {
        EMBEDDED.iter().map(|(name, text)| Self::parse(name, text))
    }

    /// What it does at a step of a connection of which this was seen so far.
    pub fn act(&self, seen: &Connection, step: Step) -> &Act {
        let counted = self.acts_on.is_empty() || self.acts_on.contains(&seen.number);
        let meant = self.acts_when.is_none_or(|when| when.holds(seen));
        self.acts.get(&step).filter(|_| counted && meant).unwrap_or(&Act::Pass)
    }

    /// The same server with another act.
    #[must_use]
    pub fn with(mut self, step: Step, act: Act) -> Self {
        self.acts.insert(step, act);
        self
    }
}
