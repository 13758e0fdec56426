//! The README's CI recipes: their commands are run as the runners run them, against lab servers.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::command::binary;
use crate::formats;

/// One job of a recipe.
struct Job {
    /// What stands for the targets.
    targets: String,
    /// Shell commands, and whether they also run after one that failed.
    steps: Vec<(String, bool)>,
    /// The files that are uploaded whatever happens.
    uploads: Vec<String>,
}

/// The README's YAML block that begins with this line.
fn recipe(begins: &str) -> Value {
    let readme = include_str!("../../README.md");
    let blocks = readme.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let block = blocks.into_iter().find(|block| block.starts_with(begins)).expect("the README has the recipe");
    serde_saphyr::from_str(block).unwrap_or_else(|error| panic!("{begins}: {error}"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn github() -> Job {
    let workflow = recipe("# .github/workflows/rdp.yml\n");
    assert!(workflow["on"].is_object(), "{workflow}");
    let job = &workflow["jobs"]["smoke"];
    let steps = job["steps"].as_array().expect("steps");
    let always = |step: &Value| step["if"] == "always()";
    let uploads = steps.iter().find(|step| step["uses"] == "actions/upload-artifact@v4").expect("an upload");
    assert!(always(uploads), "{uploads}");
    let commands = steps.iter().filter(|step| step["uses"].is_null());
    Job {
        targets: text(&job["env"]["TARGETS"]),
        steps: commands.map(|step| (text(&step["run"]), always(step))).collect(),
        uploads: text(&uploads["with"]["path"]).lines().map(str::to_owned).collect(),
    }
}

fn gitlab() -> Job {
    let job = &recipe("# .gitlab-ci.yml\n")["rdp"];
    let artifacts = &job["artifacts"];
    assert_eq!(artifacts["when"], "always");
    let paths = artifacts["paths"].as_array().expect("paths").iter();
    Job {
        targets: text(&job["variables"]["TARGETS"]),
        steps: job["script"].as_array().expect("a script").iter().map(|line| (text(line), false)).collect(),
        uploads: paths.chain([&artifacts["reports"]["junit"]]).map(text).collect(),
    }
}

/// `rdp-lab serve`, until it is dropped.
struct Lab {
    process: Child,
    address: String,
}

impl Lab {
    fn serve(scenario: &str) -> Self {
        let mut lab = Command::new(env!("CARGO_BIN_EXE_rdp-lab"));
        lab.args(["serve", scenario, "--listen", "127.0.0.1:0"]).stderr(Stdio::piped());
        let mut process = lab.spawn().expect("rdp-lab runs");
        let mut line = String::new();
        BufReader::new(process.stderr.as_mut().expect("a pipe")).read_line(&mut line).expect("it says where it is");
        let address = line.strip_prefix(&format!("rdp-lab: {scenario} at ")).and_then(|rest| rest.split(": ").next());
        Self { address: address.unwrap_or_else(|| panic!("{line}")).to_owned(), process }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a job in a folder of its own. Gives the folder and the exit code of the first step that failed, or 0.
fn run(job: &Job, targets: &str) -> (TempDir, i32) {
    let folder = tempfile::tempdir().expect("a folder");
    let own = binary().parent().expect("a folder").to_owned();
    let path = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let path = env::join_paths([own].into_iter().chain(path)).expect("a path");
    let mut failed = 0;
    for (command, always) in &job.steps {
        if failed == 0 || *always {
            let mut shell = Command::new("bash");
            shell.args(["-e", "-o", "pipefail", "-c", command]).current_dir(folder.path());
            shell.env("PATH", &path).env("TARGETS", targets).env("GITHUB_STEP_SUMMARY", folder.path().join("summary"));
            let code = shell.status().expect("bash runs").code().expect("an exit code");
            failed = if failed == 0 { code } else { failed };
        }
    }
    (folder, failed)
}

/// Holds what a job does on healthy servers, and where one of them has a fault.
fn hold(job: &Job) -> [TempDir; 2] {
    assert_eq!(job.targets.split(' ').count(), 2, "{}", job.targets);
    [(["nla-required", "healthy-tls-ready"], 0), (["nla-required", "key-unusable"], 1)].map(|(scenarios, code)| {
        let labs = scenarios.map(Lab::serve);
        let (folder, failed) = run(job, &labs.each_ref().map(|lab| lab.address.as_str()).join(" "));
        assert_eq!(failed, code, "{scenarios:?}");
        let upload = |file: &str| {
            assert!(job.uploads.iter().any(|upload| upload == file), "{file} is not among {:?}", job.uploads);
            fs::read_to_string(folder.path().join(file)).expect("what is uploaded is there")
        };
        let (junit, json) = (upload("rdp.xml"), upload("rdp.json"));
        assert_eq!(job.uploads.len(), 2);
        assert_eq!((junit.matches("<testsuite ").count(), json.lines().count()), (2, 2), "{junit}");
        assert_eq!(junit.contains("<failure"), code == 1, "{junit}");
        formats::hold(&[junit], formats::junit);
        folder
    })
}

#[test]
fn the_github_recipe_tells_good_servers_from_bad_ones() {
    for (folder, said) in hold(&github()).iter().zip(["PASSED", "STOPPED at tls"]) {
        let summary = fs::read_to_string(folder.path().join("summary")).expect("a summary");
        assert!(summary.contains(said), "{summary}");
    }
}

#[test]
fn the_gitlab_recipe_tells_good_servers_from_bad_ones() {
    hold(&gitlab());
}
