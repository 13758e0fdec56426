use std::net::SocketAddr;
use std::time::Duration;

use super::end::is_theirs;
use crate::clock::{micros, time};
use crate::evidence::{Flag, Frame, Recording};
use crate::survey::Survey;
use crate::verdict::rule::Evidence;
use crate::walk::Walk;

/// Below this round trip, scheduling and not distance decides how soon a packet is seen.
pub(in crate::verdict) const FAR: Duration = Duration::from_millis(1);

/// From this round trip on, a device on the way is told from the host by time alone, where it is so each time.
const DISTANT: Duration = Duration::from_millis(5);

/// So many walks tell what is so each time.
pub(super) const EACH_TIME: usize = 3;

/// What the packets of all walks to an address show of the host there.
pub(super) struct Host {
    /// TTLs of its SYN+ACKs.
    accepting: Vec<u8>,
    /// TTLs of its other packets, but for those that end a connection.
    speaking: Vec<u8>,
    /// The least round trip that was seen.
    pub(super) floor: Option<Duration>,
    /// In how many walks one was seen.
    seen: usize,
}

impl Host {
    pub(super) fn of(survey: &Survey, address: Option<SocketAddr>) -> Self {
        let walks = || survey.walks.iter().filter(|walk| walk.address == address);
        let ttls = |pick: fn(&Frame) -> bool| {
            let mut ttls: Vec<u8> = walks().flat_map(|walk| ttls(&walk.tape, pick)).map(|(_, ttl)| ttl).collect();
            ttls.sort_unstable();
            ttls.dedup();
            ttls
        };
        let round_trips: Vec<Duration> = walks().filter_map(|walk| walk.tape.least_rtt()).collect();
        let floor = round_trips.iter().min().copied();
        Self { accepting: ttls(accepts), speaking: ttls(speaks), floor, seen: round_trips.len() }
    }

    /// Whether packets with this TTL can be the host's own.
    pub(super) fn sends_with(&self, ttl: u8) -> bool {
        let known = if self.speaking.is_empty() { &self.accepting } else { &self.speaking };
        known.contains(&ttl)
    }

    /// What the host's packets have instead, where none of them has this TTL.
    pub(super) fn ttl_of_another(&self, ttl: u8) -> Option<u8> {
        let mut known = self.speaking.iter().chain(&self.accepting);
        if known.clone().any(|known| *known == ttl) { None } else { known.next().copied() }
    }

    /// Whether a packet is sooner than most that went to the host and back. A quarter is left to jitter.
    pub(super) fn is_soon(&self, took: Duration) -> bool {
        self.floor.is_some_and(|floor| floor >= FAR && took < floor.mul_f64(0.75))
    }

    /// Whether nothing can go to the host and back in this time: one round trip alone may have been a slow one.
    pub(super) fn is_too_soon(&self, took: Duration) -> bool {
        self.is_distant() && self.is_soon(took)
    }

    /// Whether it is so far away, and that is so well known, that time tells it from what is near.
    pub(super) fn is_distant(&self) -> bool {
        self.seen >= EACH_TIME && self.floor.is_some_and(|floor| floor >= DISTANT)
    }

    /// Whether a packet can have gone to the host and back in this time.
    pub(super) fn is_in_time(&self, took: Duration) -> bool {
        self.floor.is_some_and(|floor| took >= floor.mul_f64(0.95))
    }
}

fn accepts(frame: &Frame) -> bool {
    frame.has(Flag::Syn)
}

fn speaks(frame: &Frame) -> bool {
    !frame.has(Flag::Syn) && !frame.has(Flag::Rst) && !frame.has(Flag::Fin)
}

/// The TTLs of packets of the other side.
fn ttls(tape: &Recording, pick: fn(&Frame) -> bool) -> impl Iterator<Item = (usize, u8)> {
    let picked = tape.frames().filter(move |(_, _, frame)| is_theirs(frame) && pick(frame));
    picked.map(|(entry, _, frame)| (entry, frame.ttl))
}

/// Answers that have to be slow before their slowness says something.
const ANSWERS: usize = 4;

/// How slow the quickest of them has to be, absolutely and against the SYN+ACK.
const SLOW: Duration = Duration::from_millis(20);
const TIMES: u32 = 10;

/// Signs that something nearer than the host accepts connections in its name.
pub(in crate::verdict) fn false_open(survey: &Survey) -> Option<Evidence> {
    by_ttl(survey).or_else(|| by_time(survey))
}

/// The SYN+ACK has another TTL than all that follows.
fn by_ttl(survey: &Survey) -> Option<Evidence> {
    survey.numbered_repeats().find_map(|(index, walk)| {
        let (accepted, front) = ttls(&walk.tape, accepts).next()?;
        let mut data =
            walk.tape.frames().filter(|(_, _, frame)| is_theirs(frame) && speaks(frame) && frame.payload > 0);
        let (answered, back) = data.next().map(|(entry, _, frame)| (entry, frame.ttl))?;
        let differ = front != back && data.all(|(_, _, frame)| frame.ttl == back);
        let evidence = || Evidence::new(index, accepted, format!("the SYN+ACK came with TTL {front}"));
        differ.then(|| evidence().and(index, answered, format!("all data came with TTL {back}")))
    })
}

/// The SYN+ACK is far quicker than any answer.
fn by_time(survey: &Survey) -> Option<Evidence> {
    let address = survey.baseline()?.address;
    let walks = || survey.walks.iter().enumerate().filter(move |(_, walk)| walk.address == address);
    let quick = walks().filter_map(|(index, walk)| Some((index, walk, walk.tape.syn_rtt()?)));
    let (index, walk, syn) = quick.min_by_key(|(.., took)| *took)?;
    let mut answers: Vec<Duration> = walks().flat_map(|(_, walk)| turns(walk)).collect();
    answers.sort_unstable();
    let least =
        *answers.first().filter(|least| answers.len() >= ANSWERS && **least >= SLOW && **least >= syn * TIMES)?;
    let (entry, _) = ttls(&walk.tape, accepts).next()?;
    let says = format!(
        "the SYN+ACK took {}, and none of {} answers less than {}",
        time(micros(syn)),
        answers.len(),
        time(micros(least))
    );
    Some(Evidence::new(index, entry, says))
}

/// How long each answer took after what it answers.
fn turns(walk: &Walk) -> Vec<Duration> {
    let mut asked = None;
    let mut turns = Vec::new();
    for (_, at, frame) in walk.tape.frames().filter(|(_, _, frame)| frame.payload > 0) {
        if !is_theirs(frame) {
            asked = Some(at);
        } else if let Some(asked) = asked.take() {
            turns.push(at - asked);
        }
    }
    turns
}
