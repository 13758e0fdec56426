//! cargo, for what the suite builds while it runs.

use std::env;
use std::process::Command;

/// The cargo that built this suite. What that one told us about our own package is taken away: it would make the new
/// one build its dependencies anew.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    let told = |name: &String| name.starts_with("CARGO_") && name != "CARGO_HOME" && name != "CARGO_TARGET_DIR";
    for (name, _) in env::vars().filter(|(name, _)| told(name)) {
        cargo.env_remove(name);
    }
    cargo
}
