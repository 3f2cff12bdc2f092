//! How one payload becomes another: what was added, removed, changed and rebuilt, with the pull requests where they are told.
//!
//! Invariant: the difference is computed when the payloads are known, once a pair of digests, and never while drawing.

mod view;

use crate::action::Action;
use crate::effect::Effect;
use crate::overlays::links::{Link, Links};
use crate::parts::cursor::Cursor;
use crate::parts::filter_line::FilterLine;
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{Remote, Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use std::sync::Arc;
use weir_domain::payload::{Changed, ChangedImages, Changelog, Difference};
use weir_domain::{Answer, Failure, ImageRef, Payload, PayloadDiff, Query, Watch};

#[derive(Debug)]
pub(crate) struct Diff {
    from: ImageRef,
    to: ImageRef,
    diff: Option<Box<PayloadDiff>>,
    /// Names of the components on show.
    rows: Vec<Arc<str>>,
    cursor: Cursor<Arc<str>>,
    filter: FilterLine,
}

fn word(kind: &Difference) -> &'static str {
    match kind {
        Difference::Added => "added",
        Difference::Removed => "removed",
        Difference::Changed => "changed",
        Difference::Rebuilt => "rebuilt",
    }
}

impl Diff {
    pub fn new(from: ImageRef, to: ImageRef) -> Diff {
        let (cursor, filter) = (Cursor::default(), FilterLine::default());
        Diff { from, to, diff: None, rows: Vec::new(), cursor, filter }
    }

    fn payload<'a>(image: &ImageRef, world: &'a World) -> Option<&'a Payload> {
        world.payloads.get(image)?.known().map(|payload| &**payload)
    }

    /// Both are known, and it goes from the newer to the older: nothing was merged on that way.
    fn backwards(&self, world: &World) -> bool {
        let created = |image| Self::payload(image, world).map(|payload| payload.created);
        created(&self.from).zip(created(&self.to)).is_some_and(|(from, to)| from > to)
    }

    /// Which two releases the release-controller is asked about: the older first.
    fn span(&self, world: &World) -> Option<(Arc<str>, Arc<str>)> {
        let (from, to) = (Self::payload(&self.from, world)?, Self::payload(&self.to, world)?);
        let (older, newer) = if self.backwards(world) { (to, from) } else { (from, to) };
        (older.name != newer.name).then(|| (older.name.clone(), newer.name.clone()))
    }

    /// What the release-controller says lies between, from whoever asked.
    fn changelog<'a>(&self, world: &'a World) -> Option<&'a Changelog> {
        let (older, newer) = self.span(world)?;
        if let Some(remote) = world.changelogs.get(&(older.clone(), newer.clone())) {
            return remote.known().map(|log| &**log);
        }
        let details = world.release_details.values().filter_map(|kept| kept.value.as_deref());
        let mut logs = details.filter(|detail| detail.id.name == newer).filter_map(|detail| detail.changes.as_ref());
        logs.find(|(since, _)| *since == older).map(|(_, log)| log)
    }

    fn images<'a>(&self, component: &str, world: &'a World) -> Option<&'a ChangedImages> {
        self.changelog(world)?.images.iter().find(|images| images.names.iter().any(|name| **name == *component))
    }

    fn gather(&mut self, ctx: &Ctx<'_>) {
        if let (Some(from), Some(to)) = (Self::payload(&self.from, ctx.world), Self::payload(&self.to, ctx.world)) {
            let of = |diff: &PayloadDiff| diff.from_digest == from.digest && diff.to_digest == to.digest;
            if !self.diff.as_ref().is_some_and(|diff| of(diff)) {
                self.diff = Some(Box::new(PayloadDiff::between(from, to)));
            }
        }
        let Some(diff) = &self.diff else { return };
        let keeps = |change: &&Changed| self.filter.keeps(&[&change.name, word(&change.kind)], &[]);
        self.rows = diff.changes.iter().filter(keeps).map(|change| change.name.clone()).collect();
        self.cursor.settle(&self.rows, false);
    }

    fn change(&self, name: &str) -> Option<&Changed> {
        self.diff.as_ref()?.changes.iter().find(|change| *change.name == *name)
    }

    fn selected(&self) -> Option<&Changed> {
        self.change(self.cursor.id()?)
    }

    fn questions(&self, world: &World) -> Vec<Effect> {
        let open = |image: &&ImageRef| !matches!(world.payloads.get(*image), Some(Remote::Asking | Remote::Known(_)));
        let mut wanted: Vec<Query> =
            [&self.from, &self.to].into_iter().filter(open).cloned().map(Query::Payload).collect();
        wanted.dedup();
        if let Some((from, to)) = self.span(world)
            && self.changelog(world).is_none()
            && !world.changelogs.contains_key(&(from.clone(), to.clone()))
        {
            wanted.push(Query::Changelog { from, to });
        }
        wanted.into_iter().map(Effect::Fetch).collect()
    }

    /// The forge's comparison, from the older commit: the other way round it is empty.
    fn compare_page(&self, change: &Changed, world: &World) -> Option<String> {
        match self.backwards(world) {
            true => Changed { from: change.to.clone(), to: change.from.clone(), ..change.clone() }.compare_page(),
            false => change.compare_page(),
        }
    }

    /// The page that tells most of a change.
    fn url(&self, change: &Changed, world: &World) -> Option<String> {
        let told = || self.images(&change.name, world).and_then(|images| images.page.as_deref().map(String::from));
        let commit = || change.to.as_ref().or(change.from.as_ref()).and_then(|component| component.commit_page());
        self.compare_page(change, world).or_else(told).or_else(commit)
    }

    fn facts(&self, change: &Changed, world: &World) -> Vec<Link> {
        let mut links = Vec::new();
        links.extend(self.compare_page(change, world).map(|page| Link::new("all commits between the two", page)));
        for commit in self.images(&change.name, world).into_iter().flat_map(|images| &images.commits) {
            let number = commit.pull.map(|number| format!("#{number} ")).unwrap_or_default();
            links.push(Link::new(format!("{number}{}", commit.subject), commit.page.as_deref().unwrap_or_default()));
        }
        for (side, component) in [("from", &change.from), ("to", &change.to)] {
            let Some(component) = component else { continue };
            let commit = component.commit.as_deref().unwrap_or("commit not told");
            links.push(Link::new(format!("{side} {commit}"), component.image.to_string()));
        }
        links
    }
}

impl Screen for Diff {
    fn title(&self, world: &World) -> String {
        let name = |image: &ImageRef| {
            let tag = || image.tag.as_deref().map_or_else(|| image.asked().to_string(), String::from);
            Self::payload(image, world).map_or_else(tag, |payload| payload.name.to_string())
        };
        format!("Payloads › {} → {}", name(&self.from), name(&self.to))
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        Vec::new()
    }

    fn opened(&mut self, ctx: &Ctx<'_>) -> Intent {
        Intent::Do(self.questions(ctx.world))
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything || touched.answers {
            self.gather(ctx);
        }
    }

    fn answered(&mut self, query: &Query, answer: &Result<Answer, Failure>, ctx: &Ctx<'_>) -> Intent {
        match (query, answer) {
            (Query::Payload(image), Ok(_)) if *image == self.from || *image == self.to => {
                Intent::Do(self.questions(ctx.world))
            }
            _ => Intent::Stay,
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
        if let Some(change) = self.selected() {
            offers.push(Offer::ready(Action::Open));
            let url = self.url(change, ctx.world).map(|_| ()).ok_or("no repository is told".to_string());
            offers.push(Offer::of(Action::Url, url));
            offers.extend([Action::Copy, Action::CopyAll].map(Offer::ready));
        }
        offers.extend([Action::Filter, Action::Back].map(Offer::ready));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let height = usize::from(ctx.area.height.saturating_sub(view::AROUND));
        if self.cursor.step(action, &self.rows, height) {
            return Intent::Stay;
        }
        match (action, self.selected()) {
            (Action::Open, Some(change)) => {
                let links = self.facts(change, ctx.world);
                Intent::Ask(Box::new(Links::new(format!("{} · {}", change.name, word(&change.kind)), links, 0)))
            }
            (Action::Url, Some(change)) => match self.url(change, ctx.world) {
                Some(url) => Intent::Do(vec![Effect::Open(url)]),
                None => Intent::Stay,
            },
            (Action::Copy, Some(change)) => Intent::Do(vec![Effect::Copy(change.name.to_string())]),
            (Action::CopyAll, Some(_)) => Intent::Do(vec![Effect::Copy(view::text(self, ctx))]),
            (Action::Open | Action::Url | Action::Copy | Action::CopyAll, None) => Intent::Stay,
            (Action::Refresh, _) => {
                let asked = self.span(ctx.world).map(|(from, to)| Effect::Fetch(Query::Changelog { from, to }));
                let failed =
                    |span: (Arc<str>, Arc<str>)| matches!(ctx.world.changelogs.get(&span), Some(Remote::Failed(_)));
                let again = asked.filter(|_| self.span(ctx.world).is_some_and(failed));
                Intent::Do(self.questions(ctx.world).into_iter().chain(again).collect())
            }
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
