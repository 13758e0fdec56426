//! The command `rdp-probe` as users run it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use rdp_lab::bed::{self, cargo};
use serde_json::Value;

/// The command's binary. It belongs to another package than this suite, so cargo is asked for it, once.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| built(cargo().args(["build", "--package", "rdp-probe", "--bin", "rdp-probe"])))
}

/// The command as one file that can be carried anywhere, by the README's own command. Its target directory lies below
/// the suite's, so that it is built once.
pub(crate) fn carried() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // It lies at TARGET/PROFILE/NAME.
        let target = binary().ancestors().nth(2).expect("a target directory").join("static");
        built(cargo().args(["static", "--target-dir"]).arg(target).env_remove("RUSTFLAGS"))
    })
}

/// The binary that cargo builds.
fn built(cargo: &mut Command) -> PathBuf {
    let cargo = cargo.args(["--message-format", "json"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let built = cargo.output().expect("cargo runs");
    let said = String::from_utf8(built.stdout).expect("cargo speaks UTF-8");
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let path = messages.into_iter().find_map(|message| message["executable"].as_str().map(PathBuf::from));
    path.unwrap_or_else(|| panic!("cargo built no binary: {}", String::from_utf8_lossy(&built.stderr)))
}

/// Runs the command to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(binary()).args(arguments).output().expect("rdp-probe runs")
}

/// What it printed on stdout.
pub(crate) fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("stdout is UTF-8")
}

/// What it printed on stderr.
pub(crate) fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("stderr is UTF-8")
}

/// The one document that it printed on stdout.
pub(crate) fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stdout(output)))
}

/// Probes the name `twin`, which has the addresses 127.0.0.1 and 127.0.0.2 in a mount namespace of its own.
pub(crate) fn twin(port: u16, arguments: &str, password: &str) -> Result<Output, bed::Error> {
    let script = format!(
        "hosts=$(mktemp) && printf '127.0.0.1 twin\\n127.0.0.2 twin\\n' > $hosts && mount --bind $hosts /etc/hosts && \
         rm $hosts && exec '{}' twin:{port} --json {arguments}",
        binary().display()
    );
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", &script]).env("RDP_PROBE_PASSWORD", password);
    command.output().map_err(|source| bed::Error::Io { what: "run unshare", source })
}
