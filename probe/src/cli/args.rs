use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::compare::CompareArgs;
use super::duration;
use super::evidence::EvidenceArgs;
use super::expect::ExpectArgs;
use super::fleet::FleetArgs;
use super::legs::LegArgs;
use super::logon::LogonArgs;
use super::wait::WaitArgs;
use crate::report::Format;

/// Says in which handshake phase a Remote Desktop connection ended, who ended it, and how we know.
#[derive(Debug, Parser)]
#[command(
    name = "rdp-probe",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  \
        rdp-probe srv.example             where does RDP to srv.example stop, and why?\n  \
        rdp-probe -c 10 192.0.2.10:3390   ten walks: does it stop always, and always there?\n  \
        rdp-probe --plan srv.example      what would be sent? (sends nothing)\n  \
        rdp-probe --targets hosts.txt     many hosts, eight at a time\n  \
        rdp-probe explain 0x904 0x7       what does mstsc's error code mean?"
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) probe: ProbeArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Walk a target; the same as naming the target alone.
    Probe(Box<ProbeArgs>),
    /// Explain codes, rules, phases and causes.
    Explain {
        /// A code (`0x904`, `2308`), a pair (`0x904 0x7`), a code's name, a rule, a phase or a cause.
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Put saved reports of several paths side by side, as `--path` does with live ones: exit 0 when they are alike, 1 when they differ.
    Compare(CompareArgs),
    /// Walk again and again until a host lets us go so far: exit 0 when it does, 1 at the deadline.
    Wait(WaitArgs),
    /// Apply today's rules to a saved JSON report, offline.
    Diagnose {
        /// The report.
        file: PathBuf,
        #[command(flatten)]
        output: OutputArgs,
        // Behind it: its heading holds for what follows.
        #[command(flatten)]
        expect: ExpectArgs,
    },
    /// Make the man pages or a shell's completions, from the flags of this build.
    Generate {
        /// For which reader.
        what: Reader,
        /// Into files in this folder [default: on stdout, of the man pages the first].
        #[arg(short, long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Who reads what is made from the flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Reader {
    /// `man`: a page for the command, and one for each subcommand.
    Man,
    /// Completions for bash.
    Bash,
    /// Completions for zsh.
    Zsh,
    /// Completions for fish.
    Fish,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that users set on its own")]
pub(super) struct ProbeArgs {
    /// A name, an address, `[v6]:port`, or a .rdp file.
    #[arg(required_unless_present = "list", value_name = "HOST[:PORT]")]
    pub(super) targets: Vec<String>,

    /// The port of targets that name none.
    #[arg(short, long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) port: Option<u16>,

    /// IPv4 alone.
    #[arg(short = '4', conflicts_with = "ipv6")]
    pub(super) ipv4: bool,

    /// IPv6 alone.
    #[arg(short = '6')]
    pub(super) ipv6: bool,

    /// How many times to walk.
    #[arg(short, long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) count: u32,

    /// How long to wait between walks.
    #[arg(short, long, default_value = "1s", value_parser = duration::parse)]
    pub(super) interval: Duration,

    /// The longest wait for one message (`250ms`, `5s`; a bare number is seconds).
    #[arg(long, default_value = "5s", value_parser = duration::positive)]
    pub(super) timeout: Duration,

    /// The longest time for the whole run [default: 30s or three timeouts, and more for repeats, `--mtu`,
    /// `--udp-idle` and `--path`].
    #[arg(short = 'w', long, value_parser = duration::positive)]
    pub(super) deadline: Option<Duration>,

    /// How far to walk: `gate`, `ready` (the Font Map: a session begins and is left at once), or a phase.
    #[arg(long, default_value = "gate", value_name = "PHASE|gate|ready")]
    pub(super) until: String,

    /// With `--until ready`: go where a server sends us, as mstsc does; two redirections at most, without credentials.
    #[arg(long)]
    pub(super) follow: bool,

    /// The security protocols to offer.
    #[arg(long, value_delimiter = ',', value_name = "LIST", default_value = "ssl,hybrid,hybrid-ex")]
    pub(super) protocols: Vec<ProtocolName>,

    /// The name in the `mstshash` cookie; cut to 9 characters, as mstsc does.
    #[arg(long, conflicts_with = "routing_token", value_name = "NAME")]
    pub(super) cookie: Option<String>,

    /// A routing token in place of the cookie, e.g. `Cookie: msts=...` or a broker's load-balance info.
    #[arg(long, value_name = "TOKEN")]
    pub(super) routing_token: Option<String>,

    /// The name in the ClientHello [default: the target's name; none for an address].
    #[arg(long, value_name = "NAME", conflicts_with = "no_sni")]
    pub(super) sni: Option<String>,

    /// No name in the ClientHello.
    #[arg(long)]
    pub(super) no_sni: bool,

    /// No further walks after a stop: each changes one thing, to tell its causes apart.
    #[arg(long)]
    pub(super) no_experiments: bool,

    /// Look for the largest packet that passes, each way, and for the length that a ClientHello may have.
    #[arg(long)]
    pub(super) mtu: bool,

    /// Look where on the path packets are lost: up to 300 SYNs that expire on the way, of which 3 reach it (10 on a lossy
    /// path); and after an end in negotiate or tls, at which hop it is made: up to 5 walks.
    #[arg(long)]
    pub(super) hops: bool,

    /// A label for this run in the report, e.g. `vpn`.
    #[arg(long, conflicts_with = "paths")]
    pub(super) label: Option<String>,

    /// Print what would be sent, and send nothing.
    #[arg(long)]
    pub(super) plan: bool,

    #[command(flatten)]
    pub(super) output: OutputArgs,

    // Behind what has no heading: its own holds for what follows.
    #[command(flatten)]
    pub(super) expect: ExpectArgs,

    #[command(flatten)]
    pub(super) fleet: FleetArgs,

    #[command(flatten)]
    pub(super) legs: LegArgs,

    #[command(flatten)]
    pub(super) evidence: EvidenceArgs,

    #[command(flatten)]
    pub(super) logon: LogonArgs,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that users set on its own")]
pub(super) struct OutputArgs {
    /// The form of the report on stdout.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    pub(super) format: Format,

    /// The report as JSON on stdout: short for `--format json`.
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,

    /// Also write the report as JSON to a file.
    #[arg(short, long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,

    /// Replace names and addresses by pseudonyms, for tickets.
    #[arg(long)]
    pub(super) redact: bool,

    /// Colour on stdout.
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,

    /// No progress on stderr.
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Progress on stderr, also when that is no terminal.
    #[arg(short, long)]
    pub(super) verbose: bool,
}

impl OutputArgs {
    /// The form that was asked for.
    pub(super) const fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.id()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProtocolName {
    /// Standard RDP Security.
    Rdp,
    /// TLS.
    Ssl,
    /// CredSSP (NLA).
    Hybrid,
    /// RDSTLS.
    Rdstls,
    /// CredSSP with early user authorization.
    #[value(alias = "hybrid_ex")]
    HybridEx,
    /// Microsoft Entra ID.
    Rdsaad,
}
