//! What mstsc and the protocols call things: tables of codes with meaning and source, what each code says and does not
//! say, and the pair that mstsc would show for a stop.
//!
//! All of it is data, one TSV file a table in `tables/`, read once; the code here only looks up and puts together.
//! - [`lookup`], [`find`], [`all`]: the tables of codes.
//! - [`Asked::read`] and [`explain`]: from what a user types to what there is to say about it.
//! - [`mstsc::pairs`]: from a stop to what the user of mstsc saw.

mod asked;
mod event;
mod explain;
pub mod mstsc;
mod render;
mod span;
mod table;
mod texts;
mod tsv;

pub use asked::{Asked, number};
pub use explain::{Explanation, explain, explain_code, explain_named, explain_pair};
pub use table::{Code, Table, all, find, lookup, named, nearest};
