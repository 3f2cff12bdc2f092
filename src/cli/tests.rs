//! The command line as people type it, and the JSON as scripts read it.

mod json;
mod parse;
