//! What a screen and a dialog are, and what they may ask for.

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, SearchHits};
use crate::parts::filter_line::FilterLine;
use crate::parts::glyphs::Glyphs;
use crate::route::Route;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::theme::{Role, Theme};
use crate::world::{Touched, World};
use jiff::Timestamp;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use ratatui_core::style::Style;
use std::fmt::Debug;
use weir_domain::log::LogId;
use weir_domain::{Answer, ClusterName, Command, Failure, ImageRef, Namespace, Query, Receipt, Tree, Watch};
use weir_log::Sifted;

/// All a screen may look at. `area` is the screen's own: between header and footer.
#[derive(Clone, Copy, Debug)]
pub struct Ctx<'a> {
    pub world: &'a World,
    pub now: Timestamp,
    pub area: Rect,
    pub settings: &'a Settings,
    pub scope: &'a Scope,
    pub theme: &'a Theme,
    pub glyphs: &'a Glyphs,
    pub keymap: &'a Keymap,
}

impl Ctx<'_> {
    pub(crate) fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Whether a change may be made there, or why not: read-only, a missing right, a cluster that is not there.
    pub(crate) fn may(&self, action: Action, cluster: &ClusterName, namespace: &Namespace) -> Result<(), String> {
        let changes = action != Action::Log;
        if changes && self.settings.read_only {
            return Err("weir is read-only".into());
        }
        let endpoint = self.world.endpoint(cluster);
        if changes && endpoint.is_some_and(|e| e.read_only) {
            return Err(format!("{cluster} is read-only in the config"));
        }
        if endpoint.is_some_and(|e| !e.live()) {
            return Err(format!("{cluster} is not connected"));
        }
        let Some(rights) = self.world.rights(cluster, namespace) else {
            return Ok(());
        };
        let (right, verb) = match action {
            Action::Start | Action::Rerun => (rights.start, "create"),
            Action::Cancel => (rights.cancel, "patch"),
            Action::Delete => (rights.delete, "delete"),
            Action::Log => (rights.logs, "get pods/log"),
            _ => (None, ""),
        };
        match right {
            Some(false) if action == Action::Log => Err(format!("needs `{verb}` in {namespace}")),
            Some(false) => Err(format!("needs `{verb} pipelineruns` in {namespace}")),
            _ => Ok(()),
        }
    }
}

/// A place with its own state. It owns what is selected and how it is shown; the world owns the data.
pub(crate) trait Screen: Debug {
    /// The words after "weir ›", parts separated by " › ".
    fn title(&self, world: &World) -> String;

    fn watches(&self, world: &World) -> Vec<Watch>;

    /// Once, when it comes up for the first time, before it learns: questions are asked here.
    fn opened(&mut self, _ctx: &Ctx<'_>) -> Intent {
        Intent::Stay
    }

    /// After news: sort, filter and find the selection again. Called with everything touched when the screen comes up.
    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched);

    /// The filter of a list: its key, its typing and the Esc that takes it away are the same everywhere.
    fn filter(&self) -> Option<&FilterLine> {
        None
    }

    fn filter_mut(&mut self) -> Option<&mut FilterLine> {
        None
    }

    /// The filter has changed: the rows and the selection follow.
    fn refilter(&mut self, _ctx: &Ctx<'_>) {}

    /// Whether a text is being typed: raw keys then come to `typed` and nowhere else.
    fn typing(&self) -> bool {
        self.filter().is_some_and(FilterLine::typing)
    }

    /// What keys do while a text is typed, for the footer.
    fn typed_keys(&self, _ctx: &Ctx<'_>) -> Vec<(String, &'static str)> {
        vec![("Enter".into(), "done"), ("Esc".into(), "leave")]
    }

    /// Whether a yes can be said on the screen itself, without a dialog.
    fn asks(&self) -> bool {
        false
    }

    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if self.filter_mut().is_some_and(|filter| filter.typed(key)) {
            self.refilter(ctx);
        }
        Intent::Stay
    }

    fn paste(&mut self, text: &str, ctx: &Ctx<'_>) -> Intent {
        for c in text.chars().filter(|c| !c.is_control()) {
            self.typed(Key::char(c), ctx);
        }
        Intent::Stay
    }

    /// Most useful first: the footer shows the first six to eight, the row menu all that concern a row.
    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer>;

    /// [`Intent::Pass`] for what is not the screen's: then the usual meaning holds (Esc goes back, and so on).
    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent;

    /// As `act`, with the filter's own two actions before it.
    fn acted(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        match (action, self.filter_mut()) {
            (Action::Filter, Some(filter)) => filter.begin(),
            (Action::Back, Some(filter)) if filter.holds() => {
                filter.clear();
                self.refilter(ctx);
            }
            _ => return self.act(action, ctx),
        }
        Intent::Stay
    }

    /// The place of what is selected: weir asks which rights there are.
    fn place(&self, _world: &World) -> Option<(ClusterName, Namespace)> {
        None
    }

    /// All places of which it shows what may be done there.
    fn places(&self, world: &World) -> Vec<(ClusterName, Namespace)> {
        self.place(world).into_iter().collect()
    }

    fn answered(&mut self, _query: &Query, _answer: &Result<Answer, Failure>, _ctx: &Ctx<'_>) -> Intent {
        Intent::Stay
    }

    /// A command goes out while this screen is up.
    fn sent(&mut self, _command: &Command, _ctx: &Ctx<'_>) {}

    fn done(&mut self, _command: &Command, _result: &Result<Receipt, Failure>, _ctx: &Ctx<'_>) -> Intent {
        Intent::Stay
    }

    fn found(&mut self, _log: &LogId, _hits: &SearchHits, _ctx: &Ctx<'_>) {}

    fn sifted(&mut self, _log: &LogId, _sifted: &Sifted, _ctx: &Ctx<'_>) {}

    fn edited(&mut self, _edited: &Result<Tree, Failure>, _ctx: &Ctx<'_>) -> Intent {
        Intent::Stay
    }

    /// Where the runtime draws its log widget.
    fn log_pane(&self, _area: Rect) -> Option<Rect> {
        None
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer);

    /// Where the terminal's cursor stands while typing.
    fn cursor(&self, _ctx: &Ctx<'_>, _area: Rect) -> Option<Position> {
        None
    }
}

/// A dialog. The topmost gets all keys.
pub(crate) trait Overlay: Debug {
    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent;

    fn paste(&mut self, text: &str, ctx: &Ctx<'_>) -> Intent {
        for c in text.chars().filter(|c| !c.is_control()) {
            self.typed(Key::char(c), ctx);
        }
        Intent::Stay
    }

    fn watches(&self) -> Vec<Watch> {
        Vec::new()
    }

    /// After news, and when it opens.
    fn learn(&mut self, _ctx: &Ctx<'_>) {}

    fn answered(&mut self, _query: &Query, _answer: &Result<Answer, Failure>, _ctx: &Ctx<'_>) -> Intent {
        Intent::Stay
    }

    /// `area` is the whole screen.
    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer);

    fn cursor(&self, _ctx: &Ctx<'_>, _area: Rect) -> Option<Position> {
        None
    }
}

/// A verb that means something here and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub action: Action,
    /// Why not, in a few words.
    pub refusal: Option<String>,
    /// What it does here, where the usual word for it would mislead.
    pub word: Option<&'static str>,
}

impl Offer {
    pub fn ready(action: Action) -> Offer {
        Offer { action, refusal: None, word: None }
    }

    pub fn refused(action: Action, reason: impl Into<String>) -> Offer {
        Offer { action, refusal: Some(reason.into()), word: None }
    }

    pub fn of(action: Action, may: Result<(), String>) -> Offer {
        Offer { action, refusal: may.err(), word: None }
    }

    pub fn says(self, word: &'static str) -> Offer {
        Offer { word: Some(word), ..self }
    }

    pub fn hint(&self) -> &'static str {
        self.word.unwrap_or(self.action.entry().hint)
    }
}

/// What a screen or a dialog wants.
#[derive(Debug)]
pub(crate) enum Intent {
    /// It was for me, and nothing else is to be done.
    Stay,
    /// Not mine.
    Pass,
    Go(Route),
    /// Goes there in place of this screen, so that Back does not return here.
    Replace(Route),
    /// Opens a dialog.
    Ask(Box<dyn Overlay>),
    /// Closes the topmost dialog.
    Close,
    /// As if its key had been pressed on the page.
    Act(Action),
    Do(Vec<Effect>),
    /// A sentence in the footer for a few seconds, and in the messages.
    Say(String),
    Scope(Scope),
    /// Comparisons begin with this payload.
    Base(ImageRef),
    /// Another look, by its name.
    Look(String),
    Many(Vec<Intent>),
}
