//! Looks that screens share, so that loading, nothing and lost are said the same way everywhere.

pub(crate) mod badge;
pub(crate) mod cursor;
pub(crate) mod filter_line;
pub mod glyphs;
pub(crate) mod input;
pub(crate) mod panel;
pub(crate) mod sgr;
pub(crate) mod strip;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod when;
