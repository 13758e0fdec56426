//! The entries of Windows event logs that tell more.

use std::fmt;
use std::sync::LazyLock;

use super::tsv::records;

const EVENTS: &str = include_str!("tables/events.tsv");

/// Entries of a Windows event log that belong together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) host: &'static str,
    pub(super) log: &'static str,
    /// Their ids, such as `1024-1027` or `131, 98, 99`.
    ids: &'static str,
    pub(super) tells: &'static str,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}: {}", self.host, self.log, self.ids, self.tells)
    }
}

impl Event {
    /// Whether one of its ids is this.
    fn has(&self, id: u32) -> bool {
        self.ids.split(", ").any(|ids| {
            let (first, last) = ids.split_once('-').unwrap_or((ids, ids));
            matches!((first.parse(), last.parse()), (Ok(first), Ok(last)) if (first..=last).contains(&id))
        })
    }
}

static EVENT_LOG: LazyLock<Vec<Event>> = LazyLock::new(|| {
    records(EVENTS).map(|[name, host, log, ids, tells]| Event { name, host, log, ids, tells }).collect()
});

/// Every row of the table.
pub(super) fn all() -> &'static [Event] {
    &EVENT_LOG
}

/// What is known of the event id `id`: a row for each log that has it.
pub(super) fn of_id(id: u32) -> impl Iterator<Item = &'static Event> {
    all().iter().filter(move |event| event.has(id))
}

#[cfg(test)]
mod tests {
    use super::super::tsv::lines;
    use super::*;

    #[test]
    fn every_row_is_read_and_every_id_is_a_number() {
        assert_eq!(all().len(), lines(EVENTS));
        for event in all() {
            let ids = event.ids.split([',', '-']).map(str::trim);
            assert!(ids.clone().all(|id| id.parse().is_ok_and(|id| event.has(id))), "{event}");
        }
    }

    #[test]
    fn an_id_is_found_in_lists_and_in_ranges() {
        let names = |id| of_id(id).map(|event| event.name).collect::<Vec<_>>();
        for (id, name) in
            [(36870, "schannel-key"), (1026, "client-end"), (98, "rdp-tcp"), (4002, "ntlm"), (56, "termdd")]
        {
            assert_eq!(names(id), [name]);
        }
        assert!(names(1023).is_empty() && names(7).is_empty());
    }
}
