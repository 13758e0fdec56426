//! The command on a terminal: what it asks there, what it shows there, and how the terminal is left.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::libc::EIO;
use nix::pty::{OpenptyResult, Winsize, openpty};
use nix::sys::termios::{LocalFlags, tcgetattr};
use rdp_lab::bed::{or_skip, shadow};
use rdp_lab::scenario::Scenario;
use rdp_lab::server::LabServer;
use rdp_probe::report::{Look, Report};

use crate::command::{binary, stderr, stdout};
use crate::credentials::{PASSWORD, holds_the_password, proofs};
use crate::fleet::file;

/// A command on a terminal of its own, under whose keys and eyes we are.
struct Terminal {
    ours: File,
    child: Child,
    shown: Vec<u8>,
}

impl Terminal {
    /// Starts the command on a terminal of so many columns, where no password is known.
    fn start(columns: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::start_beside(None, columns, arguments, variables)
    }

    /// The same, where its stdout goes elsewhere.
    fn start_beside(stdout: Option<File>, columns: u16, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let OpenptyResult { master, slave } = openpty(&size, None).expect("a pseudo-terminal");
        let end = || Stdio::from(slave.try_clone().expect("a descriptor"));
        // In a session of its own the terminal is what stands behind /dev/tty. A command that hangs is ended.
        let mut command = Command::new("timeout");
        command.args(["--foreground", "30", "setsid", "--ctty"]).arg(binary()).args(arguments);
        command.env_remove("RDP_PROBE_PASSWORD").env_remove("COLUMNS").env("LC_ALL", "C.UTF-8");
        command.envs(variables.iter().copied());
        let stdout = stdout.map_or_else(end, Stdio::from);
        let child = command.stdin(end()).stdout(stdout).stderr(end()).spawn().expect("timeout runs");
        Self { ours: File::from(master), child, shown: Vec::new() }
    }

    /// Types a line where a password is asked for, once what is typed is not shown any more.
    fn answer(&mut self, prompt: &str, line: &str) {
        while !self.text().contains(prompt) {
            assert!(self.read(), "{prompt} was due: {}", self.text());
        }
        // The prompt is there a moment before; nothing tells of a changed setting, so it is looked at.
        let hidden = || {
            thread::sleep(Duration::from_millis(1));
            !self.echoes()
        };
        assert!((0..10_000).any(|_| hidden()), "what is typed is shown");
        self.ours.write_all(line.as_bytes()).expect("the terminal takes keys");
    }

    /// Whether the terminal shows what is typed.
    fn echoes(&self) -> bool {
        tcgetattr(&self.ours).expect("a terminal").local_flags.contains(LocalFlags::ECHO)
    }

    /// Reads what the terminal is told to show; false when nobody is there any more to tell it.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.ours.read(&mut bytes) {
            Ok(count) => self.shown.extend(&bytes[..count]),
            Err(error) if error.raw_os_error() == Some(EIO) => return false,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Interrupted),
        }
        true
    }

    /// The exit code, once the command has ended.
    fn end(&mut self) -> Option<i32> {
        while self.read() {}
        self.child.wait().expect("it is our own child").code()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_password_is_not_shown() {
    let server = LabServer::start(Scenario::find("nla-required").expect("a scenario")).await.expect("a lab server");
    let target = server.address.to_string();
    let typed = tokio::task::spawn_blocking(move || {
        let arguments = [&target, "--user=alice@zorg.example", "--accept-certificate", "-v"];
        let mut terminal = Terminal::start(80, &arguments, &[]);
        terminal.answer("password of alice@zorg.example: ", &format!("{PASSWORD}\r"));
        (terminal.end(), terminal)
    });
    let (code, terminal) = typed.await.expect("it runs");
    assert_eq!((code, proofs(&server.finish().await)), (Some(1), 1), "{}", terminal.text());
    assert!(terminal.text().contains("credssp.wrong-password"), "{}", terminal.text());
    assert!(!holds_the_password(&terminal.shown), "{}", terminal.text());
    assert!(terminal.echoes());
}

#[test]
fn a_typed_password_opens_the_door() {
    let Some(server) = or_skip(shadow::nla()) else { return };
    let user = format!("--user={}", shadow::USER);
    let mut terminal = Terminal::start(80, &[&server.address.to_string(), &user, "--accept-certificate"], &[]);
    // A slip of the fingers can be mended.
    let (first, rest) = shadow::PASSWORD.split_at(3);
    terminal.answer(": ", &format!("{first}x\x7f{rest}\r"));
    assert_eq!(terminal.end(), Some(0), "{}", terminal.text());
    assert!(terminal.text().contains("PASSED the credential gate, logged on"), "{}", terminal.text());
    assert!(!terminal.text().contains(shadow::PASSWORD), "{}", terminal.text());
}

#[test]
fn ctrl_c_at_the_prompt_ends_the_run_and_leaves_the_terminal_as_it_was() {
    let mut terminal = Terminal::start(80, &["127.0.0.1:1", "--user=alice"], &[]);
    assert!(terminal.echoes());
    terminal.answer("password of alice: ", "secret\x03");
    assert_eq!(terminal.end(), Some(130), "{}", terminal.text());
    assert_eq!(terminal.text(), "password of alice: \r\nerror: interrupted\r\n");
    assert!(terminal.echoes());
}

#[test]
fn without_a_terminal_the_error_names_the_other_ways_to_give_a_password() {
    let mut command = Command::new("setsid");
    command.arg("--wait").arg(binary()).args(["127.0.0.1:1", "--user=alice"]).env_remove("RDP_PROBE_PASSWORD");
    let output = command.stdin(Stdio::null()).output().expect("setsid runs");
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""), "{}", stderr(&output));
    for way in ["no password came from a terminal", "--password-file", "RDP_PROBE_PASSWORD"] {
        assert!(stderr(&output).contains(way), "{way}: {}", stderr(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_as_wide_as_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.json");
    let server = LabServer::start(Scenario::find("key-unusable").expect("a scenario")).await.expect("a lab server");
    let report = Report::new(rdp_lab::probe::run(&rdp_lab::probe::plan(server.address)).await, None);
    std::fs::write(&file, serde_json::to_string(&report).expect("JSON")).expect("a file");
    let arguments = ["diagnose", file.to_str().expect("text"), "--color=never"];

    for (columns, variables, width) in [
        (80, &[][..], 80),
        (40, &[], 60),
        (200, &[], 120),
        (80, &[("COLUMNS", "110")], 110),
        (80, &[("COLUMNS", "wide")], 80),
        (0, &[], Look::default().width),
    ] {
        let mut terminal = Terminal::start(columns, &arguments, variables);
        assert_eq!(terminal.end(), Some(1), "{}", terminal.text());
        let expected = rdp_probe::report::text(&report, Look { width, ..Look::default() });
        assert_eq!(terminal.text().replace("\r\n", "\n"), expected, "{columns} {variables:?}");
    }

    let output = Command::new(binary()).args(arguments).env("COLUMNS", "70").output().expect("rdp-probe runs");
    assert_eq!(stdout(&output), rdp_probe::report::text(&report, Look::default()), "a pipe is no terminal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_counts_on_the_terminal_and_leaves_nothing_there() {
    let (mut servers, mut list) = (Vec::new(), Vec::new());
    for scenario in ["nla-required", "key-unusable", "nla-absent"] {
        let server = LabServer::start(Scenario::find(scenario).expect("a scenario")).await.expect("a lab server");
        list.push(server.address.to_string());
        servers.push(server);
    }
    let run = move |more: &'static str| {
        let (_folder, path) = file("targets.txt", &list.join("\n"));
        let mut reports = tempfile::tempfile().expect("a file");
        let stdout = Some(reports.try_clone().expect("a descriptor"));
        let fleet = ["--targets", path.to_str().expect("text"), "--concurrency", "1", "--skip", "udp"];
        let arguments = [&fleet[..], &["--no-experiments", "--json", more]].concat();
        let mut terminal = Terminal::start_beside(stdout, 80, &arguments, &[]);
        assert_eq!(terminal.end(), Some(1), "{}", terminal.text());
        let mut told = String::new();
        reports.rewind().and_then(|()| reports.read_to_string(&mut told)).expect("text");
        let reports: Vec<Report> = told.lines().map(|line| Report::read(line).expect("a report")).collect();
        assert_eq!(reports.len(), 3, "{told}");
        terminal.text()
    };
    let shown = tokio::task::spawn_blocking(move || ["--color=auto", "--quiet"].map(run)).await.expect("it runs");
    let [bar, quiet] = shown;
    assert_eq!(quiet, "");
    for (done, stopped) in [(0, 0), (1, 0), (2, 1), (3, 1)] {
        let line = format!("] {done} of 3 targets done, {stopped} stopped");
        assert!(bar.contains(&line), "{line} in {bar:?}");
    }
    assert!(bar.starts_with("rdp-probe: [ ") && bar.ends_with("\r\u{1b}[2K"), "{bar:?}");
}
