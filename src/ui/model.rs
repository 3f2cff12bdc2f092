//! All there is: the world, the screens on the way here, the dialogs, and what is under way.
//!
//! Only `update` changes it.

use crate::footer;
use crate::header;
use crate::keymap::Keymap;
use crate::parts::glyphs::Glyphs;
use crate::route::Route;
use crate::scope::Scope;
use crate::screen::{Ctx, Overlay, Screen};
use crate::screens;
use crate::settings::Settings;
use crate::theme::{Role, Theme};
use crate::world::{Touched, World};
use jiff::Timestamp;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use std::collections::{BTreeMap, BTreeSet};
use weir_domain::log::LogId;
use weir_domain::{Command, Namespace, Watch};

/// What screens and dialogs look at, apart from themselves.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub world: World,
    pub now: Timestamp,
    pub settings: Settings,
    pub scope: Scope,
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub keymap: Keymap,
    pub size: (u16, u16),
}

impl Surroundings {
    pub fn screen(&self) -> Rect {
        Rect { x: 0, y: 0, width: self.size.0, height: self.size.1 }
    }

    pub fn ctx(&self, area: Rect) -> Ctx<'_> {
        Ctx {
            world: &self.world,
            now: self.now,
            area,
            settings: &self.settings,
            scope: &self.scope,
            theme: &self.theme,
            glyphs: &self.glyphs,
            keymap: &self.keymap,
        }
    }
}

/// A screen on the way here.
#[derive(Debug)]
pub(crate) struct Page {
    pub route: Route,
    pub screen: Box<dyn Screen>,
}

#[derive(Debug)]
pub struct Model {
    pub(crate) around: Surroundings,
    /// Never empty; the first is where weir begins.
    pub(crate) pages: Vec<Page>,
    /// The page on screen.
    pub(crate) at: usize,
    pub(crate) overlays: Vec<Box<dyn Overlay>>,
    /// What is in the footer in place of the hints, and until when.
    pub(crate) saying: Option<(String, Timestamp)>,
    /// Commands that were sent and are not answered.
    pub(crate) unfinished: Vec<Command>,
    /// Files being written.
    pub(crate) saving: usize,
    /// Namespaces in the order they were first looked at.
    pub(crate) visited: Vec<Namespace>,
    /// What the pages named after the last message.
    pub(crate) named: BTreeSet<Watch>,
    /// What no page names any more, and since when.
    pub(crate) left: BTreeMap<Watch, Timestamp>,
}

/// Header, body and footer for a size: the same for drawing and for acting.
pub(crate) fn layout(area: Rect) -> (Rect, Rect, Rect) {
    let header = Rect { height: area.height.min(1), ..area };
    let footer_height = u16::from(area.height >= 3);
    let footer = Rect { y: area.bottom() - footer_height, height: footer_height, ..area };
    let body = Rect { y: header.bottom(), height: area.height - header.height - footer_height, ..area };
    (header, body, footer)
}

impl Model {
    /// The clock starts with the first [`crate::Message::Tick`].
    pub fn new(settings: Settings, theme: Theme, keymap: Keymap, size: (u16, u16)) -> Model {
        let glyphs = if settings.ascii { Glyphs::ascii() } else { Glyphs::unicode() };
        let around = Surroundings {
            world: World::default(),
            now: Timestamp::UNIX_EPOCH,
            scope: Scope::default(),
            settings,
            theme,
            glyphs,
            keymap,
            size,
        };
        let mut first = {
            let ctx = around.ctx(layout(around.screen()).1);
            screens::first(&ctx)
        };
        first.learn(&around.ctx(layout(around.screen()).1), &Touched::everything());
        let mut model = Model {
            around,
            pages: vec![Page { route: Route::Overview, screen: first }],
            at: 0,
            overlays: Vec::new(),
            saying: None,
            unfinished: Vec::new(),
            saving: 0,
            visited: Vec::new(),
            named: BTreeSet::new(),
            left: BTreeMap::new(),
        };
        model.named = model.names();
        model
    }

    pub fn size(&self) -> (u16, u16) {
        self.around.size
    }

    pub fn now(&self) -> Timestamp {
        self.around.now
    }

    pub fn world(&self) -> &World {
        &self.around.world
    }

    pub fn settings(&self) -> &Settings {
        &self.around.settings
    }

    pub fn theme(&self) -> &Theme {
        &self.around.theme
    }

    pub fn route(&self) -> &Route {
        &self.page_here().route
    }

    /// The log as it is now, for a search or a save on another thread.
    pub fn log_snapshot(&self, id: &LogId) -> Option<weir_log::Snapshot> {
        self.around.world.logs.get(id).map(|slice| slice.log.snapshot())
    }

    /// Whether a command or a save is under way.
    pub fn busy(&self) -> bool {
        !self.unfinished.is_empty() || self.saving > 0
    }

    /// Whether a dialog is open, or the screen asks for a name to be typed: only there can a yes be said.
    pub fn asks(&self) -> bool {
        !self.overlays.is_empty() || self.page_here().screen.asks()
    }

    pub(crate) fn page_here(&self) -> &Page {
        &self.pages[self.at.min(self.pages.len() - 1)]
    }

    pub(crate) fn body(&self) -> Rect {
        layout(self.around.screen()).1
    }

    pub(crate) fn page(&self, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buf.area);
        buf.set_style(area, self.around.theme.style(Role::Normal));
        let (head, body, foot) = layout(area);
        let ctx = self.around.ctx(body);
        let here = self.page_here();
        header::view(&ctx, &here.screen.title(&self.around.world), head, buf);
        let mut cursor = None;
        if body.width > 0 && body.height > 0 {
            here.screen.view(&ctx, body, buf);
            if self.overlays.is_empty() && here.screen.typing() {
                cursor = here.screen.cursor(&ctx, body);
            }
        }
        let saying = self.saying.as_ref().map(|(words, _)| words.as_str());
        // A dialog has its own keys.
        let offers = if self.overlays.is_empty() { Some(here.screen.offers(&ctx)) } else { None };
        let typed = here.screen.typing().then(|| here.screen.typed_keys(&ctx));
        footer::view(&ctx, offers.as_deref(), saying, typed.as_deref(), foot, buf);
        self.around.glyphs.settle(area, buf);
        cursor.filter(|at| area.contains(*at))
    }

    pub(crate) fn overlays(&self, area: Rect, buf: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        let (header, body, _) = layout(area);
        let ctx = self.around.ctx(body);
        // No dialog hides the header: it says where one is, and that it is only a demo.
        let top = if area.height > header.height { header.height } else { 0 };
        let room = Rect { y: area.y + top, height: area.height - top, ..area };
        for overlay in &self.overlays {
            overlay.view(&ctx, room, buf);
        }
        self.around.glyphs.settle(area, buf);
        self.overlays.last().and_then(|overlay| overlay.cursor(&ctx, room)).filter(|at| area.contains(*at))
    }

    pub(crate) fn log_pane(&self, area: Rect) -> Option<Rect> {
        self.page_here().screen.log_pane(layout(area).1).filter(|pane| !pane.is_empty())
    }
}
