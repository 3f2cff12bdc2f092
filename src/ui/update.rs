//! The only place where the model changes: one message in, effects out.

use crate::action::Action;
use crate::effect::Effect;
use crate::message::{Input, Key, Message, Mouse};
use crate::model::{Model, Page, layout};
use crate::overlays;
use crate::route::Route;
use crate::scope::Scope;
use crate::screen::Intent;
use crate::screens;
use crate::theme::Theme;
use crate::world::Touched;
use weir_domain::{Command, Failure, FailureKind, Namespace, Query, Receipt, Watch};

/// A sentence stays in the footer so long, in seconds.
const SAYING: i64 = 6;
/// What weir has said is kept so far back.
const SAID: usize = 500;
/// Screens on the way here; the oldest but the first go.
const DEEP: usize = 40;

pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    match message {
        Message::Input(input) => model.input(input, &mut effects),
        Message::Tick(now) => {
            model.around.now = model.around.now.max(now);
            if model.saying.as_ref().is_some_and(|(_, until)| *until <= model.around.now) {
                model.saying = None;
            }
            model.learn(&Touched::time());
        }
        Message::News(news) if model.welcome(&news) => {
            let (now, budget) = (model.around.now, model.around.settings.log_budget);
            let touched = model.around.world.fold(news, now, budget);
            model.learn(&touched);
        }
        Message::Answered(query, answer) => {
            let touched = model.around.world.answered(&query, &answer);
            model.learn(&touched);
            if let (Query::Connect(cluster), Err(failure)) = (&query, &answer) {
                model.say(format!("{cluster}: {failure}"));
            }
            let intent = model.with_page(|screen, ctx| screen.answered(&query, &answer, ctx));
            model.apply(intent, &mut effects);
            if let Some(intent) = model.with_overlay(|overlay, ctx| overlay.answered(&query, &answer, ctx)) {
                model.apply(intent, &mut effects);
            }
        }
        Message::Done(command, result) => {
            if let Some(index) = model.unfinished.iter().position(|sent| *sent == command) {
                model.unfinished.remove(index);
            }
            model.say(match &result {
                Ok(receipt) => receipt.words.clone(),
                Err(failure) => failure.to_string(),
            });
            if let (Command::Decide(decision), Err(failure)) = (&command, &result) {
                // Somebody may have decided in between: that is to be read, not glimpsed.
                let title = format!("cannot {} {}", decision.what.verb(), decision.object.name);
                let between = match failure.kind {
                    FailureKind::Conflict => "Somebody decided or changed it in between; nothing was overwritten. ",
                    _ => "",
                };
                let text = format!("{between}{failure}");
                model.overlays.push(Box::new(overlays::text::Text::new(title, text)));
            }
            if matches!(command, Command::Promote(_)) {
                model.tell_the_others(&command, &result);
            }
            let intent = model.with_page(|screen, ctx| screen.done(&command, &result, ctx));
            model.apply(intent, &mut effects);
        }
        Message::Found(log, hits) => model.with_page(|screen, ctx| screen.found(&log, &hits, ctx)),
        Message::Sifted(log, sifted) => model.with_page(|screen, ctx| screen.sifted(&log, &sifted, ctx)),
        Message::Edited(edited) => {
            let intent = model.with_page(|screen, ctx| screen.edited(&edited, ctx));
            if let (Intent::Pass | Intent::Stay, Err(failure)) = (&intent, &edited) {
                model.say(failure.to_string());
            }
            model.apply(intent, &mut effects);
        }
        Message::Saved(saved) => {
            model.saving = model.saving.saturating_sub(1);
            model.say(match saved {
                Ok(path) => format!("saved to {path}"),
                Err(failure) => failure.to_string(),
            });
        }
        Message::Copied(Ok(bytes)) => model.say(format!("copied, {bytes} bytes")),
        Message::Copied(Err(text)) => model.overlays.push(Box::new(overlays::text::Text::uncopied(text))),
        Message::News(_) | Message::Logged(_) => {}
        Message::Resumed => effects.push(Effect::Redraw),
    }
    model.ask_rights(&mut effects);
    model.reconcile();
    effects
}

impl Model {
    fn with_page<T>(&mut self, work: impl FnOnce(&mut dyn crate::screen::Screen, &crate::screen::Ctx<'_>) -> T) -> T {
        let body = self.body();
        let at = self.at.min(self.pages.len() - 1);
        work(self.pages[at].screen.as_mut(), &self.around.ctx(body))
    }

    fn with_overlay<T>(
        &mut self,
        work: impl FnOnce(&mut dyn crate::screen::Overlay, &crate::screen::Ctx<'_>) -> T,
    ) -> Option<T> {
        let ctx = self.around.ctx(layout(self.around.screen()).1);
        self.overlays.last_mut().map(|overlay| work(overlay.as_mut(), &ctx))
    }

    /// What came of a promotion is for its own page, also while another is on screen. That one leads nowhere then.
    fn tell_the_others(&mut self, command: &Command, result: &Result<Receipt, Failure>) {
        let ctx = self.around.ctx(layout(self.around.screen()).1);
        let here = self.at.min(self.pages.len() - 1);
        let others = self.pages.iter_mut().enumerate().filter(|(index, _)| *index != here);
        for (_, page) in others.filter(|(_, page)| matches!(page.route, Route::Promote(_))) {
            page.screen.done(command, result, &ctx);
        }
    }

    /// The page on screen and the dialogs look at what changed; other pages look when they come up again.
    fn learn(&mut self, touched: &Touched) {
        self.with_page(|screen, ctx| screen.learn(ctx, touched));
        let ctx = self.around.ctx(layout(self.around.screen()).1);
        for overlay in &mut self.overlays {
            overlay.learn(&ctx);
        }
    }

    pub(crate) fn say(&mut self, words: impl Into<String>) {
        let words = words.into();
        let now = self.around.now;
        let until = now.saturating_add(jiff::SignedDuration::from_secs(SAYING)).unwrap_or(now);
        let said = &mut self.around.world.said;
        said.push_back((now, words.clone()));
        if said.len() > SAID {
            said.pop_front();
        }
        self.saying = Some((words, until));
    }

    fn input(&mut self, input: Input, effects: &mut Vec<Effect>) {
        match input {
            Input::Resize(width, height) => {
                self.around.size = (width, height);
                self.learn(&Touched::everything());
            }
            Input::Key(key) => {
                self.saying = None;
                self.key(key, effects);
            }
            Input::Paste(text) => {
                let intent = match self.with_overlay(|overlay, ctx| overlay.paste(&text, ctx)) {
                    Some(intent) => intent,
                    None if self.page_here().screen.typing() => self.with_page(|screen, ctx| screen.paste(&text, ctx)),
                    None => Intent::Stay,
                };
                self.apply(intent, effects);
            }
            Input::Mouse(wheel) if self.overlays.is_empty() && !self.page_here().screen.typing() => {
                self.act(if wheel == Mouse::WheelUp { Action::Up } else { Action::Down }, effects);
            }
            Input::Mouse(_) => {}
        }
    }

    fn key(&mut self, key: Key, effects: &mut Vec<Effect>) {
        let action = self.around.keymap.action(key);
        // The terminal's own business works everywhere.
        if let Some(action @ (Action::Suspend | Action::Redraw)) = action
            && key.typed().is_none()
        {
            return self.act(action, effects);
        }
        if let Some(intent) = self.with_overlay(|overlay, ctx| overlay.typed(key, ctx)) {
            return self.apply(intent, effects);
        }
        if self.page_here().screen.typing() {
            let intent = self.with_page(|screen, ctx| screen.typed(key, ctx));
            return self.apply(intent, effects);
        }
        if let Some(action) = action {
            self.act(action, effects);
        }
    }

    /// A verb: first the screen's, then the usual meaning.
    pub(crate) fn act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let refusal = self.with_page(|screen, ctx| {
            let offer = screen.offers(ctx).into_iter().find(|offer| offer.action == action);
            offer.and_then(|offer| Some((offer.hint(), offer.refusal?)))
        });
        if let Some((hint, why)) = refusal {
            return self.say(format!("{hint}: {why}"));
        }
        match self.with_page(|screen, ctx| screen.acted(action, ctx)) {
            Intent::Pass => self.usual(action, effects),
            intent => self.apply(intent, effects),
        }
    }

    fn usual(&mut self, action: Action, effects: &mut Vec<Effect>) {
        if let Some(digit) = action.digit() {
            return self.digit(digit);
        }
        match action {
            Action::Help => {
                let offers = self.with_page(|screen, ctx| screen.offers(ctx));
                self.overlays.push(Box::new(overlays::help::Help::new(offers, self.numbered())));
            }
            Action::Palette => {
                let body = self.body();
                let palette = overlays::palette::Palette::new(&self.around.ctx(body));
                self.overlays.push(Box::new(palette));
            }
            Action::Menu => {
                let offers = self.with_page(|screen, ctx| screen.offers(ctx));
                match overlays::menu::Menu::new(offers) {
                    Some(menu) => self.overlays.push(Box::new(menu)),
                    None => self.say("nothing can be done with this row"),
                }
            }
            Action::Back if self.at > 0 => self.turn(self.at - 1),
            Action::Quit if self.at > 0 => self.turn(self.at - 1),
            Action::Quit | Action::Leave => self.leave(effects),
            Action::Older if self.at > 0 => self.turn(self.at - 1),
            Action::Newer if self.at + 1 < self.pages.len() => self.turn(self.at + 1),
            Action::Overview => self.go(Route::Overview, effects),
            Action::Runs => self.go(Route::Runs, effects),
            Action::Releases => self.go(Route::Releases, effects),
            Action::Pipelines | Action::Start => self.go(Route::Pipelines, effects),
            Action::Ledger => self.go(Route::Ledger, effects),
            Action::Promote => {
                self.go(Route::Releases, effects);
                self.say("promote: choose a release first");
            }
            Action::Journal => self.go(Route::Journal, effects),
            Action::Health => self.go(Route::Health, effects),
            Action::Messages => self.go(Route::Messages, effects),
            Action::Refresh => {
                let watches: Vec<Watch> = {
                    let page = self.page_here();
                    let own = page.screen.watches(&self.around.world);
                    let streams = own.into_iter().filter(|watch| !matches!(watch, Watch::Log(_)));
                    streams.chain([Watch::Endpoints]).collect()
                };
                self.say("asking again");
                effects.push(Effect::Refresh(watches));
            }
            Action::Redraw => effects.push(Effect::Redraw),
            Action::Suspend => effects.push(Effect::Suspend),
            _ => {}
        }
    }

    fn leave(&mut self, effects: &mut Vec<Effect>) {
        let guarded = crate::promoting::guarded(&self.around.world, self.around.now);
        if self.busy() || !guarded.is_empty() {
            let commands = self.unfinished.iter().map(|c| format!("{} {}", c.verb(), c.object())).collect();
            self.overlays.push(Box::new(overlays::leave::Leave::new(commands, self.saving, guarded)));
        } else {
            effects.push(Effect::Quit);
        }
    }

    /// The namespaces on the digits: favourites, the contexts' own, then those visited.
    pub(crate) fn numbered(&self) -> Vec<Namespace> {
        let own = self.around.world.clusters().map(|endpoint| endpoint.namespace.clone());
        let favourites = self.around.settings.favourites.iter().map(Namespace::new);
        let mut numbered: Vec<Namespace> = Vec::new();
        for namespace in favourites.chain(own).chain(self.visited.iter().cloned()) {
            if !namespace.as_str().is_empty() && !numbered.contains(&namespace) {
                numbered.push(namespace);
            }
        }
        numbered.truncate(9);
        numbered
    }

    fn digit(&mut self, digit: usize) {
        if digit == 0 {
            return self.scope(Scope::default());
        }
        match self.numbered().get(digit - 1).cloned() {
            Some(namespace) => {
                let cluster = self.around.scope.cluster.clone();
                self.scope(Scope { cluster, namespace: Some(namespace) });
            }
            None => self.say(format!("no namespace on {digit} yet; `:ns NAME` goes to one")),
        }
    }

    fn scope(&mut self, scope: Scope) {
        if let Some(namespace) = &scope.namespace {
            self.visit(namespace.clone());
        }
        self.say(if scope.all() {
            "all clusters and namespaces".to_string()
        } else {
            format!("only {}", scope.words())
        });
        self.around.scope = scope;
        self.learn(&Touched::everything());
    }

    fn visit(&mut self, namespace: Namespace) {
        if !self.visited.contains(&namespace) {
            self.visited.push(namespace);
        }
    }

    fn turn(&mut self, at: usize) {
        self.at = at;
        self.learn(&Touched::everything());
    }

    pub(crate) fn go(&mut self, route: Route, effects: &mut Vec<Effect>) {
        self.overlays.clear();
        if let Route::Run(id) = &route {
            self.visit(id.namespace.clone());
        }
        if route == *self.route() {
            return;
        }
        if route.single()
            && let Some(index) = self.pages[..=self.at].iter().rposition(|page| page.route == route)
        {
            return self.turn(index);
        }
        self.pages.truncate(self.at + 1);
        if self.pages.len() >= DEEP {
            self.pages.remove(1);
        }
        let body = self.body();
        let screen = screens::open(&route, &self.around.ctx(body));
        self.pages.push(Page { route, screen });
        self.at = self.pages.len() - 1;
        let intent = self.with_page(|screen, ctx| screen.opened(ctx));
        self.learn(&Touched::everything());
        self.apply(intent, effects);
    }

    pub(crate) fn apply(&mut self, intent: Intent, effects: &mut Vec<Effect>) {
        match intent {
            Intent::Stay | Intent::Pass => {}
            Intent::Go(route) => self.go(route, effects),
            Intent::Replace(route) => {
                if self.at > 0 {
                    self.pages.truncate(self.at + 1);
                    self.pages.pop();
                    self.at -= 1;
                }
                self.go(route, effects);
            }
            Intent::Ask(mut overlay) => {
                overlay.learn(&self.around.ctx(layout(self.around.screen()).1));
                self.overlays.push(overlay);
            }
            Intent::Close => {
                self.overlays.pop();
            }
            Intent::Act(action) => self.act(action, effects),
            Intent::Do(wanted) => wanted.into_iter().for_each(|effect| self.want(effect, effects)),
            Intent::Say(words) => self.say(words),
            Intent::Scope(scope) => self.scope(scope),
            Intent::Base(image) => {
                self.around.world.base = Some(image);
                self.learn(&Touched::everything());
            }
            Intent::Look(name) => match Theme::named(&name) {
                Ok(theme) => self.around.theme = theme,
                Err(why) => self.say(why),
            },
            Intent::Many(intents) => intents.into_iter().for_each(|intent| self.apply(intent, effects)),
        }
    }

    fn want(&mut self, effect: Effect, effects: &mut Vec<Effect>) {
        match &effect {
            Effect::Fetch(query) => self.around.world.asking(query),
            Effect::Execute(confirmed) => {
                self.unfinished.push(confirmed.command().clone());
                self.with_page(|screen, ctx| screen.sent(confirmed.command(), ctx));
            }
            Effect::SaveLogThen(_, confirmed) => {
                self.unfinished.push(confirmed.command().clone());
                self.saving += 1;
            }
            Effect::SaveLog(_) | Effect::SaveText { .. } => self.saving += 1,
            _ => {}
        }
        effects.push(effect);
    }

    /// Which rights there are is asked before a verb is offered, for the places the screen is about.
    fn ask_rights(&mut self, effects: &mut Vec<Effect>) {
        let world = &self.around.world;
        let mut places = self.page_here().screen.places(world);
        places.retain(|(cluster, namespace)| {
            let live = world.endpoint(cluster).is_some_and(weir_domain::Endpoint::live);
            live && !world.rights.contains_key(&(cluster.clone(), namespace.clone()))
        });
        for (cluster, namespace) in places {
            self.want(Effect::Fetch(Query::Rights(cluster, namespace)), effects);
        }
    }
}
