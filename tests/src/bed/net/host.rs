//! One end or one router of a path, and what may be done there.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::runtime::Builder;

use super::firewall::{Counter, Rule};
use super::inspector::Inspector;
use super::lab::Lab;
use super::namespace::Namespace;
use crate::bed::error::{Result, io};
use crate::bed::process::{feed, refused};
use crate::scenario::Scenario;

/// The user and the group `nobody`.
const NOBODY: u32 = 65_534;

/// A host of the bed: a network namespace with its addresses.
#[derive(Debug)]
pub struct Host {
    /// Its IPv4 address; that towards the client, where it has two.
    pub v4: Ipv4Addr,
    /// Its IPv6 address; that towards the client, where it has two.
    pub v6: Ipv6Addr,
    namespace: Namespace,
    /// Rules until now.
    rules: AtomicU32,
}

impl Host {
    pub(super) fn new(namespace: Namespace, v4: Ipv4Addr, v6: Ipv6Addr) -> Self {
        Self { v4, v6, namespace, rules: AtomicU32::new(0) }
    }

    /// Its addresses, the IPv4 one first.
    pub fn addresses(&self) -> [IpAddr; 2] {
        [self.v4.into(), self.v6.into()]
    }

    /// Does the work on a thread inside the namespace, and waits for it. Sockets and processes that it makes are inside
    /// too, and stay there.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.namespace.run(work)
    }

    /// As [`Self::run`], in a runtime of its own on that one thread.
    ///
    /// # Panics
    /// If the system gives no runtime.
    pub fn block_on<T: Send, F: Future<Output = T>>(&self, work: impl FnOnce() -> F + Send) -> T {
        self.run(|| {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(work())
        })
    }

    /// Runs a program here to its end.
    pub fn output(&self, command: &mut Command) -> Result<Output> {
        let program = command.get_program().to_string_lossy().into_owned();
        self.run(|| command.stdin(Stdio::null()).output()).map_err(refused(&program))
    }

    /// Starts a lab server here, on port 3389 of every address of the host.
    pub fn lab(&self, scenario: Scenario) -> Result<Lab> {
        Lab::start(&self.namespace, self.addresses(), scenario)
    }

    /// Adds a rule behind those that are there.
    pub fn firewall(&self, rule: Rule) -> Result<Counter> {
        let number = self.rules.fetch_add(1, Ordering::Relaxed);
        Counter::add(&self.namespace, format!("rule{number}"), rule)
    }

    /// Ends every connection to a server's port at an inspector here, which shows a certificate for this name.
    pub fn inspect(&self, server: SocketAddr, name: &str) -> Result<Inspector> {
        let inspector = self.run(|| Inspector::start(server, name))?;
        self.firewall(Rule::redirect(server.port(), inspector.port()))?;
        Ok(inspector)
    }

    /// Runs commands of `ip`, one a line, without the word `ip`.
    pub fn ip(&self, commands: &str) -> Result<()> {
        self.run(|| feed(Command::new("ip").args(["-batch", "-"]), commands)).map(drop)
    }

    /// Sets a kernel parameter of the namespace, by its path below `/proc/sys`.
    pub fn sysctl(&self, name: &str, value: &str) -> Result<()> {
        self.run(|| fs::write(format!("/proc/sys/{name}"), value)).map_err(io("set a kernel parameter"))
    }

    pub(super) fn namespace(&self) -> &Namespace {
        &self.namespace
    }
}

/// Lets a command run as `nobody`, in no group but that, and so without a capability.
pub fn unprivileged(command: &mut Command) -> &mut Command {
    command.uid(NOBODY).gid(NOBODY)
}
