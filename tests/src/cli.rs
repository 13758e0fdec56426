//! The command `rdp-lab`.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::thread;

use clap::{Parser, Subcommand};
use rdp_probe::credentials::UserError;
use rdp_probe::evidence::Senses;
use rdp_probe::report::{self, Report};
use tokio::runtime::Builder;

use crate::probe;
use crate::scenario::{DEFAULT, Scenario, ScenarioError};
use crate::server::{LabServer, StartError};

/// A lab RDP server that obeys a script.
#[derive(Debug, Parser)]
#[command(name = "rdp-lab", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts a scenario's server on loopback and probes it; exit 0 when the probe found all that is expected
    Demo {
        /// The scenario's name, or the path of a TOML file
        #[arg(default_value = DEFAULT)]
        scenario: String,
    },
    /// Serves a scenario to real clients until Ctrl-C, and says on stderr what each connection did
    Serve {
        /// The scenario's name, or the path of a TOML file
        scenario: String,
        /// Where to listen
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3389")]
        listen: SocketAddr,
    },
    /// Carries stdin and stdout over a connection, as `ssh -W` does; exit 1 when there is none
    Relay {
        /// Where to
        address: SocketAddr,
    },
    /// Lists the scenarios with the expected stop
    List,
}

/// Why the command could not run.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    User(#[from] UserError),
    #[error("scenario `{0}` expects nothing: without an [expect] a demo has nothing to check")]
    Aimless(String),
    #[error("cannot go on: {0}")]
    Io(#[from] io::Error),
}

/// Runs the command with the process's own arguments: exit 2 when it could not run.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    run(cli.command).unwrap_or_else(|error| {
        // Whoever closes the pipe has read enough.
        if matches!(&error, Error::Io(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        anstream::eprintln!("error: {error}");
        ExitCode::from(2)
    })
}

fn run(command: Command) -> Result<ExitCode, Error> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match command {
        Command::List => list(),
        Command::Relay { address } => relay(address),
        Command::Demo { scenario } => runtime.block_on(demo(Scenario::find(&scenario)?)),
        Command::Serve { scenario, listen } => runtime.block_on(serve(Scenario::find(&scenario)?, listen)),
    }
}

fn list() -> Result<ExitCode, Error> {
    let mut stdout = anstream::stdout().lock();
    for scenario in Scenario::all() {
        let scenario = scenario?;
        writeln!(stdout, "{:31}  {:20}  {}", scenario.name, scenario.expect.stop(), scenario.about)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Both ways until the other side closes.
fn relay(address: SocketAddr) -> Result<ExitCode, Error> {
    let Ok(mut theirs) = TcpStream::connect(address) else { return Ok(ExitCode::FAILURE) };
    let mut ours = theirs.try_clone()?;
    thread::spawn(move || {
        // Whoever closes first has heard enough.
        let _ = io::copy(&mut io::stdin().lock(), &mut ours);
        let _ = ours.shutdown(Shutdown::Write);
    });
    let mut bytes = vec![0; 16 * 1024];
    loop {
        match theirs.read(&mut bytes)? {
            0 => return Ok(ExitCode::SUCCESS),
            count => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes.get(..count).unwrap_or_default())?;
                stdout.flush()?;
            }
        }
    }
}

async fn demo(scenario: Scenario) -> Result<ExitCode, Error> {
    let expect = scenario.expect.clone();
    if expect.is_empty() {
        return Err(Error::Aimless(scenario.name));
    }
    anstream::eprintln!("rdp-lab: {}: {}", scenario.name, scenario.about);
    let server = LabServer::start(scenario.clone()).await?;
    let plan = probe::plan_of(&scenario, server.address)?;
    let survey = probe::run_with(&plan, &mut Senses::open()).await;
    let report = Report::new(survey, None);
    // anstream takes the colours out where nobody would see them.
    let mut stdout = anstream::stdout().lock();
    let look = report::Look { colour: true, ascii: false, width: rdp_probe::cli::columns() };
    write!(stdout, "{}", report::text(&report, look))?;
    stdout.flush()?;

    let connections = server.finish().await;
    let mut differences = expect.differences(&report.survey, &report.verdict, connections.len());
    let proofs: usize = connections.iter().map(|connection| connection.authenticates).sum();
    if proofs > usize::from(scenario.logon.is_some()) {
        differences.push(format!("the probe sent {proofs} NTLM AUTHENTICATE, one at most with credentials"));
    }
    for difference in &differences {
        anstream::eprintln!("rdp-lab: not as expected: {difference}");
    }
    Ok(ExitCode::from(u8::from(!differences.is_empty())))
}

async fn serve(scenario: Scenario, listen: SocketAddr) -> Result<ExitCode, Error> {
    let (name, about) = (scenario.name.clone(), scenario.about.clone());
    let mut server = LabServer::listen(scenario, listen).await?;
    anstream::eprintln!("rdp-lab: {name} at {}: {about}", server.address);
    anstream::eprintln!("rdp-lab: Ctrl-C ends it");
    loop {
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                for flow in server.flows.seen() {
                    anstream::eprintln!("rdp-lab: {flow}");
                }
                return Ok(ExitCode::SUCCESS);
            }
            // A server that nobody can reach reports nothing, ever.
            Some(connection) = server.next() => anstream::eprintln!("rdp-lab: {connection}"),
        }
    }
}
