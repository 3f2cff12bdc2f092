//! A log.

use crate::action::Action;
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::Watch;
use weir_domain::log::LogId;

#[derive(Debug)]
pub(crate) struct Log {
    id: LogId,
}

impl Log {
    pub fn new(id: LogId) -> Log {
        Log { id }
    }
}

impl Screen for Log {
    fn title(&self, _world: &World) -> String {
        format!("{}", self.id.run.name)
    }
    fn watches(&self, _world: &World) -> Vec<Watch> {
        vec![Watch::Log(self.id.clone())]
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
