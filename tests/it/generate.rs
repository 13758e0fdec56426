//! What is made from the flags: man pages and completions.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use rdp_lab::bed::or_skip;

use crate::command::{run, stderr, stdout};
use crate::formats::tool;

/// What `generate` prints.
fn made(reader: &str) -> String {
    let output = run(&["generate", reader]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""), "{reader}");
    stdout(&output).to_owned()
}

/// Every flag that the help shows in front of what it does, without its dashes.
fn flags() -> BTreeSet<String> {
    let help = run(&["--help"]);
    // A line that begins with a dash alone lists a value.
    let lines =
        stdout(&help).lines().map(str::trim_start).filter(|line| line.starts_with('-') && !line.starts_with("- "));
    let words = lines.flat_map(|line| line.split([' ', ',']).filter(|word| word.starts_with('-')));
    let flags: BTreeSet<String> = words.map(|word| word.trim_start_matches('-').to_owned()).collect();
    assert!(flags.contains("expect") && flags.contains("4"), "{flags:?}");
    flags
}

/// Runs a tool on a file and demands that it has nothing to say.
fn silent(tool: &mut Command) {
    let output = tool.output().expect("the tool runs");
    assert!(output.status.success() && stderr(&output).is_empty(), "{tool:?}: {}", stderr(&output));
}

#[test]
fn every_flag_is_in_the_man_page_and_in_every_completion() {
    for reader in ["man", "bash", "zsh", "fish"] {
        let made = made(reader);
        for flag in flags() {
            let written = match reader {
                "man" => format!(r"\-{}\fR", flag.replace('-', r"\-")),
                "fish" => format!(" {} {flag} ", if flag.len() == 1 { "-s" } else { "-l" }),
                "bash" => format!("-{flag} "),
                _ => format!("-{flag}"),
            };
            assert!(made.contains(&written), "{reader}: {written}");
        }
    }
}

#[test]
fn the_man_page_has_its_sections() {
    let page = made("man");
    let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    let ours = ["EXPECTATIONS", "EVIDENCE", r#""EXIT STATUS""#, "ENVIRONMENT"];
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SUBCOMMANDS", "VERSION"].iter().chain(&ours) {
        assert!(sections.contains(section), "{section} is not among {sections:?}");
    }
    assert!(page.lines().any(|line| line.starts_with(".TH rdp-probe 1 ")), "{page}");
}

#[test]
fn each_reader_finds_its_files_by_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a path");
    for reader in ["man", "bash", "zsh", "fish"] {
        let output = run(&["generate", reader, "--out", path]);
        assert_eq!((output.status.code(), stdout(&output), stderr(&output)), (Some(0), "", ""), "{reader}");
    }
    let names = fs::read_dir(path).expect("a folder").map(|file| file.expect("a file").file_name());
    let names: BTreeSet<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    let pages = ["rdp-probe.1", "rdp-probe-probe.1", "rdp-probe-explain.1", "rdp-probe-diagnose.1"];
    for name in pages.iter().chain(&["rdp-probe.bash", "_rdp-probe", "rdp-probe.fish"]) {
        assert!(names.contains(*name), "{name} is not among {names:?}");
    }
    silent(Command::new("bash").args(["-n", &format!("{path}/rdp-probe.bash")]));
    let page = |name: &str| fs::read_to_string(format!("{path}/{name}")).expect("a page");
    assert_eq!(page("rdp-probe.1"), made("man"), "it is the same wherever it goes");
    for name in names.iter().filter(|name| name.ends_with(".1")) {
        let read = tool("man", &["--warnings", "--local-file", "-"], &page(name));
        let Some(output) = or_skip(read) else { return };
        assert!(output.status.success() && stderr(&output).is_empty(), "{name}: {}", stderr(&output));
    }
}

#[test]
fn bash_completes_a_flag_and_its_values() {
    let complete = |words: &str, count: usize| {
        let script = format!(
            "source <('{}' generate bash); COMP_WORDS=({words}); COMP_CWORD={count}; _rdp__probe rdp-probe \
             \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[*]}}\"",
            crate::command::binary().display()
        );
        let output = Command::new("bash").args(["-c", &script]).output().expect("bash runs");
        assert_eq!(stderr(&output), "");
        stdout(&output).trim_end().to_owned()
    };
    assert_eq!(complete("rdp-probe --evid", 1), "--evidence --evidence-keys");
    assert_eq!(complete("rdp-probe --format ju", 2), "junit");
    assert_eq!(complete("rdp-probe diag", 1), "diagnose");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_with_its_name() {
    let output = run(&["generate", "man", "--out", "/nonexistent"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert!(stderr(&output).starts_with("error: cannot write `/nonexistent`: "), "{}", stderr(&output));
}
