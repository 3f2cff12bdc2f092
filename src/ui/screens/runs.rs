//! All runs.

use crate::action::Action;
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::Watch;

#[derive(Debug)]
pub(crate) struct Runs {}

impl Runs {
    pub fn new() -> Runs {
        Runs {}
    }
}

impl Screen for Runs {
    fn title(&self, _world: &World) -> String {
        "Runs".into()
    }
    fn watches(&self, _world: &World) -> Vec<Watch> {
        Vec::new()
    }
    fn learn(&mut self, _ctx: &Ctx<'_>, _touched: &Touched) {}
    fn offers(&self, _ctx: &Ctx<'_>) -> Vec<Offer> {
        Vec::new()
    }
    fn act(&mut self, _action: Action, _ctx: &Ctx<'_>) -> Intent {
        Intent::Pass
    }
    fn view(&self, _ctx: &Ctx<'_>, _area: Rect, _buf: &mut Buffer) {}
}
