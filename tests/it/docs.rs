//! The README's tables are the code's: each stands between two marks, and is made anew with `UPDATE_README=1`.

use std::fmt::Write as _;
use std::{env, fs};

use rdp_probe::cli::{EXIT_CODES, NAGIOS_CODES};
use rdp_probe::phase::Phase;
use rdp_probe::stop::CauseKind;
use rdp_probe::verdict::rules;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

/// Holds what stands between `<!-- mark -->` and `<!-- end -->` against `wanted`.
fn hold(mark: &str, wanted: &str) {
    let readme = fs::read_to_string(README).expect("the README");
    let begin = format!("<!-- {mark} -->\n");
    let (before, rest) = readme.split_once(&begin).unwrap_or_else(|| panic!("the README has no mark `{mark}`"));
    let (stands, after) = rest.split_once("<!-- end -->").expect("the mark has an end");
    if env::var_os("UPDATE_README").is_some() {
        fs::write(README, format!("{before}{begin}{wanted}<!-- end -->{after}")).expect("the README is written");
    } else {
        assert!(stands == wanted, "`{mark}` in the README is not the code's; UPDATE_README=1 makes it anew");
    }
}

#[test]
fn the_readmes_tables_are_the_codes() {
    let mut phases = "| phase | what happens | passed when |\n| --- | --- | --- |\n".to_owned();
    for phase in Phase::ALL {
        writeln!(phases, "| `{phase}` | {} | {} |", phase.happens(), phase.passed_when()).expect("a string");
    }
    let mut causes = "| cause | means |\n| --- | --- |\n".to_owned();
    for cause in CauseKind::ALL {
        writeln!(causes, "| `{}` | {} |", cause.id(), cause.means()).expect("a string");
    }
    let mut table = "| rule | severity | finds |\n| --- | --- | --- |\n".to_owned();
    for rule in rules::all() {
        writeln!(table, "| `{}` | {} | {} |", rule.code, rule.severity.id(), rule.title).expect("a string");
    }
    let mut codes = "| exit code | means |\n| --- | --- |\n".to_owned();
    for (code, means) in EXIT_CODES {
        writeln!(codes, "| {code} | {means} |").expect("a string");
    }
    hold("exit codes", &format!("{codes}\n{NAGIOS_CODES}\n"));
    hold("phases", &phases);
    hold("causes", &causes);
    hold("rules", &table);
}
