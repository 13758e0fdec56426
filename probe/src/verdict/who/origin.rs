use super::Conclusion;
use crate::path::origin;
use crate::survey::Survey;
use crate::verdict::diagnose::Who;
use crate::verdict::rule::Evidence;
use crate::verdict::rules;
use crate::walk::Walk;

/// What shows that the end is made nearer than the host: in a few words, and by which walks.
pub(in crate::verdict) fn on_the_way(survey: &Survey) -> Option<(String, Evidence)> {
    let origin = origin::found(&survey.walks).filter(|origin| origin.hops < origin.target)?;
    let cite = |index: usize, by: &str| {
        let walk: &Walk = survey.walks.get(index)?;
        Some(rules::end(index, walk, walk.stop.as_ref()?).by(by))
    };
    let (hops, target) = (origin.hops, origin.target);
    let why = format!("a message that went {hops} of the {target} hops to the host drew it");
    let quiet = origin.quiet.and_then(|quiet| cite(quiet, "one hop less drew nothing, until it was sent all the way"));
    Some((why.clone(), cite(origin.drawn?, &why)?.and_all(quiet)))
}

impl Conclusion {
    /// The same with what the stepped walks show, where the walk ended as they did: that goes before what a packet seems
    /// to be, and is a sign of another kind beside what it betrays.
    pub(super) fn located(self, survey: &Survey, walk: &Walk) -> Self {
        let like_the_baseline = survey.baseline().is_some_and(|baseline| walk.ended_as(baseline));
        let Some((why, shown)) = on_the_way(survey).filter(|_| like_the_baseline) else { return self };
        match self {
            Self { who: Who::Path, why, evidence, kinds } => {
                let evidence = evidence.map(|evidence| evidence.and_all(Some(shown)));
                Self { who: Who::Path, why, evidence, kinds: kinds.saturating_add(1) }
            }
            Self { .. } => Self { who: Who::Path, why, evidence: Some(shown), kinds: 1 },
        }
    }
}
