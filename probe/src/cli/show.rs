//! What is told of a plan before and while it runs.

use crate::plan::{Attempt, Plan, preview};
use crate::report::{self, Format};

/// What plans would send.
pub(super) fn plans<'a>(plans: impl Iterator<Item = &'a Plan>, format: Format) -> String {
    match format {
        Format::Json | Format::Ndjson => plans.map(document).collect(),
        Format::Text | Format::Junit | Format::Nagios | Format::Prometheus | Format::Markdown => {
            plans.map(words).collect()
        }
    }
}

/// The plan in words.
fn words(plan: &Plan) -> String {
    let lines: Vec<_> = preview(plan).iter().map(|line| format!("  {:>7}  {}", line.at_most, line.what)).collect();
    let detour = plan.target.detour.as_ref().map(|why| format!("  note:  {why}; this probe goes straight\n"));
    format!(
        "{}{}{}: what would be sent; nothing is sent now\n\n  first: {}\n  then:  {}\n{}\n  at most  what\n{}\n",
        plan.target,
        on(plan),
        plan.way,
        plan.first_request(),
        plan.next_messages(),
        detour.unwrap_or_default(),
        lines.join("\n")
    )
}

/// On which path, where several are walked.
fn on(plan: &Plan) -> String {
    plan.way.name.as_ref().map(|name| format!(" on {name}")).unwrap_or_default()
}

/// The plan for programs, one line.
fn document(plan: &Plan) -> String {
    let plan = serde_json::json!({
        "schema": report::SCHEMA,
        "target": plan.target,
        "path": plan.way.name,
        "way": plan.way.to_string().trim_start(),
        "plan": { "first": plan.first_request(), "then": plan.next_messages(), "at_most": preview(plan) },
    });
    format!("{plan}\n")
}

/// Progress on stderr, for people who watch.
pub(super) fn announce(plan: &Plan, attempt: &Attempt) {
    let address = attempt.address.map(|address| address.to_string());
    let target = attempt.redirected.as_ref().map_or(&plan.target, |to| &to.target);
    let address = address.unwrap_or_else(|| target.to_string());
    let often = if plan.count > 1 { format!(" {}/{}", attempt.repeat + 1, plan.count) } else { String::new() };
    let on = on(plan);
    anstream::eprintln!("rdp-probe: {}{often} to {address}{on}", attempt.variant);
}
