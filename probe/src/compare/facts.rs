//! Facts by their registry: a fact that is added there is compared here.

use serde_json::Value;

use super::row::{Answer, Row};
use super::{CHOSEN, route, server};
use crate::fact::{Fact, Nla, registry};
use crate::phase::{Leg, Phase};
use crate::report::Report;

/// Every fact that any path knows, but for those of one connection alone and those that other sections tell.
pub(super) fn rows(reports: &[&Report]) -> Vec<Row> {
    let told = |fact: &Fact| {
        let name = fact.id();
        CHOSEN.contains(&name.as_str()) || route::FACTS.iter().chain(server::FACTS).any(|(told, _)| *told == name)
    };
    let lasting = registry().into_iter().filter(|fact| !fact.is_volatile() && !told(fact));
    lasting.map(|fact| row(reports, &fact, fact.id())).filter(Row::is_known).collect()
}

/// The named facts, under names for people.
pub(super) fn named(reports: &[&Report], facts: &[(&str, &str)]) -> Vec<Row> {
    let registry = registry();
    let find = |wanted: &str| registry.iter().find(|fact| fact.id() == wanted);
    facts.iter().filter_map(|(fact, told)| Some(row(reports, find(fact)?, (*told).to_owned()))).collect()
}

fn row(reports: &[&Report], fact: &Fact, name: String) -> Row {
    let seen = reports.iter().map(|report| values(report, fact)).collect();
    // Over UDP there are a few walks of each kind, however many there are over TCP.
    let once = fact.is_of_the_run() || fact.phase.leg() == Leg::Udp;
    if once { Row::of(name, seen) } else { Row::of_walks(name, seen) }
}

/// What the walks of a report say: those of the baseline, or over UDP all that were made. Through a proxy, what comes
/// before the first message to the target is the proxy's.
fn values(report: &Report, fact: &Fact) -> Vec<String> {
    let survey = &report.survey;
    if survey.via().is_some() && fact.phase < Phase::Negotiate {
        return Vec::new();
    }
    // The picture of the protocols that was not finished would pass for another one.
    let nla = survey.baseline().and_then(|walk| walk.facts.negotiate.nla);
    if fact.is_of_the_run() && nla.is_none_or(|nla| nla == Nla::Unknown) {
        return Vec::new();
    }
    let over_udp = survey.walks.iter().filter(|_| fact.phase.leg() == Leg::Udp);
    let over_tcp = survey.repeats().filter(|_| fact.phase.leg() == Leg::Tcp);
    let mut values = Vec::new();
    for walk in over_udp.filter(|walk| walk.variant.leg() == Leg::Udp).chain(over_tcp) {
        let value = walk.facts.get(fact.phase, &fact.name).map(|value| told(&value));
        // That a fact is not known is no value of it.
        if let Some(value) = value.filter(|value| *value != Answer::Unknown.id()) {
            values.push(value);
        }
    }
    values
}

/// A value in words. The order of a list means nothing: resolvers and load balancers turn it.
fn told(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let mut told: Vec<String> = list.iter().map(told).collect();
            told.sort_unstable();
            told.join(", ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}
