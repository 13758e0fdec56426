//! The command `rdp-probe`.

use std::process::ExitCode;

fn main() -> ExitCode {
    rdp_probe::cli::main()
}
