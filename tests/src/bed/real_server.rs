//! A real server, and the place that it is built in.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::certificate::Pair;
use super::error::{Result, io};
use super::front::Front;
use super::port::Port;
use super::process::Process;
use super::xvfb::Display;

/// A real server that listens. Dropping it ends it.
#[derive(Debug)]
pub struct RealServer {
    /// What it is and how it is set, e.g. `xrdp-tls`.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it writes to its outputs.
    pub log: PathBuf,
    // Dropped in this order: nobody is asked any more, then the server ends, then what it stood on.
    _front: Option<Front>,
    _process: Process,
    _display: Option<Display>,
    _home: TempDir,
}

impl RealServer {
    /// The same server, reached through the front.
    pub(super) fn behind(self, front: Front) -> Self {
        Self { address: front.address, _front: Some(front), ..self }
    }
}

/// Where a server is built: its directory, and the port that it will have.
#[derive(Debug)]
pub(super) struct Site {
    name: &'static str,
    home: TempDir,
    port: Port,
}

impl Site {
    /// Takes a directory and a port.
    pub(super) fn new(name: &'static str) -> Result<Self> {
        let home = tempfile::Builder::new().prefix(name).tempdir().map_err(io("make a temporary directory"))?;
        let port = Port::hold().map_err(io("take a port"))?;
        Ok(Self { name, home, port })
    }

    /// The directory, which only this user may enter.
    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where the server is to listen.
    pub(super) fn address(&self) -> SocketAddr {
        self.port.address
    }

    /// What takes the server's outputs. A server that writes a log of its own appends to the same file.
    pub(super) fn log(&self) -> PathBuf {
        self.home().join("server.log")
    }

    /// Writes a file into the directory.
    pub(super) fn write(&self, file: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.home().join(file);
        fs::write(&path, content).map_err(io("write a server's file"))?;
        Ok(path)
    }

    /// Makes a healthy certificate for the server.
    pub(super) fn certificate(&self) -> Result<Pair> {
        Pair::make(self.home(), self.name)
    }

    /// Starts the server, on the display that it needs, and waits until it listens.
    pub(super) fn open(self, command: &Command, display: Option<Display>) -> Result<RealServer> {
        let log = self.log();
        let Self { name, home, port } = self;
        let mut process = Process::start(command, &log)?;
        process.wait_until("it listens", || port.is_listened_to().then_some(()))?;
        let address = port.address;
        Ok(RealServer { name, address, log, _front: None, _process: process, _display: display, _home: home })
    }
}
