//! The report: a survey and what follows from it, told to programs and to people.
//!
//! - [`Report`] is what is told. Serialised, it is the JSON document of schema 1; [`Report::read`] takes one back.
//! - [`schema()`] describes that document.
//! - [`text()`] tells it to people.
//! - [`Format`] is each form in which reports are told, that of the document and the text among them.
//! - [`redact()`] takes names and addresses out of it, for tickets.

mod advice;
mod clean;
mod document;
#[cfg(test)]
mod expected;
mod format;
mod json;
mod junit;
mod markdown;
mod nagios;
mod ndjson;
mod prometheus;
mod redact;
#[cfg(test)]
pub(crate) mod sample;
mod schema;
mod steps;
mod text;

pub use document::{ReadError, Report, SCHEMA, Tool};
pub use format::Format;
pub(crate) use markdown::escaped;
pub use nagios::{Status, nagios};
pub use redact::redact;
#[cfg(test)]
pub(crate) use schema::hold;
pub(crate) use schema::or_error;
pub use schema::schema;
pub use text::{Look, Summary, heading, text};
pub(crate) use text::{Page, wrap};
