//! An object as YAML.

use crate::action::Action;
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use weir_domain::RunId;
use weir_domain::Watch;

#[derive(Debug)]
pub(crate) struct Yaml {
    id: RunId,
}

impl Yaml {
    pub fn new(id: RunId) -> Yaml {
        Yaml { id }
    }
}

impl Screen for Yaml {
    fn title(&self, _world: &World) -> String {
        format!("{} › YAML", self.id.name)
    }
    fn watches(&self, _world: &World) -> Vec<Watch> {
        vec![Watch::Detail(self.id.clone())]
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
