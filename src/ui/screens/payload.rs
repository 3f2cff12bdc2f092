//! What a release is made of: who signed it, its components with version, commit and repository, and what they weigh.
//!
//! Invariant: the selection is a component's name, the first of a new order; sizes are asked for only when somebody sorts by them.

mod head;
mod order;
mod view;

use crate::action::Action;
use crate::effect::Effect;
use crate::overlays;
use crate::overlays::links::{Link, Links};
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::FilterLine;
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{Remote, Touched, World};
use order::Order;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use std::sync::Arc;
use weir_domain::payload::Weight;
use weir_domain::{Component, ImageRef, Payload as Known, Query, Watch};

#[derive(Debug)]
pub(crate) struct Payload {
    image: ImageRef,
    /// Names of the components on show, in order.
    rows: Vec<Arc<str>>,
    cursor: Cursor<Arc<str>>,
    filter: FilterLine,
    order: Order,
}

impl Payload {
    pub fn new(image: ImageRef) -> Payload {
        Payload {
            image,
            rows: Vec::new(),
            cursor: Cursor::default(),
            filter: FilterLine::default(),
            order: Order::Name,
        }
    }

    fn remote<'a>(&self, world: &'a World) -> Option<&'a Remote<Box<Known>>> {
        world.payloads.get(&self.image)
    }

    fn payload<'a>(&self, world: &'a World) -> Option<&'a Known> {
        self.remote(world)?.known().map(|payload| &**payload)
    }

    fn weights<'a>(&self, world: &'a World) -> &'a [Weight] {
        world.weights.get(&self.image).and_then(Remote::known).map_or(&[], Vec::as_slice)
    }

    fn weight<'a>(&self, name: &str, world: &'a World) -> Option<&'a Weight> {
        let weights = self.weights(world);
        weights.binary_search_by(|weight| (*weight.component).cmp(name)).ok().map(|at| &weights[at])
    }

    fn gather(&mut self, ctx: &Ctx<'_>) {
        let Some(payload) = self.payload(ctx.world) else {
            self.rows.clear();
            return;
        };
        self.rows = order::rows(payload, self.weights(ctx.world), self.order, &self.filter);
        // Sizes come after their order was chosen: until somebody moves, the first row is the selected one.
        self.cursor.settle(&self.rows, self.order == Order::Size);
    }

    fn selected<'a>(&self, world: &'a World) -> Option<&'a Component> {
        self.payload(world)?.component(self.cursor.id()?)
    }

    /// The questions that are not under way or answered.
    fn questions(&self, world: &World, weights: bool) -> Vec<Effect> {
        fn open<T>(remote: Option<&Remote<T>>) -> bool {
            !matches!(remote, Some(Remote::Asking | Remote::Known(_)))
        }
        let mut wanted = Vec::new();
        if open(self.remote(world)) {
            wanted.push(Query::Payload(self.image.clone()));
        }
        if open(world.signed.get(&self.image)) {
            wanted.push(Query::Signed(self.image.clone()));
        }
        if weights && open(world.weights.get(&self.image)) {
            wanted.push(Query::Weights(self.image.clone()));
        }
        wanted.into_iter().map(Effect::Fetch).collect()
    }

    fn url(&self, world: &World) -> Option<String> {
        let component = self.selected(world)?;
        component.commit_page().or_else(|| component.repository.as_deref().map(String::from))
    }
}

/// All that can be taken of a component.
fn facts(component: &Component, weight: Option<&Weight>) -> Vec<Link> {
    let text = |text: &Option<Arc<str>>| text.as_deref().unwrap_or_default().to_string();
    let mut links = Vec::new();
    links.extend(component.commit_page().map(|page| Link::new("commit", page)));
    for (label, text) in [
        ("repository", text(&component.repository)),
        ("commit id", text(&component.commit)),
        ("version", text(&component.version)),
        ("pull spec", component.image.to_string()),
        ("digest", component.digest.to_string()),
    ] {
        links.push(if text.is_empty() { Link::new(format!("{label}: not told"), "") } else { Link::new(label, text) });
    }
    if let Some(weight) = weight {
        links
            .extend(weight.refused.as_ref().map(|why| Link::new("cannot be pulled without credentials", why.as_str())));
        if !weight.architectures.is_empty() {
            links.push(Link::new("architectures", weight.architectures.join(", ")));
        }
    }
    links
}

impl Screen for Payload {
    fn title(&self, world: &World) -> String {
        let tag = || self.image.tag.as_deref().map_or_else(|| self.image.asked().to_string(), String::from);
        format!("Payload › {}", self.payload(world).map_or_else(tag, |payload| payload.name.to_string()))
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        Vec::new()
    }

    fn opened(&mut self, ctx: &Ctx<'_>) -> Intent {
        Intent::Do(self.questions(ctx.world, false))
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything || touched.answers {
            self.gather(ctx);
        }
    }

    fn filter(&self) -> Option<&FilterLine> {
        Some(&self.filter)
    }

    fn filter_mut(&mut self) -> Option<&mut FilterLine> {
        Some(&mut self.filter)
    }

    fn refilter(&mut self, ctx: &Ctx<'_>) {
        self.gather(ctx);
        self.cursor.rest(&self.rows);
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let mut offers = Vec::new();
        if self.selected(ctx.world).is_some() {
            offers.push(Offer::ready(Action::Open));
            let url = self.url(ctx.world).map(|_| ()).ok_or("no repository is told".to_string());
            offers.push(Offer::of(Action::Url, url));
            offers.push(Offer::ready(Action::Copy));
        }
        offers.extend([Action::Filter, Action::Sort, Action::Compare, Action::Mark].map(Offer::ready));
        offers.push(Offer::ready(Action::CopyAll));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let height = usize::from(view::rows_area(self, ctx, ctx.area).height);
        if self.cursor.step(action, &self.rows, height) {
            return Intent::Stay;
        }
        match (action, self.selected(ctx.world)) {
            (Action::Open, Some(component)) => {
                let links = facts(component, self.weight(&component.name, ctx.world));
                Intent::Ask(Box::new(Links::new(component.name.to_string(), links, 0)))
            }
            (Action::Url, Some(_)) => match self.url(ctx.world) {
                Some(url) => Intent::Do(vec![Effect::Open(url)]),
                None => Intent::Stay,
            },
            (Action::Copy, Some(component)) => Intent::Do(vec![Effect::Copy(component.name.to_string())]),
            (Action::CopyAll, Some(component)) => {
                let facts = facts(component, self.weight(&component.name, ctx.world));
                let lines: Vec<String> = facts.iter().map(|link| format!("{}  {}", link.label, link.text)).collect();
                Intent::Do(vec![Effect::Copy(format!("{}\n{}", component.name, lines.join("\n")))])
            }
            (Action::Open | Action::Url | Action::Copy | Action::CopyAll, None) => Intent::Stay,
            (Action::Sort, _) => {
                self.order = self.order.next();
                self.cursor = Cursor::default();
                self.gather(ctx);
                Intent::Do(self.questions(ctx.world, self.order == Order::Size))
            }
            // A tag may hold another image by now.
            (Action::Refresh, _) => {
                let asked = [Query::Payload(self.image.clone()), Query::Signed(self.image.clone())].map(Effect::Fetch);
                let sizes = self.questions(ctx.world, self.order == Order::Size).into_iter();
                let sizes = sizes.filter(|effect| matches!(effect, Effect::Fetch(Query::Weights(_))));
                Intent::Many(vec![
                    Intent::Do(asked.into_iter().chain(sizes).collect()),
                    Intent::Say("asking again".into()),
                ])
            }
            (Action::Mark, _) => {
                let words = format!("marked; {} on another compares", ctx.keymap.shown(Action::Compare));
                Intent::Many(vec![Intent::Base(self.image.clone()), Intent::Say(words)])
            }
            (Action::Compare, _) => overlays::compare::open(&self.image, ctx),
            _ => Intent::Pass,
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        view::draw(self, ctx, area, buf);
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        view::cursor(self, ctx, area)
    }
}
