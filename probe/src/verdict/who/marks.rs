//! What marks a packet as the host's own.

use std::time::Duration;

use super::end::{End, ahead, timestamps};
use super::host::{EACH_TIME, Host};
use crate::clock::{micros, time};
use crate::evidence::Flag;
use crate::survey::Survey;
use crate::walk::Walk;

/// What shows that the host sent the end.
pub(super) struct Mark {
    pub(super) entry: usize,
    pub(super) says: String,
}

/// How far the host's counter of packets goes on to the next on one connection.
const NEXT: u16 = 4;

/// How far a timestamp may be behind that of the SYN+ACK: SYN cookies keep other things in its lowest bits.
const COOKIE: u32 = 64;

/// The first mark of a packet that has the host's TTL.
pub(super) fn of(survey: &Survey, walk: &Walk, end: &End<'_>, host: &Host) -> Option<Mark> {
    if !host.sends_with(end.frame.ttl) {
        return None;
    }
    let mark = |says| Mark { entry: end.entry, says };
    let own = knows_the_time(end).or_else(|| counts_on(end)).map(mark);
    own.or_else(|| ended_before(end, host)).or_else(|| always_in_time(survey, walk, end, host).map(mark))
}

/// It goes on with the host's timestamps, and gives back one of ours.
fn knows_the_time(end: &End<'_>) -> Option<String> {
    let (value, echo) = timestamps(end.frame)?;
    let (known, _) = end.theirs().filter_map(timestamps).next_back()?;
    let ours = end.ours().filter_map(|(_, frame)| timestamps(frame)).any(|(value, _)| value == echo);
    let goes_on = ahead(value.wrapping_add(COOKIE), known).is_some();
    let says = format!("the {} goes on with the host's TTL, {}, and its timestamps", end.name(), end.frame.ttl);
    (ours && goes_on).then_some(says)
}

/// Its IP identification is the host's next.
fn counts_on(end: &End<'_>) -> Option<String> {
    let id = end.frame.id?;
    let last = end.theirs().filter_map(|frame| frame.id).next_back().filter(|last| *last > 0)?;
    let next = (1..=NEXT).contains(&id.wrapping_sub(last));
    next.then(|| {
        format!("the {} goes on with the host's TTL, {}, and its IP ids: {id} after {last}", end.name(), end.frame.ttl)
    })
}

/// The end was under way when we sent our last byte: the host resets that too, once it comes there.
fn ended_before(end: &End<'_>, host: &Host) -> Option<Mark> {
    let (sent, _) = end.last_of_ours().filter(|_| end.elapsed().is_some_and(|took| host.is_soon(took)))?;
    let reset = end
        .afterwards()
        .find(|(_, at, frame)| frame.has(Flag::Rst) && host.sends_with(frame.ttl) && host.is_in_time(*at - sent));
    let says = format!("the {} was under way: the host reset our last byte too, when that had come there", end.name());
    reset.map(|(entry, ..)| Mark { entry, says })
}

/// Walk after walk it comes when it can have come from the host, and never sooner.
fn always_in_time(survey: &Survey, walk: &Walk, end: &End<'_>, host: &Host) -> Option<String> {
    let alike = survey.walks.iter().filter(|other| other.address == walk.address && other.ended_as(walk));
    let took: Option<Vec<Duration>> = alike.map(|other| End::find(&other.tape)?.elapsed()).collect();
    let took = took.filter(|took| took.len() >= EACH_TIME && took.iter().all(|took| host.is_in_time(*took)))?;
    let says = format!(
        "the {} has the host's TTL, {}, and in {} walks came no sooner than {} after our last byte",
        end.name(),
        end.frame.ttl,
        took.len(),
        time(micros(*took.iter().min()?))
    );
    (host.is_distant() && end.syn_ack.is_some()).then_some(says)
}
