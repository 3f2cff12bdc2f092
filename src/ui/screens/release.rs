//! One release: why it stands as it does, every job with its attempts, since when it fails, what changed, and its payload.
//!
//! Invariant: the selected row is a job, change or release by its name; news never move the selection to another.

mod beside;
mod head;
mod rows;
mod view;

use crate::action::Action;
use crate::channels;
use crate::effect::Effect;
use crate::overlays;
use crate::overlays::links::{Link, Links};
use crate::parts::cursor::Cursor;
use crate::route::Route;
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{Live, Touched, World};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use rows::{JobRow, Key, Row};
use std::sync::Arc;
use weir_domain::payload::ChangedImages;
use weir_domain::release::{NEVER_RAN, web_page};
use weir_domain::{ImageRef, Release as Known, ReleaseDetail, ReleaseId, Status, Watch};

/// From this width on, the selected row is told beside the list.
const WIDE: u16 = 120;

#[derive(Debug)]
pub(crate) struct Release {
    id: ReleaseId,
    rows: Vec<Row>,
    keys: Vec<Key>,
    cursor: Cursor<Key>,
    /// The selection has been put on what matters, or the operator has moved it.
    aimed: bool,
}

impl Release {
    pub fn new(id: ReleaseId) -> Release {
        Release { id, rows: Vec::new(), keys: Vec::new(), cursor: Cursor::default(), aimed: false }
    }

    fn detail<'a>(&self, world: &'a World) -> Option<&'a ReleaseDetail> {
        world.release_details.get(&self.id)?.value.as_deref()
    }

    /// The release from its detail, or as the stream's list has it.
    fn release<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a Known> {
        self.detail(ctx.world).map(|detail| &detail.release).or_else(|| rows::release_of(&self.id, ctx))
    }

    fn live(&self, world: &World) -> Live {
        world.release_details.get(&self.id).map_or(Live::Loading, |kept| kept.live.clone())
    }

    fn relist(&mut self, ctx: &Ctx<'_>) {
        self.rows = rows::rows(&self.id, self.release(ctx), self.detail(ctx.world), ctx);
        self.keys = self.rows.iter().map(Row::key).collect();
        if !self.aimed {
            let job = self.rows.iter().find(|row| matches!(row, Row::Job(_)));
            let first = job.or_else(|| self.rows.iter().find(|row| !matches!(row, Row::Title(..))));
            self.aimed = job.is_some();
            if let Some(first) = first {
                self.cursor.select(&self.keys, &first.key());
            }
        }
        self.cursor.settle(&self.keys, false);
        if matches!(self.cursor.id(), Some(Key::Title(_))) {
            self.cursor.step(Action::Down, &self.keys, 1);
        }
    }

    /// Moves, past titles.
    fn step(&mut self, action: Action, height: usize) -> bool {
        if !self.cursor.step(action, &self.keys, height) {
            return false;
        }
        self.aimed = true;
        let back = matches!(action, Action::Up | Action::HalfUp | Action::PageUp | Action::Top);
        let at = self.cursor.index();
        if matches!(self.keys.get(at), Some(Key::Title(_))) {
            let (onward, away) = if back && at > 0 { (Action::Up, Action::Down) } else { (Action::Down, Action::Up) };
            self.cursor.step(onward, &self.keys, height);
            if matches!(self.cursor.id(), Some(Key::Title(_))) {
                self.cursor.step(away, &self.keys, height);
            }
        }
        true
    }

    fn selected(&self) -> Option<&Row> {
        self.cursor.id().and_then(|key| self.keys.iter().position(|other| other == key)).map(|at| &self.rows[at])
    }

    fn image(&self, ctx: &Ctx<'_>) -> Result<ImageRef, String> {
        let Some(release) = self.release(ctx) else { return Err("asking releases".into()) };
        match rows::pull_spec(&self.id, release, ctx) {
            Some(image) => image.parse(),
            None => Err(release.phase.without_image().into()),
        }
    }

    /// The payload of the release that was accepted before this one.
    fn before(&self, ctx: &Ctx<'_>) -> Result<ImageRef, String> {
        let own = self.image(ctx)?;
        let before = self.detail(ctx.world).and_then(|detail| detail.accepted_before.clone());
        let name = before.ok_or("no accepted release before it is known")?;
        let id = ReleaseId { stream: self.id.stream.clone(), name: name.clone() };
        let listed = rows::release_of(&id, ctx).and_then(|release| release.pull_spec.parse().ok());
        // The tags of one stream stand side by side in one repository.
        Ok(listed.unwrap_or_else(|| own.with_tag(&name)))
    }

    fn page(&self, world: &World) -> Option<String> {
        let told = self.detail(world).map(|detail| detail.page.clone()).filter(|page| !page.is_empty());
        let base = || world.release_controller().map(|base| web_page(base, self.id.stream.as_str(), &self.id.name));
        told.or_else(base)
    }

    /// The address of what is selected, else the release's own.
    fn url(&self, world: &World) -> Option<String> {
        let own = match self.selected() {
            Some(Row::Job(job)) => return job.url().map(String::from),
            Some(Row::Change(images)) => images.page.as_deref().map(String::from),
            Some(Row::Upgrade(upgrade, _)) => upgrade.pages.last().map(|page| page.to_string()),
            _ => None,
        };
        own.or_else(|| self.page(world))
    }

    fn open(&self, ctx: &Ctx<'_>) -> Intent {
        match self.selected() {
            Some(Row::Job(job)) => {
                let links = attempts(job);
                let last = links.len().saturating_sub(1);
                let kind = if job.blocking { "blocking" } else { "informing" };
                let tries = if job.tries == 1 { "1 attempt".into() } else { format!("{} attempts", job.tries) };
                Intent::Ask(Box::new(Links::new(format!("{} · {kind}, {tries}", job.name), links, last)))
            }
            Some(Row::Change(images)) => Intent::Ask(Box::new(Links::new(images.names.join(", "), merged(images), 0))),
            Some(Row::Upgrade(upgrade, _)) => {
                let links: Vec<Link> = upgrade.pages.iter().enumerate().map(numbered).collect();
                let title = format!("{} to {}", rows::tail(&upgrade.from), rows::tail(&upgrade.to));
                Intent::Ask(Box::new(Links::new(title, links, 0)))
            }
            Some(Row::Related(id, ..)) => Intent::Go(Route::Release(id.clone())),
            Some(Row::Payload(_)) => self.payload(ctx),
            Some(Row::Title(..)) | None => Intent::Stay,
        }
    }

    fn payload(&self, ctx: &Ctx<'_>) -> Intent {
        match self.image(ctx) {
            Ok(image) => Intent::Go(Route::Payload(image)),
            Err(why) => Intent::Say(why),
        }
    }

    fn copied(&self) -> String {
        match self.selected() {
            Some(Row::Job(job)) => job.name.to_string(),
            Some(Row::Change(images)) => images.names.join(", "),
            Some(Row::Related(id, ..)) => id.name.to_string(),
            Some(Row::Payload(image)) => image.to_string(),
            _ => self.id.name.to_string(),
        }
    }
}

fn numbered((at, page): (usize, &Arc<str>)) -> Link {
    Link::new(format!("attempt {}", at + 1), page.to_string())
}

/// All attempts, the newest last; earlier ones were tried again.
fn attempts(job: &JobRow) -> Vec<Link> {
    if job.idle() {
        let label = if job.status.is_some() { "no attempt yet" } else { NEVER_RAN };
        return vec![Link { status: job.status, label: label.into(), text: String::new() }];
    }
    let last = job.pages.len().saturating_sub(1);
    let missing = usize::try_from(job.tries).unwrap_or(0).saturating_sub(job.pages.len());
    let each = job.pages.iter().enumerate().map(|(at, page)| {
        let number = at + 1 + missing;
        let (status, words) = match at == last {
            true => (job.status, format!("attempt {number}")),
            false => (None, format!("attempt {number}, tried again")),
        };
        let words = if page.is_empty() { format!("{words}: it has no page") } else { words };
        Link { status, label: words, text: page.to_string() }
    });
    each.collect()
}

/// What was merged into a component, newest first as the server has it, and the page with all of it.
fn merged(images: &ChangedImages) -> Vec<Link> {
    let all = images.page.iter().map(|page| Link::new("all commits", page.to_string()));
    let each = images.commits.iter().map(|commit| {
        let number = commit.pull.map(|number| format!("#{number} ")).unwrap_or_default();
        let text = commit.page.as_deref().unwrap_or_default();
        Link::new(format!("{number}{}", commit.subject), text)
    });
    each.chain(all).collect()
}

impl Screen for Release {
    fn title(&self, _world: &World) -> String {
        format!("Releases › {} › {}", self.id.stream, rows::tail(&self.id.name))
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        vec![Watch::Release(self.id.clone())]
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything
            || touched.streams
            || touched.releases.contains(&self.id.stream)
            || touched.release_details.contains(&self.id)
        {
            self.relist(ctx);
        }
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let mut offers = Vec::new();
        if self.selected().is_some() {
            offers.push(Offer::ready(Action::Open));
        }
        let url = self.url(ctx.world).map(|_| ()).ok_or("it has no page".to_string());
        offers.extend([
            Offer::of(Action::Url, url),
            Offer::of(Action::Pane, self.image(ctx).map(|_| ())),
            Offer::of(Action::Compare, self.before(ctx).map(|_| ())),
            Offer::of(Action::Promote, channels::may(ctx, &self.id.stream)),
            Offer::ready(Action::Copy),
            Offer::ready(Action::CopyAll),
            Offer::ready(Action::Back),
        ]);
        offers.extend(overlays::decide::offers(ctx, &self.id));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let height = usize::from(view::list(self, ctx, ctx.area).height);
        if self.step(action, height) {
            return Intent::Stay;
        }
        match action {
            Action::Open => self.open(ctx),
            Action::Pane => self.payload(ctx),
            Action::Url => match self.url(ctx.world) {
                Some(url) => Intent::Do(vec![Effect::Open(url)]),
                None => Intent::Stay,
            },
            Action::Compare => match (self.before(ctx), self.image(ctx)) {
                (Ok(from), Ok(to)) => Intent::Go(Route::Diff { from, to }),
                (Err(why), _) | (_, Err(why)) => Intent::Say(why),
            },
            Action::Promote => channels::promote(ctx, &self.id),
            Action::Copy => Intent::Do(vec![Effect::Copy(self.copied())]),
            Action::CopyAll => Intent::Do(vec![Effect::Copy(self.summary(ctx))]),
            other => overlays::decide::act(other, &self.id).unwrap_or(Intent::Pass),
        }
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        view::draw(self, ctx, area, buf);
    }
}

impl Release {
    /// Name, reason, jobs that failed with their pages, image and page: for a chat or a ticket.
    fn summary(&self, ctx: &Ctx<'_>) -> String {
        let mut lines = vec![self.id.name.to_string()];
        lines.extend(self.detail(ctx.world).map(ReleaseDetail::why));
        for row in &self.rows {
            if let Row::Job(job) = row
                && job.status == Some(Status::Failed)
            {
                let kind = if job.blocking { "blocking" } else { "informing" };
                lines.push(format!("{} ({kind}) failed {}", job.name, job.url().unwrap_or_default()).trim_end().into());
            }
        }
        lines.extend(self.release(ctx).map(|release| release.pull_spec.to_string()).filter(|image| !image.is_empty()));
        lines.extend(self.page(ctx.world));
        lines.join("\n")
    }
}
