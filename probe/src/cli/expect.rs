use std::path::Path;

use clap::Args;
use serde::Deserialize;

use super::Error;
use crate::expect::{self, Expectation};
use crate::fleet;

#[derive(Debug, Args)]
#[command(next_help_heading = "Expectations")]
pub(super) struct ExpectArgs {
    /// What must hold, e.g. `negotiate.nla = required, tls.version >= 1.2, phase.tls.p95 < 250ms`; or a TOML file of such.
    #[arg(long, value_name = "EXPECTATIONS|FILE.toml")]
    expect: Vec<String>,
}

/// A file of expectations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    expect: Vec<String>,
}

impl ExpectArgs {
    /// All of them, each once. A mistake in any is an error, before anything is sent.
    pub(super) fn expectations(&self) -> Result<Vec<Expectation>, Error> {
        let mut all = Vec::new();
        for argument in &self.expect {
            let path = Path::new(argument);
            // A name without an operator is no expectation, whether there is such a file or not.
            let named = path.is_file() || !argument.contains(['=', '<', '>', '~']);
            if named && path.extension().is_some_and(|extension| extension == "toml") {
                all.extend(read(path)?);
            } else {
                all.extend(expect::parse(argument).map_err(|error| Error::Usage(error.to_string()))?);
            }
        }
        Ok(all)
    }
}

fn read(path: &Path) -> Result<Vec<Expectation>, Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|source| Error::File { doing: "read", path: name.clone(), source })?;
    let File { expect } = fleet::toml(&name, &text).map_err(|mistake| Error::Usage(mistake.to_string()))?;
    if expect.is_empty() {
        return Err(Error::Usage(format!("`{name}` expects nothing")));
    }
    let parsed = expect.iter().zip(1..).map(|(text, number)| {
        expect::parse(text).map_err(|error| Error::Usage(format!("`{name}`, entry {number}: {error}")))
    });
    Ok(parsed.collect::<Result<Vec<_>, _>>()?.concat())
}
