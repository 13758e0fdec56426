use super::{OTHER_ADDRESSES, Plan, Until};
use crate::phase::Phase;

/// One line of what a run would send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What.
    pub what: String,
    /// How many connections at most.
    pub at_most: u32,
}

/// What a run of this plan would send at most, without sending it.
pub fn preview(plan: &Plan) -> Vec<Planned> {
    let mut lines = Vec::new();
    let mut line = |what: String, at_most: usize| {
        lines.push(Planned { what, at_most: u32::try_from(at_most).unwrap_or(u32::MAX) });
    };
    let until = match plan.until {
        Until::Gate => "the credential gate".to_owned(),
        Until::Phase(phase) => format!("`{phase}`"),
    };
    let walk = format!("the baseline walk to {until}, on the system's first address");
    let count = usize::try_from(plan.count).unwrap_or(usize::MAX);
    line(walk, if plan.until == Until::Phase(Phase::Resolve) { 0 } else { count });
    let goal = match plan.until {
        Until::Gate => Phase::Settings,
        Until::Phase(phase) => phase,
    };
    if goal > Phase::Negotiate {
        line("protocol picture (NLA required, optional, absent): X.224 alone".to_owned(), 2);
    }
    if goal >= Phase::Negotiate {
        line("instead of it, after failure SSL_NOT_ALLOWED_BY_SERVER: Standard RDP Security alone".to_owned(), 1);
    }
    if goal >= Phase::Tls {
        line("instead of it, after a stop in tls: described by our own ClientHello".to_owned(), 2);
    }
    if plan.until != Until::Phase(Phase::Resolve) {
        line("each further address: TCP connect, then closed".to_owned(), OTHER_ADDRESSES);
    }
    line("authentication messages".to_owned(), 0);
    lines
}

impl Plan {
    /// The bytes of the first request in words, for the preview.
    pub fn first_request(&self) -> String {
        let spaced = if self.count > 1 { format!("; walks {:?} apart", self.interval) } else { String::new() };
        format!("X.224 Connection Request offering {} ({:#04x}){spaced}", self.protocols, self.protocols.0)
    }
}
