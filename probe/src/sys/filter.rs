//! Which packets the kernel hands to the capture: those of one flow, and the ICMP errors about it. Classic BPF, made
//! from questions that are asked of a packet whose first byte is the first of its IP header.

use std::net::{IpAddr, SocketAddr};

use socket2::SockFilter;

/// A TCP connection of ours, known before its first packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// The other side.
    pub remote: SocketAddr,
    /// The port on our side.
    pub local_port: u16,
}

/// A question that is asked of a packet.
enum Ask {
    /// Whether what is loaded is this.
    Is(Load, u32),
    /// Whether what is loaded is at least this.
    AtLeast(Load, u32),
    Not(Box<Ask>),
    All(Vec<Ask>),
    Any(Vec<Ask>),
}

/// Instructions, each as code and operand, that bring a value into the accumulator.
type Load = Vec<(u32, u32)>;

/// Types of packets as `linux/if_packet.h` counts them.
const PACKET_HOST: u32 = 0;
const PACKET_OUTGOING: u32 = 4;

const IPV4: u32 = 0x0800;
const IPV6: u32 = 0x86dd;
const TCP: u32 = 6;
const ICMP: u32 = 1;
const ICMPV6: u32 = 58;

/// ICMP types that quote a packet: unreachable, source quench, redirect, time exceeded, parameter problem.
const ICMP_ERRORS: &[u32] = &[3, 4, 5, 11, 12];

/// ICMPv6 types from here on are no errors, RFC 4443 2.1.
const ICMPV6_INFORMATIONAL: u32 = 128;

/// The length of an ICMP or ICMPv6 header that is followed by a quoted packet.
const ICMP_HEADER: u32 = 8;

/// The length of an IPv6 header; packets with extension headers are not ours to read.
const IPV6_HEADER: u32 = 40;

/// The filter that accepts nothing.
pub(super) fn nothing() -> Vec<SockFilter> {
    vec![end(0)]
}

/// The filter that accepts one flow, in both directions, and the ICMP errors about what we sent.
pub(super) fn only(flow: Flow) -> Vec<SockFilter> {
    let Flow { remote, local_port } = flow;
    let ports = [u32::from(local_port), u32::from(remote.port())];
    let ip = match remote.ip().to_canonical() {
        IpAddr::V4(remote) => v4(remote.to_bits(), ports),
        IpAddr::V6(remote) => v6(&remote.octets(), ports),
    };
    // From the end to the begin: the two ends first, then each question before those that it leads to.
    let mut program = vec![end(0), end(u32::MAX)];
    Ask::All(vec![once(), ip]).append(&mut program, 1, 0);
    program.reverse();
    program
}

/// Whether it came for us or goes out, and not both: on the loopback interface everything does both.
fn once() -> Ask {
    let (kind, hardware) = (ancillary(libc::SKF_AD_PKTTYPE), ancillary(libc::SKF_AD_HATYPE));
    let loopback = Ask::Is(hardware, u32::from(libc::ARPHRD_LOOPBACK));
    let leaves = Ask::All(vec![Ask::Is(kind.clone(), PACKET_OUTGOING), Ask::Not(Box::new(loopback))]);
    Ask::Any(vec![Ask::Is(kind, PACKET_HOST), leaves])
}

fn v4(remote: u32, [ours, theirs]: [u32; 2]) -> Ask {
    // Behind the header, whose length is in its first byte; behind the quoted header, likewise.
    let behind = |code, at| vec![(libc::BPF_LDX | libc::BPF_B | libc::BPF_MSH, 0), (code | libc::BPF_IND, at)];
    let quoted = |at| {
        let mut load = behind(BYTE, ICMP_HEADER);
        load.extend([
            (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, 0x0f),
            (libc::BPF_ALU | libc::BPF_LSH | libc::BPF_K, 2),
            (libc::BPF_ALU | libc::BPF_ADD | libc::BPF_X, 0),
            (libc::BPF_MISC | libc::BPF_TAX, 0),
            (HALF | libc::BPF_IND, ICMP_HEADER + at),
        ]);
        load
    };
    let first = |mut load: Load| {
        // Later fragments have no ports.
        load.push((libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, 0x1fff));
        Ask::Is(load, 0)
    };
    let way = |address, [from, to]: [u32; 2]| {
        Ask::All(vec![Ask::Is(at(WORD, address), remote), Ask::Is(behind(HALF, 0), from), Ask::Is(behind(HALF, 2), to)])
    };
    let tcp =
        Ask::All(vec![Ask::Is(at(BYTE, 9), TCP), Ask::Any(vec![way(16, [ours, theirs]), way(12, [theirs, ours])])]);
    let icmp = Ask::All(vec![
        Ask::Is(at(BYTE, 9), ICMP),
        Ask::Any(ICMP_ERRORS.iter().map(|kind| Ask::Is(behind(BYTE, 0), *kind)).collect()),
        Ask::Is(behind(BYTE, ICMP_HEADER + 9), TCP),
        first(behind(HALF, ICMP_HEADER + 6)),
        Ask::Is(behind(WORD, ICMP_HEADER + 16), remote),
        Ask::Is(quoted(0), ours),
        Ask::Is(quoted(2), theirs),
    ]);
    Ask::All(vec![Ask::Is(ancillary(libc::SKF_AD_PROTOCOL), IPV4), first(at(HALF, 6)), Ask::Any(vec![tcp, icmp])])
}

fn v6(remote: &[u8; 16], [ours, theirs]: [u32; 2]) -> Ask {
    let is = |address: u32| {
        let words = remote.as_chunks().0.iter().map(|word| u32::from_be_bytes(*word));
        Ask::All((address..).step_by(4).zip(words).map(|(place, word)| Ask::Is(at(WORD, place), word)).collect())
    };
    let ports =
        |place, [from, to]: [u32; 2]| Ask::All(vec![Ask::Is(at(HALF, place), from), Ask::Is(at(HALF, place + 2), to)]);
    let leaves = Ask::All(vec![is(24), ports(IPV6_HEADER, [ours, theirs])]);
    let comes = Ask::All(vec![is(8), ports(IPV6_HEADER, [theirs, ours])]);
    let tcp = Ask::All(vec![Ask::Is(at(BYTE, 6), TCP), Ask::Any(vec![leaves, comes])]);
    let quoted = IPV6_HEADER + ICMP_HEADER;
    let icmp = Ask::All(vec![
        Ask::Is(at(BYTE, 6), ICMPV6),
        Ask::Not(Box::new(Ask::AtLeast(at(BYTE, IPV6_HEADER), ICMPV6_INFORMATIONAL))),
        Ask::Is(at(BYTE, quoted + 6), TCP),
        is(quoted + 24),
        ports(quoted + IPV6_HEADER, [ours, theirs]),
    ]);
    Ask::All(vec![Ask::Is(ancillary(libc::SKF_AD_PROTOCOL), IPV6), Ask::Any(vec![tcp, icmp])])
}

const BYTE: u32 = libc::BPF_LD | libc::BPF_B;
const HALF: u32 = libc::BPF_LD | libc::BPF_H;
const WORD: u32 = libc::BPF_LD | libc::BPF_W;

/// What stands at a place that is the same in every packet.
fn at(code: u32, place: u32) -> Load {
    vec![(code | libc::BPF_ABS, place)]
}

/// What the kernel knows of a packet besides its bytes.
fn ancillary(what: libc::c_int) -> Load {
    at(WORD, (libc::SKF_AD_OFF + what).cast_unsigned())
}

fn end(accepted: u32) -> SockFilter {
    instruction(libc::BPF_RET | libc::BPF_K, accepted, 0, 0)
}

impl Ask {
    /// Appends the question to a program that is written from its end. It goes on at `yes` or at `no`, which are
    /// counted from the end too.
    fn append(self, program: &mut Vec<SockFilter>, yes: usize, no: usize) {
        match self {
            Self::Is(load, value) => branch(program, libc::BPF_JEQ, load, value, yes, no),
            Self::AtLeast(load, value) => branch(program, libc::BPF_JGE, load, value, yes, no),
            Self::Not(ask) => ask.append(program, no, yes),
            Self::All(asks) => {
                asks.into_iter().rev().fold(yes, |yes, ask| {
                    ask.append(program, yes, no);
                    program.len() - 1
                });
            }
            Self::Any(asks) => {
                asks.into_iter().rev().fold(no, |no, ask| {
                    ask.append(program, yes, no);
                    program.len() - 1
                });
            }
        }
    }
}

/// Loads, compares and jumps. Jumps lead forward alone, over at most 255 instructions: our programs have fewer.
fn branch(program: &mut Vec<SockFilter>, test: u32, load: Load, value: u32, yes: usize, no: usize) {
    let own = program.len();
    let over = |to: usize| u8::try_from(own - to - 1).unwrap_or(u8::MAX);
    program.push(instruction(libc::BPF_JMP | test | libc::BPF_K, value, over(yes), over(no)));
    program.extend(load.into_iter().rev().map(|(code, operand)| instruction(code, operand, 0, 0)));
}

fn instruction(code: u32, operand: u32, yes: u8, no: u8) -> SockFilter {
    // Codes are 16 bits wide; libc's constants are not.
    SockFilter::new(u16::try_from(code).unwrap_or_default(), yes, no, operand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_jump_is_too_long() {
        for remote in ["192.0.2.1:3389", "[2001:db8::1]:3389"] {
            let program = only(Flow { remote: remote.parse().unwrap(), local_port: 40_000 });
            assert!(u8::try_from(program.len()).is_ok(), "{}", program.len());
        }
    }
}
