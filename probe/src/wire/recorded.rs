use crate::clock::{Moment, micros};
use crate::evidence::Recording;
use crate::phase::Phase;
use crate::stop::{Cause, Stop};

impl Stop {
    /// A stop, with what the tape says of its moment: what was awaited and for how long, and how soon after our last
    /// byte the other side ended it. How many round trips that is, the sealed tape knows best: [`Self::measured`].
    /// `partial` bytes had come that made no whole message.
    pub(super) fn recorded(phase: Phase, cause: Cause, now: Moment, partial: usize, recording: &Recording) -> Self {
        let awaiting = recording.during(phase).filter_map(|(_, e)| Some((e.at, e.event.awaiting()?))).next_back();
        let ended = recording.ended().map(|(_, entry, _)| entry.at);
        let after = ended.and_then(|at| Some(at - recording.last_sent(at)?.1.at));
        Self {
            awaiting: awaiting.map(|(_, message)| message.to_owned()),
            waited_us: awaiting.map(|(since, _)| micros(ended.unwrap_or(now) - since)),
            after_last_send_us: after.map(micros),
            partial: Some(partial).filter(|partial| *partial > 0 && cause.is_an_end()),
            ..Self::of(phase, cause)
        }
    }

    /// The same stop, with the round trips of the path between our last byte and the end.
    #[must_use]
    pub(crate) fn measured(self, recording: &Recording) -> Self {
        let rtt_us = recording.path_rtt().map(|rtt| rtt.as_secs_f64() * 1e6).filter(|rtt| *rtt > 0.0);
        let after_us = self.after_last_send_us.and_then(|us| u32::try_from(us).ok()).map(f64::from);
        let rtts = after_us.zip(rtt_us).map(|(after, rtt)| (after / rtt * 10.0).round() / 10.0);
        Self { rtts, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Entry, Event};
    use crate::sys::TcpInfo;

    #[test]
    fn the_end_is_told_in_the_round_trips_of_the_sealed_tape() {
        let stop = Stop::recorded(Phase::Tls, Cause::Reset, Moment(0), 0, &Recording::default());
        let stop = Stop { after_last_send_us: Some(1_000), ..stop };
        let kernel = Event::Kernel(Box::new(TcpInfo { min_rtt_us: Some(800), ..TcpInfo::default() }));
        let sealed = Recording(vec![Entry { at: Moment(0), event: kernel }]);
        assert_eq!(stop.clone().measured(&sealed).rtts, Some(1.3));
        assert_eq!(stop.measured(&Recording::default()).rtts, None);
    }
}
