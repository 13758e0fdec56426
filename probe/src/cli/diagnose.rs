use std::path::Path;

use super::args::OutputArgs;
use super::expect::ExpectArgs;
use super::{Error, Output, saved};

/// Applies today's rules to saved reports: the ordinary path, with a file (or `-`, stdin) as input.
pub(super) fn run(path: &Path, args: &OutputArgs, expect: &ExpectArgs) -> Result<u8, Error> {
    let expected = expect.expectations()?;
    let reports = saved::reports(path)?;
    let mut output = Output::open(args, reports.len() > 1)?;
    for report in reports {
        // What the report was held against stays, unless something else is asked for.
        output.report(if expected.is_empty() { report } else { report.expecting(&expected) })?;
    }
    output.close()
}
