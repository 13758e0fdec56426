use std::net::IpAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Error, duration, paths, via};
use crate::phase::Phase;
use crate::plan::Udp;
use crate::wire::{Via, Way};

#[derive(Debug, Args)]
#[command(next_help_heading = "Ways and transports")]
pub(super) struct LegArgs {
    /// Leave from this address of ours.
    #[arg(short = 'S', long, value_name = "ADDR")]
    source: Option<IpAddr>,

    /// Leave by this network interface.
    #[arg(short = 'I', long, value_name = "NAME")]
    interface: Option<String>,

    /// Go through this proxy, which is asked for the target by name; the password of USER is read from
    /// `RDP_PROBE_PROXY_PASSWORD`. No UDP, and nothing is told of the path.
    #[arg(long, value_name = "socks5://[USER@]HOST[:PORT]|http://HOST[:PORT]")]
    proxy: Option<String>,

    /// Go through a command whose input and output are the connection, e.g. `ssh -W %h:%p jump`; `%h` and `%p` stand
    /// for the target's name and port. No shell reads it.
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["proxy", "source", "interface"])]
    via_command: Option<String>,

    /// Walk several paths to the target in turns, and put them side by side: `vpn=if:tun0`, `direct=from:192.0.2.7`,
    /// `jump=socks5://HOST`, `jump=http://HOST`, `jump=command:COMMAND`, or `here=default`.
    #[arg(long = "path", value_name = "NAME=WAY", conflicts_with_all = ["proxy", "via_command", "source", "interface"])]
    paths: Vec<String>,

    /// Walk this transport alone.
    #[arg(long, value_name = "tcp|udp", value_enum)]
    only: Option<Transport>,

    /// Leave this transport out.
    #[arg(long, value_name = "tcp|udp", value_enum, conflicts_with = "only")]
    skip: Option<Transport>,

    /// The UDP port [default: the target's; 3391 is tried as an RD Gateway's DTLS, 3478 as STUN].
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    udp_port: Option<u16>,

    /// Try the lossy mode of RDP-UDP too, with DTLS in it.
    #[arg(long)]
    udp_lossy: bool,

    /// Leave a flow over UDP idle for so long, and see whether it still carries: devices on the way forget.
    #[arg(long, value_name = "TIME", value_parser = duration::positive)]
    udp_idle: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Transport {
    Tcp,
    Udp,
}

impl LegArgs {
    /// Which ways packets leave: one, or those of the paths that are put side by side.
    pub(super) fn ways(&self) -> Result<Vec<Way>, Error> {
        if self.compares() {
            return paths::ways(&self.paths);
        }
        let interface = self.interface.as_deref().map(paths::interface).transpose()?;
        let via = via::via(self.proxy.as_deref(), self.via_command.as_deref())?;
        let address = self.source.map(paths::address).transpose()?;
        Ok(vec![Way { name: None, address, interface, via }])
    }

    /// Whether paths are put side by side.
    pub(super) fn compares(&self) -> bool {
        !self.paths.is_empty()
    }

    /// Refuses a goal that the way does not come by, and a transport that it does not take.
    pub(super) fn leads(&self, way: &Way, goal: Phase) -> Result<(), Error> {
        let said = match &way.via {
            None if goal == Phase::Proxy => "--until proxy needs --proxy or --via-command",
            Some(Via::Command(_)) if goal < Phase::Proxy => {
                "through a command the walk begins at `proxy`: the command resolves and connects by itself"
            }
            Some(_) if !self.tcp() => "UDP goes through no proxy: leave out --only udp and --skip tcp",
            _ => return Ok(()),
        };
        Err(Error::Usage(said.to_owned()))
    }

    /// The default deadline, where one path without idle flows has `alone`.
    pub(super) fn deadline(&self, alone: Duration) -> Duration {
        let paths = u32::try_from(self.paths.len()).unwrap_or(u32::MAX).max(1);
        (alone + self.udp_idle.unwrap_or_default()) * paths
    }

    /// Whether a transport is walked.
    fn walks(&self, transport: Transport) -> bool {
        self.only.is_none_or(|only| only == transport) && self.skip != Some(transport)
    }

    /// Whether the main connection is walked.
    pub(super) fn tcp(&self) -> bool {
        self.walks(Transport::Tcp)
    }

    /// What is tried over UDP on a way; nothing goes through a proxy.
    pub(super) fn udp(&self, way: &Way) -> Option<Udp> {
        let udp = Udp { port: self.udp_port, lossy: self.udp_lossy, idle: self.udp_idle };
        (way.via.is_none() && self.walks(Transport::Udp)).then_some(udp)
    }
}
