//! The command `rdp-lab`; see [`rdp_lab::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    rdp_lab::cli::main()
}
