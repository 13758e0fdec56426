//! What only a stranger gets wrong.

use super::end::{End, ahead, says_something, timestamps};
use super::host::Host;
use crate::clock::{micros, time};
use crate::evidence::{Flag, Frame, TcpOption};

/// Kinds of signs: two of one kind are no more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// How far the packet has come.
    Ttl,
    /// How its sender makes packets.
    Make,
    /// What its sender knows of the connection.
    Numbers,
    /// When it came.
    Time,
    /// What the host did afterwards.
    Twice,
}

/// Something that the host would not have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) kind: Kind,
    pub(super) entry: usize,
    pub(super) says: String,
}

/// How far the host's counter may go on from one of its packets to the next.
const COUNTED: u16 = 256;

/// All signs, by their kinds.
pub(super) fn of(end: &End<'_>, host: &Host) -> Vec<Sign> {
    let sign = |kind, says: Option<String>| says.map(|says| Sign { kind, entry: end.entry, says });
    // What was not captured may hold what is missing.
    let numbers = || [sign(Kind::Numbers, sequence(end)), sign(Kind::Numbers, acknowledges_unsent(end))];
    let numbers = if end.whole { numbers() } else { [None, None] };
    let make =
        [sign(Kind::Make, no_timestamps(end)), sign(Kind::Make, foreign_echo(end)), sign(Kind::Make, no_count(end))];
    let signs = [sign(Kind::Ttl, ttl(end, host))].into_iter().chain(make).chain(numbers);
    signs.chain([sign(Kind::Time, acknowledges_too_soon(end, host)), twice(end)]).flatten().collect()
}

fn ttl(end: &End<'_>, host: &Host) -> Option<String> {
    let other = host.ttl_of_another(end.frame.ttl)?;
    let ttl = if end.frame.ip == 4 { "TTL" } else { "hop limit" };
    Some(format!("the {} has {ttl} {}, where the host's packets have {other}", end.name(), end.frame.ttl))
}

/// Once agreed on, timestamps stand in every packet but an RST, RFC 7323 3.2.
fn no_timestamps(end: &End<'_>) -> Option<String> {
    let bare = !end.frame.has(Flag::Rst) && timestamps(end.frame).is_none() && end.has_agreed_on_timestamps();
    bare.then(|| "the FIN has no timestamps, which the host had agreed to send".to_owned())
}

fn foreign_echo(end: &End<'_>) -> Option<String> {
    let (_, echo) = timestamps(end.frame).filter(|_| end.whole && end.frame.has(Flag::Ack))?;
    let ours = end.ours().filter_map(|(_, frame)| timestamps(frame));
    let mut values = ours.map(|(value, _)| value).peekable();
    let unknown = values.peek().is_some() && !values.any(|value| value == echo);
    unknown.then(|| format!("the {} gives back a timestamp that we never sent", end.name()))
}

/// A FIN is counted among a host's packets, where it counts them. An RST need not be.
fn no_count(end: &End<'_>) -> Option<String> {
    let id = end.frame.id.filter(|_| !end.frame.has(Flag::Rst))?;
    let ids: Vec<u16> = end.theirs().filter(|frame| !frame.has(Flag::Syn)).filter_map(|frame| frame.id).collect();
    let near = |one: u16, next: u16| (1..=COUNTED).contains(&next.wrapping_sub(one));
    let counts = ids.len() > 1 && ids.iter().zip(ids.iter().skip(1)).all(|(one, next)| near(*one, *next));
    let last = *ids.last().filter(|_| counts)?;
    let apart = last.wrapping_sub(id).min(id.wrapping_sub(last)) > COUNTED;
    apart.then(|| format!("the FIN has IP id {id}, where the host had counted to {last}"))
}

/// An RST repeats what it answers acknowledges, or comes next (RFC 9293 3.5.2); a FIN comes next. What we have not
/// seen may lie between.
fn sequence(end: &End<'_>) -> Option<String> {
    let (seq, next) = (end.frame.seq, end.awaited?);
    let ours = || end.ours().filter(|(_, frame)| frame.has(Flag::Ack)).map(|(_, frame)| frame);
    let answers = end.frame.has(Flag::Rst) && ours().any(|frame| frame.ack == seq);
    let shift = end.ours().find_map(|(_, frame)| frame.options.iter().find_map(scale)).unwrap_or_default();
    let window = ours().next_back().map_or(u32::from(u16::MAX), |frame| u32::from(frame.window) << shift.min(14));
    let last = if end.frame.has(Flag::Rst) { seq } else { end.frame.next_seq().wrapping_sub(1) };
    let comes_next = ahead(last, next).is_some_and(|distance| distance <= window);
    let again = end.frame.has(Flag::Fin) && end.theirs().any(|frame| frame.next_seq() == end.frame.next_seq());
    let says = || match ahead(seq, next) {
        Some(ahead) => format!("{ahead} bytes beyond what was due"),
        None => format!("{} bytes behind what was due", next.wrapping_sub(seq)),
    };
    (!answers && !comes_next && !again).then(|| format!("the {} has a sequence number that is {}", end.name(), says()))
}

fn scale(option: &TcpOption) -> Option<u8> {
    if let TcpOption::WindowScale { shift } = option { Some(*shift) } else { None }
}

fn acknowledges_unsent(end: &End<'_>) -> Option<String> {
    let sent = end.ours().map(|(_, frame)| frame.next_seq());
    let sent = sent.reduce(|most, next| if ahead(next, most).is_some() { next } else { most })?;
    let beyond = ahead(end.frame.ack, sent).filter(|beyond| *beyond > 0 && end.frame.has(Flag::Ack))?;
    Some(format!("the {} acknowledges {beyond} bytes that we had not sent", end.name()))
}

/// It acknowledges what the host cannot have had yet.
fn acknowledges_too_soon(end: &End<'_>, host: &Host) -> Option<String> {
    let mut ours = end.ours().filter(|(_, frame)| says_something(frame) && end.frame.has(Flag::Ack));
    let (sent, _) = ours.find(|(_, frame)| frame.next_seq() == end.frame.ack)?;
    let took = end.at - sent;
    let says = |floor| {
        let (took, floor) = (time(micros(took)), time(micros(floor)));
        format!("the {} acknowledges our bytes {took} after they left, where a round trip takes {floor}", end.name())
    };
    host.floor.filter(|_| host.is_too_soon(took)).map(says)
}

/// The connection goes on after its end: the host knows nothing of that.
fn twice(end: &End<'_>) -> Option<Sign> {
    let refused = end.syn_ack.is_none();
    let (entry, _, frame) = end.afterwards().find(|(_, _, frame)| {
        let accepted = refused && frame.has(Flag::Syn);
        let refused_again = refused && frame.has(Flag::Rst) && frame.ttl != end.frame.ttl;
        accepted || refused_again || (!frame.has(Flag::Rst) && goes_on(end, frame))
    })?;
    let name = end.name();
    let says = if frame.has(Flag::Syn) {
        format!("a SYN+ACK followed the {name}")
    } else if frame.has(Flag::Rst) {
        format!("two RSTs answered our SYN, with TTL {} and {}", end.frame.ttl, frame.ttl)
    } else {
        format!("the host sent {} bytes more after the {name}", frame.payload)
    };
    Some(Sign { kind: Kind::Twice, entry, says })
}

/// Whether a packet brings data from behind the end: what was sent before may only come late.
fn goes_on(end: &End<'_>, frame: &Frame) -> bool {
    let brings = end.syn_ack.is_some() && frame.payload > 0;
    brings && ahead(frame.next_seq(), end.frame.next_seq()).is_some_and(|beyond| beyond > 0)
}
