//! What several targets came to, in a few lines: which of the texts above are worth a look.

use super::page::Page;
use super::{Look, colour};
use crate::expect::{Answer, shortfall};
use crate::report::Report;
use crate::verdict::Outcome;

/// What several targets came to: how many are good, and which are not.
#[derive(Debug, Default)]
pub struct Summary {
    good: usize,
    others: Vec<Other>,
}

/// One that is not good.
#[derive(Debug)]
struct Other {
    outcome: Outcome,
    name: String,
    headline: String,
}

impl Summary {
    /// Takes note of a report.
    pub fn count(&mut self, report: &Report) {
        let outcome = report.verdict.outcome;
        let holds = report.expectations.iter().all(|judged| judged.result == Answer::Pass);
        if holds && outcome.is_goal() {
            self.good += 1;
            return;
        }
        let headline = [Some(report.verdict.headline.clone()), shortfall(&report.expectations)];
        let headline = headline.into_iter().flatten().collect::<Vec<_>>().join("; ");
        self.others.push(Other { outcome, name: report.name(), headline });
    }

    /// As text, in the order in which they were told.
    pub fn text(&self, look: Look) -> String {
        let mut page = Page::new(look);
        let all = self.good + self.others.len();
        page.heading(&format!("SUMMARY: {} of {all} targets are as they should be", self.good));
        for Other { outcome, name, headline } in &self.others {
            let sign = match outcome {
                Outcome::Stopped => '✗',
                Outcome::Inconclusive => '?',
                Outcome::Ready | Outcome::Gate | Outcome::Partial => '!',
            };
            page.item(&format!("{sign} {name}  "), colour(*outcome), headline);
        }
        page.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn what_is_not_good_is_named_with_its_verdict() {
        let mut summary = Summary::default();
        let failed = sample::expected(sample::gate());
        for report in [sample::gate(), sample::reset_at_client_hello(), failed, sample::no_walk()] {
            summary.count(&report);
        }
        let told = summary.text(Look { width: 120, ..Look::default() });
        let lines: Vec<&str> = told.lines().collect();
        let name = "srv01.zorg.example:3389 (vpn)";
        assert_eq!(lines[..2], ["", "SUMMARY: 1 of 4 targets are as they should be"]);
        assert!(lines[2].starts_with(&format!("✗ {name}  STOPPED at tls: connection reset")), "{told}");
        assert!(lines[3].starts_with(&format!("! {name}  PASSED to the credential gate")), "{told}");
        assert!(told.contains("1 of 4 expectations failed"), "{told}");
        assert_eq!(lines.last(), Some(&format!("? {name}  INCONCLUSIVE: there was no time to walk").as_str()));
    }
}
