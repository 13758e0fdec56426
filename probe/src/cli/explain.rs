use super::{Error, output};
use crate::codes::{self, Asked, Explanation};
use crate::phase::Phase;
use crate::stop::CauseKind;
use crate::verdict::{Rule, rules};

/// Explains codes, rules, phases and causes.
pub(super) fn run(words: &[String]) -> Result<u8, Error> {
    let explained = match Asked::read(words) {
        Some(asked) => codes::explain(asked),
        None => words.iter().map(|word| one(word)).collect::<Result<Vec<_>, _>>()?.concat(),
    };
    let texts: Vec<String> = explained.iter().map(ToString::to_string).collect();
    output::print(&texts.join("\n"))?;
    Ok(0)
}

/// One word: a phase, a cause, a rule, or a code.
fn one(word: &str) -> Result<Vec<Explanation>, Error> {
    let phase = word.parse().ok().map(|phase| vec![of_phase(phase)]);
    let cause = || CauseKind::named(word).map(|cause| vec![of_cause(cause)]);
    let rule = || rules::find(word).map(|rule| vec![of_rule(rule)]);
    let code = || Asked::read(&[word]).map(codes::explain);
    phase.or_else(cause).or_else(rule).or_else(code).ok_or_else(|| {
        Error::Unknown(format!(
            "`{word}` is no code, no name of a code, no rule, no phase and no cause that is known here"
        ))
    })
}

fn of_phase(phase: Phase) -> Explanation {
    let rules = rules::all().filter(|rule| rule.code.starts_with(&format!("{phase}.")));
    Explanation {
        title: format!("{phase}: {}", phase.title()),
        is: vec![phase.happens().to_owned(), format!("It has passed when {}.", phase.passed_when())],
        is_not: Vec::new(),
        stops: rules.map(|rule| format!("{}: {}", rule.code, rule.title)).collect(),
        check: Vec::new(),
        events: Vec::new(),
        sources: vec![phase.section().to_owned()],
    }
}

fn of_cause(cause: CauseKind) -> Explanation {
    let id = cause.id();
    let rules = rules::all().filter(|rule| rule.code.ends_with(&format!(".{id}")));
    Explanation {
        title: format!("{id}: how a walk ended"),
        is: vec![format!("{}.", cause.means())],
        is_not: vec!["It does not say who ended it: that is a conclusion, drawn from evidence.".to_owned()],
        stops: rules.map(|rule| format!("{}: {}", rule.code, rule.title)).collect(),
        check: Vec::new(),
        events: Vec::new(),
        sources: Vec::new(),
    }
}

fn of_rule(rule: &Rule) -> Explanation {
    Explanation {
        title: format!("{} ({}): {}", rule.code, rule.severity.id(), rule.title),
        is: vec![rule.why.to_owned()],
        is_not: vec![format!("At best it is {}.", rule.ceiling.id())],
        stops: Vec::new(),
        check: vec![rule.advice.to_owned()],
        events: Vec::new(),
        sources: Vec::new(),
    }
}
