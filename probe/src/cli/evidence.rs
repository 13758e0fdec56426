use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::Error;
use super::output::OutFile;
use crate::evidence::{self, Senses};
use crate::sys;

#[derive(Debug, Args)]
#[command(next_help_heading = "Evidence")]
pub(super) struct EvidenceArgs {
    /// Write the packets of all walks over TCP to a pcapng file; what the wire did not show is made from the socket's
    /// bytes. Datagrams of the UDP leg are not in it: their bytes are on the tape.
    // Packets hold names and addresses.
    #[arg(long, value_name = "FILE", conflicts_with = "redact")]
    evidence: Option<PathBuf>,

    /// Put the keys of the TLS connections into that file: whoever has it can read what was said.
    // The keys would open the password.
    #[arg(long, requires = "evidence", conflicts_with = "user")]
    evidence_keys: bool,
}

/// The file that `--evidence` names, open for what will be seen.
pub(super) struct EvidenceFile(OutFile);

impl EvidenceArgs {
    /// Opens the file before anything is sent, and lets the senses keep what belongs into it.
    pub(super) fn open(&self, senses: &mut Senses) -> Result<Option<EvidenceFile>, Error> {
        let Some(path) = &self.evidence else { return Ok(None) };
        let permissions = if self.evidence_keys { sys::private_permissions() } else { sys::ordinary_permissions() };
        let file = OutFile::open(path, permissions)?;
        if self.evidence_keys {
            let path = path.display();
            anstream::eprintln!("warning: whoever has `{path}` can read what was said inside TLS");
        }
        senses.keep(self.evidence_keys);
        Ok(Some(EvidenceFile(file)))
    }
}

impl EvidenceFile {
    /// Writes what was kept, and puts the file in its place.
    pub(super) fn close(mut self, senses: &Senses) -> Result<(), Error> {
        let Some(spool) = senses.spool() else { return Ok(()) };
        self.0.write(|file| {
            let mut file = BufWriter::new(file);
            evidence::write_pcapng(spool, senses.keys().map(AsRef::as_ref), &mut file)?;
            file.flush()
        })?;
        self.0.close()
    }
}
