//! The report: a survey and what follows from it, told to programs and to people.
//!
//! - [`Report`] is what is told. Serialised, it is the JSON document of schema 1; [`Report::read`] takes one back.
//! - [`schema()`] describes that document.
//! - [`text()`] tells it to people.
//! - [`redact()`] takes names and addresses out of it, for tickets.

mod document;
mod redact;
#[cfg(test)]
mod sample;
mod schema;
mod text;

pub use document::{ReadError, Report, SCHEMA, Tool};
pub use redact::redact;
pub use schema::schema;
pub use text::{Look, text};
