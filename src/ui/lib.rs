//! The interface as a value: what weir knows ([`Model`]), what may happen ([`Message`]), what it wants done ([`Effect`]).
//!
//! `update` is the only thing that changes a model; `page`, `overlays` and `watches` are pure: the same model gives the same
//! frame and the same set. Nothing here reads a clock, a file, a socket or the environment, and nothing awaits.

mod action;
mod budget;
mod channels;
mod effect;
mod filter;
mod footer;
mod header;
mod keymap;
mod message;
mod model;
mod overlays;
mod parts;
mod promoting;
mod route;
mod scope;
mod screen;
mod screens;
mod settings;
mod theme;
mod update;
mod watches;
mod words;
mod world;

pub use action::{Action, ENTRIES, Entry};
pub use effect::{Effect, LoggerKey};
pub use keymap::Keymap;
pub use message::{Input, Key, KeyCode, Message, Mouse, SearchHits};
pub use model::Model;
pub use parts::glyphs::Glyphs;
pub use route::{PromoteFrom, Route, StartFrom};
pub use scope::Scope;
pub use screen::Ctx;
pub use settings::Settings;
pub use theme::{Role, Theme};
pub use update::update;
pub use watches::watches;
pub use world::World;

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};

/// Draws header, screen and footer. Returns where the cursor stands when a text is typed there.
pub fn page(model: &Model, area: Rect, buf: &mut Buffer) -> Option<Position> {
    model.page(area, buf)
}

/// Draws the dialogs that lie over the page, topmost last.
pub fn overlays(model: &Model, area: Rect, buf: &mut Buffer) -> Option<Position> {
    model.overlays(area, buf)
}

/// The hole that the runtime's log widget fills between `page` and `overlays`; `None` when it is not on screen.
pub fn log_pane(model: &Model, area: Rect) -> Option<Rect> {
    model.log_pane(area)
}
