use std::fs::{self, File, Permissions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::slice;

use tempfile::NamedTempFile;

use super::args::{Color, OutputArgs};
use super::{Error, exit};
use crate::compare::Comparison;
use crate::report::{self, Format, Report, Status, Summary};
use crate::sys;

/// Where reports go: to stdout in the form that was asked for, as JSON beside it in a file.
pub(super) struct Output<'a> {
    args: &'a OutputArgs,
    several: bool,
    file: Option<OutFile>,
    /// Those that wait for the last, where all make one document.
    kept: Vec<Report>,
    /// What several came to, where they are told as text and nothing else sums them up.
    summary: Option<Summary>,
    /// How many lines of the list of targets name none.
    bad_lines: usize,
    code: u8,
}

/// A file that a flag names.
pub(super) enum OutFile {
    /// A file that is made beside it, and takes its place all at once when it is whole.
    Replaced(NamedTempFile, PathBuf),
    /// A device or pipe: it is written into.
    Written(File, PathBuf),
}

impl<'a> Output<'a> {
    /// Opens the file before anything is sent, so that a path that cannot be written costs nothing. `several`: there is
    /// more than one report to come, and each is one line of JSON.
    pub(super) fn open(args: &'a OutputArgs, several: bool) -> Result<Self, Error> {
        let file = match &args.out {
            None => None,
            Some(path) => Some(OutFile::open(path, sys::ordinary_permissions())?),
        };
        let summary = (several && args.format() == Format::Text).then(Summary::default);
        Ok(Self { args, several, file, kept: Vec::new(), summary, bad_lines: 0, code: 0 })
    }

    /// The same for targets of a list of which so many lines name none: that is worth an exit code.
    pub(super) fn of_list(self, bad_lines: usize) -> Self {
        Self { bad_lines, code: exit::of_list(self.args.format(), bad_lines), ..self }
    }

    /// Tells a report, or keeps it for the document of all.
    pub(super) fn report(&mut self, mut report: Report) -> Result<(), Error> {
        self.code = exit::worse(self.code, exit::code(self.args.format(), &report));
        if self.args.redact {
            report::redact(&mut report);
        }
        let look = self.look();
        if let Some(target) = &mut self.file {
            let format = if self.several { Format::Ndjson } else { Format::Json };
            let json = format.tell(slice::from_ref(&report), look)?;
            target.write(|file| file.write_all(json.as_bytes()))?;
        }
        // A lone report is in its file before it is on stdout: when that fails, nothing else was said.
        if !self.several
            && let Some(target) = self.file.take()
        {
            target.close()?;
        }
        let format = self.args.format();
        if format.is_one_document() {
            self.kept.push(report);
            return Ok(());
        }
        if let Some(summary) = &mut self.summary {
            summary.count(&report);
            print(&report::heading(&report, look))?;
        }
        self.print(if self.several && format == Format::Json { Format::Ndjson } else { format }, &[report])
    }

    /// Tells what is no report: JSON, or what is told to people instead.
    pub(super) fn document(mut self, json: &str, told: impl FnOnce(report::Look) -> String) -> Result<(), Error> {
        if let Some(mut target) = self.file.take() {
            target.write(|file| writeln!(file, "{json}"))?;
            target.close()?;
        }
        let for_programs = matches!(self.args.format(), Format::Json | Format::Ndjson);
        if for_programs { print(&format!("{json}\n")) } else { print(&told(self.look())) }
    }

    /// Tells a comparison of the reports behind them: as a line of JSON or to people, but not in forms that are of reports
    /// alone.
    pub(super) fn beside(&mut self, comparison: &Comparison) -> Result<(), Error> {
        self.summary = None;
        match self.args.format() {
            Format::Json | Format::Ndjson => {
                let json = serde_json::to_string(comparison)?;
                print(&format!("{json}\n"))
            }
            format @ (Format::Text | Format::Markdown) => {
                print(&format!("\n{}", super::compare::told(comparison, format, self.look())))
            }
            Format::Junit | Format::Nagios | Format::Prometheus => Ok(()),
        }
    }

    /// Tells what was kept, puts the file in its place, all at once, and gives the worst exit code.
    pub(super) fn close(mut self) -> Result<u8, Error> {
        let format = self.args.format();
        if format == Format::Nagios {
            print(&report::nagios(&self.kept, self.bad_lines))?;
        } else if format.is_one_document() {
            self.print(format, &self.kept)?;
        } else if let Some(summary) = &self.summary {
            print(&summary.text(self.look()))?;
        }
        self.file.take().map_or(Ok(()), OutFile::close)?;
        Ok(self.code)
    }

    fn print(&self, format: Format, reports: &[Report]) -> Result<(), Error> {
        print(&format.tell(reports, self.look())?)
    }

    fn look(&self) -> report::Look {
        let color = match self.args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
        };
        report::Look { colour: color, ascii: !is_utf8(), width: columns() }
    }
}

impl OutFile {
    /// Opens it, with these permissions where it is made.
    pub(super) fn open(path: &Path, permissions: Permissions) -> Result<Self, Error> {
        Self::make(path, permissions).map_err(|source| unwritable(path, source))
    }

    fn make(path: &Path, permissions: Permissions) -> io::Result<Self> {
        let there = fs::metadata(path).ok();
        if there.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            return Ok(Self::Written(File::options().write(true).open(path)?, path.to_owned()));
        }
        // What a link leads to is replaced, not the link.
        let path = if there.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::metadata(folder)?;
        let file = tempfile::Builder::new().permissions(permissions).tempfile_in(folder)?;
        Ok(Self::Replaced(file, path))
    }

    /// Writes all of what `content` gives.
    pub(super) fn write(&mut self, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
        let (file, path): (&mut dyn Write, _) = match self {
            Self::Replaced(file, path) => (file, path),
            Self::Written(file, path) => (file, path),
        };
        content(file).map_err(|source| unwritable(path, source))
    }

    /// Puts it in its place, all at once.
    pub(super) fn close(self) -> Result<(), Error> {
        match self {
            Self::Replaced(file, path) => file.persist(&path).map(drop).map_err(|error| unwritable(&path, error.error)),
            Self::Written(..) => Ok(()),
        }
    }
}

fn unwritable(path: &Path, source: io::Error) -> Error {
    Error::File { doing: "write", path: path.display().to_string(), source }
}

/// The columns for a text on stdout: those of the terminal, or those that `COLUMNS` wishes for, as far as they can be
/// read; in a pipe or file always the same.
pub fn columns() -> usize {
    let stdout = io::stdout();
    if !stdout.is_terminal() {
        return report::Look::default().width;
    }
    let wished = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let there = || terminal_size::terminal_size_of(&stdout).map(|(terminal_size::Width(columns), _)| columns.into());
    wished.or_else(there).map_or(report::Look::default().width, |columns: usize| columns.clamp(60, 120))
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
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::File { doing: "write", path: "stdout".to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// One line on stderr.
pub(super) fn complain(error: &Error) {
    anstream::eprintln!("error: {error}");
}

/// What stands on stdout where the probe could not run: the one valid document or line, in the forms that have one.
pub(super) fn failure(format: Format, error: &str) {
    let told = match format {
        Format::Json | Format::Ndjson => {
            format!("{}\n", serde_json::json!({ "schema": report::SCHEMA, "error": error }))
        }
        Format::Nagios => Status::Unknown.line(error.lines().next().unwrap_or_default()),
        Format::Text | Format::Junit | Format::Prometheus | Format::Markdown => return,
    };
    // Nothing can be told on a stdout that cannot be written.
    let _ = print(&told);
}
