use std::path::Path;
use std::{fs, io};

use clap::{Command, CommandFactory};
use clap_complete::{Generator, Shell};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::{Cli, Reader};
use super::{Error, exit, logon, output, via};

const NAME: &str = "rdp-probe";

/// What the environment says to the command.
const VARIABLES: [(&str, &str); 5] = [
    (
        logon::VARIABLE,
        "the password of `--user`, where `--password-file` gives none; where both give none, it is asked for",
    ),
    (via::VARIABLE, "the password of the user in `--proxy socks5://USER@PROXY`"),
    ("COLUMNS", "the width of a report on a terminal, from 60 to 120"),
    ("NO_COLOR", "no colour, unless with `--color always`"),
    ("LC_ALL, LC_CTYPE, LANG", "whether a terminal is shown more than ASCII: where the first that is set names UTF-8"),
];

/// Makes what a reader reads: in files of the names that it looks for, or on stdout.
pub(super) fn run(reader: Reader, folder: Option<&Path>) -> Result<u8, Error> {
    let Some(folder) = folder else {
        let text = text(reader).map_err(|source| unwritten("stdout", source))?;
        output::print(&String::from_utf8_lossy(&text))?;
        return Ok(0);
    };
    let made = text(reader).and_then(|text| match shell(reader) {
        None => clap_mangen::generate_to(manual(), folder)
            .and_then(|()| fs::write(folder.join(Man::new(manual()).get_filename()), text)),
        Some(shell) => fs::write(folder.join(shell.file_name(NAME)), text),
    });
    made.map_err(|source| unwritten(&folder.display().to_string(), source))?;
    Ok(0)
}

fn text(reader: Reader) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    match shell(reader) {
        None => {
            Man::new(manual()).render(&mut text)?;
            beside_the_flags().to_writer(&mut text)?;
        }
        Some(shell) => {
            clap_complete::generate(shell, &mut Cli::command(), NAME, &mut text);
            // The script for bash looks for one name, and has another: github.com/clap-rs/clap/issues/6421.
            text = String::from_utf8_lossy(&text).replace("rdp__subcmd__probe", "rdp__probe").into_bytes();
        }
    }
    Ok(text)
}

/// The sections of the first page that no flag tells.
fn beside_the_flags() -> Roff {
    let mut page = Roff::new();
    section(&mut page, "EXIT STATUS", &exit::CODES);
    page.control("PP", []).text([roman(exit::NAGIOS_CODES)]);
    section(&mut page, "ENVIRONMENT", &VARIABLES);
    page
}

fn section(page: &mut Roff, title: &str, entries: &[(&str, &str)]) {
    page.control("SH", [title]);
    for (name, means) in entries {
        page.control("TP", []).text([bold(*name)]).text([roman(*means)]);
    }
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
