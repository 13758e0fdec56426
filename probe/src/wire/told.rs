use crate::clock::{Moment, micros};
use crate::evidence::Recording;
use crate::phase::Phase;
use crate::stop::{Cause, Stop};

impl Stop {
    /// A stop, with what the tape says of its moment: what was awaited and for how long, and how soon after our last
    /// byte the other side ended it.
    /// `partial` bytes had come that made no whole message.
    pub(super) fn told(phase: Phase, cause: Cause, now: Moment, partial: usize, recording: &Recording) -> Self {
        let awaiting = recording.during(phase).filter_map(|(_, e)| Some((e.at, e.event.awaiting()?))).next_back();
        let ended = recording.ended().map(|(_, entry, _)| entry.at);
        let after = ended.and_then(|at| Some(at - recording.last_sent(at)?.1.at));
        let rtt = recording.path_rtt().map(|rtt| rtt.as_secs_f64()).filter(|rtt| *rtt > 0.0);
        let rtts = after.zip(rtt).map(|(after, rtt)| (after.as_secs_f64() / rtt * 10.0).round() / 10.0);
        Self {
            phase,
            awaiting: awaiting.map(|(_, message)| message.to_owned()),
            waited_us: awaiting.map(|(since, _)| micros(ended.unwrap_or(now) - since)),
            after_last_send_us: after.map(micros),
            rtts,
            partial: Some(partial).filter(|partial| *partial > 0 && cause.is_an_end()),
            detail: cause.to_string(),
            cause,
        }
    }
}
