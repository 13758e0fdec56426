use super::redirected::FOLLOWED;
use super::{KDC_REQUESTS, OTHER_ADDRESSES, Plan, Until, experiment};
use rdp_packets::x224::Routing;
use serde::Serialize;

use crate::path::{datagrams, hello, hops, mtu, origin};
use crate::phase::Phase;

/// One line of what a run would send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    let goal = plan.goal();
    let until = match plan.until {
        _ if !plan.tcp => format!("`{goal}`"),
        Until::Gate => "the credential gate".to_owned(),
        Until::Ready => "the Font Map (a session begins and is left at once)".to_owned(),
        Until::Phase(phase) => format!("`{phase}`"),
    };
    let way = plan.way.via.as_ref().map(|via| format!("through {via}"));
    let way = way.unwrap_or_else(|| "on the system's first address".to_owned());
    let walk = format!("the baseline walk to {until}, {way}");
    let count = usize::try_from(plan.count).unwrap_or(usize::MAX);
    line(walk, if goal == Phase::Resolve { 0 } else { count });
    if goal > Phase::Negotiate {
        line("protocol picture (NLA required, optional, absent): X.224 alone".to_owned(), 2);
    }
    if goal >= Phase::Negotiate {
        line("instead of it, after failure SSL_NOT_ALLOWED_BY_SERVER: Standard RDP Security alone".to_owned(), 1);
    }
    if goal >= Phase::Tls {
        line("instead of it, after a stop in tls: described by our own ClientHello".to_owned(), 2);
    }
    if plan.experiments && goal >= Phase::Negotiate {
        let what = "after a stop: walks to where it was, each with one thing changed, and one with none";
        line(what.to_owned(), experiment::MOST);
    }
    if plan.mtu && goal >= Phase::Negotiate {
        line(
            "search for the largest packet that passes, each way: walks to the end of `tls`".to_owned(),
            2 * mtu::MOST,
        );
        line("a ClientHello of several segments; where that fails, of one and of two".to_owned(), hello::MOST);
    }
    if plan.mtu && goal >= Phase::Connect {
        line("how large UDP datagrams pass: datagrams of zeros to the target's port".to_owned(), datagrams::MOST);
    }
    let direct = plan.way.via.is_none();
    if direct && plan.experiments && !plan.hops && goal >= Phase::Connect {
        let what = "where TCP gets no answer, or one by ICMP: SYNs that expire on the way, one a hop";
        line(what.to_owned(), hops::MOST.into());
    }
    if plan.hops && goal >= Phase::Connect {
        let (most, reach, more) = (hops::MOST, hops::ROUNDS, hops::LOSSY_ROUNDS);
        let what = format!(
            "where packets are lost: SYNs that expire on the way, to {most} hops; {reach} reach a target that \
             answers, or {more} where some are lost"
        );
        line(what, usize::from(most) * more);
    }
    if plan.udp.is_some() && plan.until.goal() > Phase::Connect {
        line("over UDP, beside it: datagrams of RDP-UDP from ports of their own".to_owned(), plan.datagrams());
    }
    if plan.hops && goal >= Phase::Negotiate {
        let what = "after an end in negotiate or tls: walks to where it was, whose message expires on the way";
        line(what.to_owned(), origin::MOST);
    }
    if direct && goal > Phase::Resolve {
        line("each further address: TCP connect, then closed".to_owned(), OTHER_ADDRESSES);
    }
    if plan.follow && plan.tcp {
        line(
            "after a redirection: the same walk to where the server sends us, without credentials".to_owned(),
            FOLLOWED,
        );
    }
    let logs_on = plan.logon.is_wanted() && plan.tcp;
    if let Some(kdc) = plan.logon.kdc.as_ref().filter(|_| logs_on) {
        line(format!("requests to the Kerberos KDC {kdc}"), KDC_REQUESTS);
    }
    if logs_on {
        line("proof of the password: in the first walk, and only to a trusted certificate".to_owned(), 1);
    } else {
        line("authentication messages".to_owned(), 0);
    }
    lines
}

impl Plan {
    /// The bytes of the first request in words, for the preview.
    pub fn first_request(&self) -> String {
        if !self.tcp {
            return "a datagram of RDP-UDP".to_owned();
        }
        if self.until.goal() < Phase::Negotiate {
            return "no message to the target".to_owned();
        }
        let spaced = if self.count > 1 { format!("; walks {:?} apart", self.interval) } else { String::new() };
        let routing = match &self.routing {
            Routing::Cookie(name) => format!("cookie mstshash={name}"),
            Routing::Token(token) => format!("routing token {}", String::from_utf8_lossy(token)),
        };
        let offered = format!("offering {} ({:#04x})", self.protocols, self.protocols.0);
        format!("X.224 Connection Request {offered}, {routing}, correlation info{spaced}")
    }

    /// The messages behind it in words, as far as the walk goes.
    pub fn next_messages(&self) -> String {
        let goal = self.goal();
        let nla = if self.logon.kdc.is_some() {
            "with NLA: a Kerberos TGT request in a TSRequest, or NTLM NEGOTIATE where no logon is tried (no password in \
             either)"
        } else {
            "with NLA: NTLM NEGOTIATE in a TSRequest (no password in it)"
        };
        let messages = [
            (Phase::Tls, "TLS ClientHello"),
            (Phase::Credssp, nla),
            (Phase::Settings, "without NLA: MCS Connect Initial"),
            (Phase::Finalization, "the rest of the connection sequence, to the Font Map"),
        ];
        let sent: Vec<_> = messages.iter().filter(|(phase, _)| *phase <= goal).map(|(_, message)| *message).collect();
        if sent.is_empty() { "nothing".to_owned() } else { sent.join("; ") }
    }
}
