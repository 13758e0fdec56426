use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Error;
use super::args::{Color, OutputArgs};
use crate::report::{self, Report};

/// Where reports go: text or JSON on stdout, JSON beside it in a file.
pub(super) struct Output<'a> {
    args: &'a OutputArgs,
    lines: bool,
    file: Option<(NamedTempFile, PathBuf)>,
}

impl<'a> Output<'a> {
    /// Opens the file before anything is sent, so that a path that cannot be written costs nothing. `lines`: several
    /// reports, one JSON object a line.
    pub(super) fn open(args: &'a OutputArgs, lines: bool) -> Result<Self, Error> {
        let file = match &args.out {
            None => None,
            Some(path) => Some((beside(path).map_err(|source| unwritable(path, source))?, path.clone())),
        };
        Ok(Self { args, lines, file })
    }

    /// Prints a report.
    pub(super) fn report(&mut self, mut report: Report) -> Result<(), Error> {
        if self.args.redact {
            report::redact(&mut report);
        }
        let json = if self.lines { serde_json::to_string(&report) } else { serde_json::to_string_pretty(&report) };
        let json = json.map_err(|error| Error::System(error.into()))?;
        if let Some((file, path)) = &mut self.file {
            writeln!(file, "{json}").map_err(|source| unwritable(path, source))?;
        }
        if self.args.json {
            return print(&format!("{json}\n"));
        }
        print(&report::text(&report, self.look()))
    }

    /// Puts the file in its place, all at once.
    pub(super) fn close(self) -> Result<(), Error> {
        let Some((file, path)) = self.file else { return Ok(()) };
        file.persist(&path).map(drop).map_err(|error| unwritable(&path, error.error))
    }

    fn look(&self) -> report::Look {
        let color = match self.args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
        };
        report::Look { colour: color, ascii: !is_utf8() }
    }
}

/// A file beside the one that is to be written.
fn beside(path: &Path) -> io::Result<NamedTempFile> {
    if fs::metadata(path).is_ok_and(|there| there.is_dir()) {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::metadata(folder)?;
    NamedTempFile::new_in(folder)
}

fn unwritable(path: &Path, source: io::Error) -> Error {
    Error::File { doing: "write", path: path.display().to_string(), source }
}

/// Whether the locale can show more than ASCII; a pipe or file is taken to.
fn is_utf8() -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    !io::stdout().is_terminal()
        || locale.is_none_or(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

/// Prints to stdout. Whoever closes the pipe has read enough.
pub(super) fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::System(error)),
        _ => Ok(()),
    }
}

/// One line on stderr, with a hint where there is one.
pub(super) fn complain(error: &Error) {
    anstream::eprintln!("error: {error}");
    let source = std::error::Error::source(error);
    if let Some(source) = source.filter(|source| !error.to_string().contains(&source.to_string())) {
        anstream::eprintln!("hint: {source}");
    }
}

/// The one valid document of a run that could not be.
pub(super) fn error_document(error: &str) {
    let document = serde_json::json!({ "schema": report::SCHEMA, "error": error });
    // Nothing can be told on a stdout that cannot be written.
    let _ = print(&format!("{document}\n"));
}
