use std::net::IpAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Error, duration, via};
use crate::phase::Phase;
use crate::plan::Udp;
use crate::sys;
use crate::wire::Way;

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
    /// Which way packets leave; an interface that is not there is an error before anything is sent.
    pub(super) fn way(&self) -> Result<Way, Error> {
        if let Some(name) = self.interface.as_ref().filter(|name| sys::interface_index(name).is_none()) {
            return Err(Error::Usage(format!("`{name}` is no network interface of this host")));
        }
        let via = via::via(self.proxy.as_deref(), self.via_command.as_deref())?;
        Ok(Way { address: self.source, interface: self.interface.clone(), via })
    }

    fn is_direct(&self) -> bool {
        self.proxy.is_none() && self.via_command.is_none()
    }

    /// Refuses a goal that the way does not come by, and a transport that it does not take.
    pub(super) fn leads_to(&self, goal: Phase) -> Result<(), Error> {
        let said = if self.is_direct() && goal == Phase::Proxy {
            "--until proxy needs --proxy or --via-command"
        } else if self.via_command.is_some() && goal < Phase::Proxy {
            "with --via-command the walk begins at `proxy`: the command resolves and connects by itself"
        } else if !self.is_direct() && !self.tcp() {
            "UDP goes through no proxy: leave out --only udp and --skip tcp"
        } else {
            return Ok(());
        };
        Err(Error::Usage(said.to_owned()))
    }

    /// What it adds to the default deadline.
    pub(super) fn takes(&self) -> Duration {
        self.udp_idle.unwrap_or_default()
    }

    /// Whether a transport is walked.
    fn walks(&self, transport: Transport) -> bool {
        self.only.is_none_or(|only| only == transport) && self.skip != Some(transport)
    }

    /// Whether the main connection is walked.
    pub(super) fn tcp(&self) -> bool {
        self.walks(Transport::Tcp)
    }

    /// What is tried over UDP.
    pub(super) fn udp(&self) -> Option<Udp> {
        let udp = Udp { port: self.udp_port, lossy: self.udp_lossy, idle: self.udp_idle };
        (self.is_direct() && self.walks(Transport::Udp)).then_some(udp)
    }
}
