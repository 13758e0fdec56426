//! Evidence: everything seen, as one append-only log on one clock. Phases are marks on it.

mod dissect;
mod event;
mod frame;
mod keys;
mod pcapng;
mod probe;
mod recording;
mod senses;
mod spool;
mod synthesis;
mod tape;

pub use event::{Bytes, End, Entry, Event, Outcome, Sense};
pub use frame::{Direction, Flag, Frame, Quoted, TcpOption};
pub use keys::Keys;
pub use pcapng::write as write_pcapng;
pub use probe::{Answer, Probe};
pub use recording::{Recording, Source};
pub use senses::{NOT_PERMITTED, Senses};
pub use spool::{Origin, Packet, Spool, Trace};
pub use tape::Tape;
