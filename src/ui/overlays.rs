//! Dialogs over a page. The topmost gets all keys; Esc always leaves it.

pub(crate) mod cancel;
pub(crate) mod choice;
pub(crate) mod compare;
pub(crate) mod confirm;
pub(crate) mod decide;
pub(crate) mod delete;
pub(crate) mod help;
pub(crate) mod leave;
pub(crate) mod links;
pub(crate) mod menu;
pub(crate) mod palette;
pub(crate) mod promoted;
pub(crate) mod text;
