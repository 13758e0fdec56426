use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::{Cli, Reader};
use super::{Error, output};

const NAME: &str = "rdp-probe";

/// Makes what a reader reads: in files of the names that it looks for, or on stdout.
pub(super) fn run(reader: Reader, folder: Option<&Path>) -> Result<u8, Error> {
    let Some(folder) = folder else {
        let text = text(reader).map_err(|source| unwritten("stdout", source))?;
        output::print(&String::from_utf8_lossy(&text))?;
        return Ok(0);
    };
    let made = match shell(reader) {
        None => clap_mangen::generate_to(manual(), folder),
        Some(shell) => clap_complete::generate_to(shell, &mut Cli::command(), NAME, folder).map(drop),
    };
    made.map_err(|source| unwritten(&folder.display().to_string(), source))?;
    Ok(0)
}

fn text(reader: Reader) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    match shell(reader) {
        None => Man::new(manual()).render(&mut text)?,
        Some(shell) => clap_complete::generate(shell, &mut Cli::command(), NAME, &mut text),
    }
    Ok(text)
}

/// The command as its man pages show it: the subcommand `help` has none.
fn manual() -> Command {
    Cli::command().disable_help_subcommand(true)
}

/// The shell that reads it; `man` is none.
const fn shell(reader: Reader) -> Option<Shell> {
    match reader {
        Reader::Man => None,
        Reader::Bash => Some(Shell::Bash),
        Reader::Zsh => Some(Shell::Zsh),
        Reader::Fish => Some(Shell::Fish),
    }
}

fn unwritten(path: &str, source: io::Error) -> Error {
    Error::File { doing: "write", path: path.to_owned(), source }
}
