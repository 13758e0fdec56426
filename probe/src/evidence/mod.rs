//! Evidence: everything seen, as one append-only log on one clock. Phases are marks on it.

mod event;
mod recording;
mod tape;

pub use event::{Bytes, End, Entry, Event, Outcome, Sense};
pub use recording::{Recording, Source};
pub use tape::Tape;
