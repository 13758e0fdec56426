//! Bytes that nobody here made: published examples (`RDP_VECTORS`) and recordings of real servers (`RDP_CAPTURES`).
//! Both folders lie outside the project; where their variable is not set, that is printed and nothing is asked.

mod captures;
mod datagrams;
mod stream;
mod vectors;

use std::io::Write;
use std::path::PathBuf;
use std::{env, fs, io};

use rdp_packets::codec::{Decode, DecodeError, Encode};

/// The files of the folder in `variable` with this ending, in order; `None`, said aloud, when it is not set.
pub(crate) fn files(variable: &str, ending: &str) -> Option<Vec<PathBuf>> {
    let Some(folder) = env::var_os(variable) else {
        // Not by `eprintln!`, which the test harness keeps to itself.
        let _ = writeln!(io::stderr(), "skipped: {variable} is not set");
        return None;
    };
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{variable} {}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    files.sort();
    assert!(!files.is_empty(), "{variable} holds no .{ending}");
    Some(files)
}

/// A file's name without its ending.
fn name(file: &std::path::Path) -> &str {
    file.file_stem().and_then(|stem| stem.to_str()).expect("a name")
}

/// Decodes a message, and holds what it encodes to against what it came from.
fn read<'a, T: Decode<'a> + Encode>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    let message = T::decode(bytes)?;
    assert_eq!(message.to_bytes(), bytes, "{} is written differently", T::NAME);
    Ok(message)
}
