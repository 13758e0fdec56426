//! Files that the user names, to be read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::Error;

/// Reads a file, or with `-` stdin, and tells what it is called.
pub(super) fn read(path: &Path) -> Result<(String, Vec<u8>), Error> {
    let stdin = path == Path::new("-");
    let name = if stdin { "stdin".to_owned() } else { path.display().to_string() };
    let mut bytes = Vec::new();
    let mut whole = |mut from: Box<dyn Read>| from.read_to_end(&mut bytes);
    let read =
        if stdin { whole(Box::new(io::stdin())) } else { File::open(path).and_then(|file| whole(Box::new(file))) };
    match read {
        Ok(_) => Ok((name, bytes)),
        Err(source) => Err(Error::File { doing: "read", path: name, source }),
    }
}
