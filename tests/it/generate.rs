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

/// The subcommands, and the command without one.
fn commands() -> Vec<String> {
    let help = run(&["--help"]);
    let listed =
        stdout(&help).lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // What goes on from a line above stands further in.
    let words = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|word| !word.is_empty());
    let commands: Vec<String> =
        [""].into_iter().chain(words.filter(|word| *word != "help")).map(str::to_owned).collect();
    assert!(commands.contains(&"wait".to_owned()), "{commands:?}");
    commands
}

/// Every flag that a command's help shows in front of what it does.
fn flags(command: &str) -> BTreeSet<String> {
    let help = run(&[command, "--help"].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>());
    let lines = stdout(&help).lines().map(|line| line.trim_start().split("  ").next().unwrap_or_default());
    let words = lines.filter(|line| line.starts_with('-')).flat_map(|line| line.split([' ', ',']));
    // A dash alone lists a value.
    let flags: BTreeSet<String> =
        words.filter(|word| word.starts_with('-') && *word != "-").map(str::to_owned).collect();
    assert!(flags.contains("--help"), "{flags:?}");
    flags
}

/// The flags on a command's man page.
fn on_the_page(page: &str) -> BTreeSet<String> {
    let lines = page.lines().filter(|line| line.starts_with(r"\fB\-"));
    let bold = lines.flat_map(|line| line.split(r"\fB").filter_map(|bold| bold.split(r"\fR").next()));
    bold.filter(|bold| !bold.is_empty()).map(|bold| bold.replace(r"\-", "-")).collect()
}

/// The flags that zsh knows of a command: `'(--others)*--flag=[...`.
fn in_zsh(script: &str, command: &str) -> BTreeSet<String> {
    let from = if command.is_empty() { Some(0) } else { script.find(&format!("({command})\n_arguments")) };
    let lines = script.split_at(from.expect("a part of its own")).1.lines().take_while(|line| *line != "&& ret=0");
    let specs = lines.filter_map(|line| line.strip_prefix('\''));
    let after =
        specs.map(|spec| spec.strip_prefix('(').and_then(|spec| spec.split_once(')')).map_or(spec, |(_, rest)| rest));
    let flags = after.map(|spec| spec.trim_start_matches('*')).filter(|spec| spec.starts_with('-'));
    flags.filter_map(|spec| spec.split(['=', '+', '[']).next()).map(str::to_owned).collect()
}

/// The flags that fish knows of a command: `-s f -l flag -d '...`.
fn in_fish(script: &str, command: &str) -> BTreeSet<String> {
    let when =
        if command.is_empty() { "needs_command\" ".to_owned() } else { format!("using_subcommand {command}\" ") };
    let flags = script.lines().filter_map(|line| line.split(" -d ").next()?.split_once(&when));
    let words: Vec<&str> = flags.flat_map(|(_, flags)| flags.split(' ')).collect();
    let flag = |pair: &[&str]| match pair {
        ["-s", letter] => Some(format!("-{letter}")),
        ["-l", word] => Some(format!("--{word}")),
        _ => None,
    };
    words.windows(2).filter_map(flag).collect()
}

/// What bash offers for the last of some words.
fn offered(words: &str) -> String {
    let script = format!(
        "source <('{}' generate bash); COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _rdp__probe \
         rdp-probe \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[*]}}\"",
        crate::command::binary().display()
    );
    let output = Command::new("bash").args(["-c", &script]).output().expect("bash runs");
    assert_eq!(stderr(&output), "");
    stdout(&output).trim_end().to_owned()
}

/// Runs a tool on a file and demands that it has nothing to say.
fn silent(tool: &mut Command) {
    let output = tool.output().expect("the tool runs");
    assert!(output.status.success() && stderr(&output).is_empty(), "{tool:?}: {}", stderr(&output));
}

#[test]
fn every_flag_of_every_command_is_in_its_man_page_and_in_every_completion_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    run(&["generate", "man", "--out", folder.path().to_str().expect("a path")]);
    let (zsh, fish) = (made("zsh"), made("fish"));
    for command in commands() {
        let name = format!("rdp-probe {command}");
        let page = folder.path().join(format!("{}.1", name.trim_end().replace(' ', "-")));
        let page = fs::read_to_string(page).expect("a page");
        let bash = offered(&format!("{name} -")).split(' ').map(str::to_owned).collect();
        let made = [("man", on_the_page(&page)), ("bash", bash), ("zsh", in_zsh(&zsh, &command))];
        for (reader, made) in made.into_iter().chain([("fish", in_fish(&fish, &command))]) {
            assert_eq!(made, flags(&command), "{reader}: {name}");
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
    assert_eq!(offered("rdp-probe --evid"), "--evidence --evidence-keys");
    assert_eq!(offered("rdp-probe --format ju"), "junit");
    assert_eq!(offered("rdp-probe wait --until g"), "gate");
    assert_eq!(offered("rdp-probe diag"), "diagnose");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_with_its_name() {
    let output = run(&["generate", "man", "--out", "/nonexistent"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert!(stderr(&output).starts_with("error: cannot write `/nonexistent`: "), "{}", stderr(&output));
}
