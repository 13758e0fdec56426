//! What rules ask of a survey: the stop, and the entry of the tape that shows it.

use crate::clock::time;
use crate::evidence::{Event, Outcome};
use crate::phase::Phase;
use crate::stop::{Cause, CauseKind, RefusalKind, Stop};
use crate::survey::Survey;
use crate::verdict::diagnose::Who;
use crate::verdict::rule::Evidence;
use crate::verdict::who;
use crate::walk::{Variant, Walk};

/// The first baseline walk that stopped in `phase` by this cause, and of which `also` holds.
pub(super) fn stopped(
    survey: &Survey,
    phase: Phase,
    cause: CauseKind,
    also: impl Fn(&Walk, &Stop) -> bool,
) -> Option<Evidence> {
    survey.numbered_repeats().find_map(|(index, walk)| {
        let stop = walk.stopped(phase, cause).filter(|stop| also(walk, stop))?;
        Some(end(index, walk, stop))
    })
}

/// The field that did not hold.
pub(super) fn field(stop: &Stop) -> &str {
    if let Cause::Garbled(garbled) = &stop.cause { &garbled.field } else { "" }
}

/// The same where nothing on the way ended it, and no experiment made a difference; what they came to is evidence as
/// well.
pub(super) fn unexplained(
    survey: &Survey,
    phase: Phase,
    cause: CauseKind,
    also: impl Fn(&Walk, &Stop) -> bool,
) -> Option<Evidence> {
    let evidence = stopped(survey, phase, cause, also)?;
    (cure(survey).is_none() && !by_path(survey)).then(|| evidence.and_all(experiments(survey)))
}

/// The same for a refusal of whose protocol and name `also` holds.
pub(super) fn declined(survey: &Survey, phase: Phase, also: impl Fn(RefusalKind, &str) -> bool) -> Option<Evidence> {
    stopped(survey, phase, CauseKind::Declined, |_, stop| {
        stop.refusal().is_some_and(|refusal| also(refusal.kind, &refusal.name))
    })
}

/// Whether our last byte can have caused the end: it came no sooner than one round trip after that, by the times of the
/// packets, or else of the socket.
pub(super) fn caused(walk: &Walk, stop: &Stop) -> bool {
    let far = walk.tape.path_rtt().is_some_and(|rtt| rtt >= who::FAR);
    let early = who::early(&walk.tape).unwrap_or_else(|| stop.rtts.is_some_and(|rtts| rtts < 1.0));
    !(far && early)
}

/// Whether something on the way ended what the verdict is about.
pub(super) fn by_path(survey: &Survey) -> bool {
    who::of_the_verdict(survey).is_some_and(|conclusion| conclusion.who == Who::Path)
}

/// Cites the entry that shows how a walk ended.
pub(in crate::verdict) fn end(index: usize, walk: &Walk, stop: &Stop) -> Evidence {
    let tape = &walk.tape;
    // What came while we lingered explains nothing that was judged before.
    let left = tape.0.iter().position(|it| it.event.leave().is_some_and(|(_, outcome)| outcome == Outcome::Stopped));
    let before = |pick: fn(&Event) -> bool| {
        let mut entries = tape.entries().take(left.unwrap_or(tape.0.len()));
        entries.rfind(|(_, entry)| pick(&entry.event)).map(|(index, _)| index)
    };
    let entry = match &stop.cause {
        Cause::Reset | Cause::Closed | Cause::Refused => tape.ended().map(|(index, ..)| index),
        Cause::Silence => before(|event| event.awaiting().is_some()),
        Cause::Declined { .. } | Cause::Garbled(_) => before(|event| event.received().is_some()),
        Cause::Unreachable { .. } => before(|event| matches!(event, Event::Icmp { .. })),
        Cause::Local { .. } => None,
    };
    let entry = entry.or_else(|| tape.entries().rfind(|(_, e)| e.event.leave().is_some()).map(|(index, _)| index));
    Evidence::new(index, entry.unwrap_or_default(), says(stop))
}

/// What a stop says of its moment.
fn says(stop: &Stop) -> String {
    let awaiting = stop.awaiting.as_deref().unwrap_or("an answer");
    let due = match stop.partial {
        Some(bytes) => format!("{bytes} bytes into {awaiting}"),
        None => format!("while {awaiting} was due"),
    };
    match (&stop.cause, stop.after_last_send_us, stop.waited_us) {
        (Cause::Silence, _, Some(waited)) => match stop.partial {
            Some(bytes) => format!("only {bytes} bytes of {awaiting} within {}", time(waited)),
            None => format!("no {awaiting} within {}", time(waited)),
        },
        (cause, Some(after), _) if stop.phase > Phase::Connect => {
            let rtts = stop.rtts.map(|rtts| format!(" ({rtts} round trips)")).unwrap_or_default();
            format!("{cause} {}{rtts} after our last byte, {due}", time(after))
        }
        (cause, ..) => format!("{cause}, {due}"),
    }
}

/// Cites the end of a phase that passed.
pub(super) fn passed(index: usize, walk: &Walk, phase: Phase, says: impl Into<String>) -> Evidence {
    let leave = walk.tape.entries().find(|(_, entry)| entry.event.leave().is_some_and(|(left, _)| left == phase));
    Evidence::new(index, leave.map(|(index, _)| index).unwrap_or_default(), says)
}

/// How far another clock is from ours, in microseconds ahead: "7200 s behind".
pub(super) fn apart(skew_us: i64) -> String {
    format!("{} s {}", skew_us.unsigned_abs() / 1_000_000, if skew_us < 0 { "behind" } else { "ahead of" })
}

/// The experiment of a variant that passed where the baseline stopped, while no unchanged walk did: the change is the
/// cure. Cites the stop, the walk that passed, and the unchanged ones that stopped again.
pub(super) fn cured(survey: &Survey, variant: Variant) -> Option<Evidence> {
    let baseline = survey.baseline()?;
    let stop = baseline.stop.as_ref()?;
    let (index, walk) =
        survey.variant(variant).filter(|(_, walk)| variant.is_experiment() && walk.passed(stop.phase))?;
    if survey.controls().any(|control| control.passed(stop.phase)) {
        return None;
    }
    let cure = passed(index, walk, stop.phase, format!("the walk `{variant}` passed"));
    let again = survey.numbered_controls().filter(|(_, control)| control.ended_as(baseline));
    let again = again.filter_map(|(index, control)| Some(end(index, control, control.stop.as_ref()?)));
    Some(again.fold(end(0, baseline, stop).and_all(Some(cure)), |evidence, one| evidence.and_all(Some(one))))
}

/// Which way the packets went that vanished: the server has acknowledged all of our bytes, or it has not.
pub(super) fn direction(survey: &Survey) -> Option<Evidence> {
    let tape = &survey.baseline()?.tape;
    let (sampled, entry) = tape.last(|event| event.kernel().is_some())?;
    // The kernel counts the SYN too.
    let acknowledged = entry.event.kernel()?.bytes_acked?.checked_sub(1)?;
    // What came later, our goodbye, the sample does not know.
    let before = tape.entries().take(sampled).filter_map(|(_, entry)| entry.event.sent());
    let sent: usize = before.map(|bytes| bytes.length).sum();
    let says = if u64::try_from(sent).is_ok_and(|sent| sent <= acknowledged) {
        format!("the server acknowledged all {sent} bytes of ours: what vanishes is on its way to us")
    } else {
        format!("the server acknowledged {acknowledged} of our {sent} bytes: what vanishes is on its way to the server")
    };
    Some(Evidence::new(0, sampled, says))
}

/// Whether the walk with small segments ended as the baseline did.
pub(super) fn small_segments_failed(survey: &Survey) -> bool {
    let Some(baseline) = survey.baseline() else { return false };
    survey.walks.iter().any(|walk| walk.variant.mss().is_some() && walk.ended_as(baseline))
}

/// What the experiments came to.
pub(super) fn experiments(survey: &Survey) -> Option<Evidence> {
    let tried = survey.walks.iter().map(|walk| walk.variant).filter(|variant| variant.is_experiment());
    tried.filter_map(|variant| further(survey, variant)).reduce(|all, one| all.and_all(Some(one)))
}

/// The experiment that passed where the baseline stopped, so that what it changed has to do with the stop.
pub(in crate::verdict) fn cure(survey: &Survey) -> Option<Variant> {
    survey.walks.iter().map(|walk| walk.variant).find(|variant| cured(survey, *variant).is_some())
}

/// What a further walk came to, for rules that compare it with the baseline.
pub(super) fn further(survey: &Survey, variant: Variant) -> Option<Evidence> {
    let (index, walk) = survey.variant(variant)?;
    Some(match &walk.stop {
        Some(stop) => end(index, walk, stop).by(&format!("`{variant}`")),
        None => passed(index, walk, walk.reached()?, format!("the walk `{variant}` passed")),
    })
}
