//! Accept, reject or take back a payload over its jobs: the reason, what it will and will not do, the exact patch, the tag typed.
//!
//! The right is asked for before the key. The yes is for what the dialog showed when it opened, and the patch carries that
//! version: a decision that somebody makes while the tag is typed is shown, and needs a new yes.

mod basis;

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::input::Input;
use crate::parts::panel::{dialog, dialog_inside, liveness};
use crate::parts::text::{Cut, fit, fold, put, width, wrap};
use crate::screen::{Ctx, Intent, Offer, Overlay};
use crate::theme::Role;
use crate::world::{Live, World};
use basis::Basis;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::command::Decision;
use weir_domain::plan::Override;
use weir_domain::release::decision;
use weir_domain::release::detail::{Insight, ReleasePayload};
use weir_domain::text::clean_line;
use weir_domain::{Command, Consent, Proposal, ReleaseDetail, ReleaseId, RunId, Watch, yaml};

const COLUMNS: u16 = 76;
const LABEL: usize = 9;

/// The three actions of a release's row, each with its reason where it cannot be done.
pub(crate) fn offers(ctx: &Ctx<'_>, id: &ReleaseId) -> Vec<Offer> {
    [Action::Accept, Action::Reject, Action::TakeBack]
        .into_iter()
        .map(|action| Offer::of(action, of(action).map_or(Ok(()), |what| may(ctx, id, what))))
        .collect()
}

/// Opens the dialog for one of the three actions; `None` for any other.
pub(crate) fn act(action: Action, id: &ReleaseId) -> Option<Intent> {
    of(action).map(|what| Intent::Ask(Box::new(Decide::new(id.clone(), what))))
}

fn of(action: Action) -> Option<Override> {
    match action {
        Action::Accept => Some(Override::Accept),
        Action::Reject => Some(Override::Reject),
        Action::TakeBack => Some(Override::TakeBack),
        _ => None,
    }
}

fn detail<'a>(world: &'a World, id: &ReleaseId) -> Option<&'a ReleaseDetail> {
    world.release_details.get(id)?.value.as_deref()
}

/// Whether it could be done, as far as is known. What was not asked yet, the dialog asks.
fn may(ctx: &Ctx<'_>, id: &ReleaseId, what: Override) -> Result<(), String> {
    if ctx.settings.read_only {
        return Err("weir is read-only".into());
    }
    match detail(ctx.world, id).map(|detail| &detail.insight) {
        None => Ok(()),
        Some(insight) => object(insight, what).and_then(|object| right(ctx, object)),
    }
}

/// The ReleasePayload, where there is one to decide over.
fn object(insight: &Insight, what: Override) -> Result<&ReleasePayload, String> {
    match insight {
        Insight::Unseen { why } => Err(format!("its ReleasePayload is not seen: {why}")),
        Insight::None { cluster } => Err(format!("it has no ReleasePayload on {cluster}")),
        Insight::Object(object) if what == Override::TakeBack && object.wish.is_none() => {
            Err("nobody has decided by hand".into())
        }
        Insight::Object(object) => Ok(object),
    }
}

fn right(ctx: &Ctx<'_>, object: &ReleasePayload) -> Result<(), String> {
    let endpoint = ctx.world.endpoint(&object.cluster);
    if object.may_decide == Some(false) {
        return Err(format!("needs `patch releasepayloads` in {} on {}", object.namespace, object.cluster));
    }
    if endpoint.is_some_and(|endpoint| endpoint.read_only) {
        return Err(format!("{} is read-only in the config", object.cluster));
    }
    match endpoint {
        None => Err(format!("{} is not known", object.cluster)),
        Some(endpoint) if !endpoint.live() => Err(format!("{} is not connected", object.cluster)),
        Some(_) => Ok(()),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Reason,
    Tag,
}

#[derive(Debug)]
struct Decide {
    id: ReleaseId,
    what: Override,
    reason: Input,
    tag: Input,
    focus: Field,
    /// The state that a yes is for: the first that was shown, or the one after a change was told.
    basis: Option<Basis>,
    /// What happened between the basis and the last yes.
    changed: Option<String>,
    /// Why the last yes was not taken.
    refused: Option<String>,
    top: usize,
}

#[derive(Clone, Debug)]
struct Line {
    text: String,
    role: Role,
    field: Option<Field>,
}

impl Line {
    fn new(text: impl Into<String>, role: Role) -> Line {
        Line { text: text.into(), role, field: None }
    }
}

/// A labelled sentence on as many lines as it takes.
fn told(label: &str, text: &str, role: Role) -> Vec<Line> {
    let parts = wrap(text, usize::from(COLUMNS) - LABEL);
    let line = |(index, part): (usize, String)| {
        Line::new(format!("{:<LABEL$}{part}", if index == 0 { label } else { "" }), role)
    };
    parts.into_iter().enumerate().map(line).collect()
}

impl Decide {
    fn new(id: ReleaseId, what: Override) -> Decide {
        let focus = if what == Override::TakeBack { Field::Tag } else { Field::Reason };
        let (reason, tag) = (Input::default(), Input::default());
        Decide { id, what, reason, tag, focus, basis: None, changed: None, refused: None, top: 0 }
    }

    /// What it is about when it can be decided, or why not.
    fn ready<'a>(&self, ctx: &Ctx<'a>) -> Result<(&'a ReleaseDetail, &'a ReleasePayload), String> {
        if ctx.settings.read_only {
            return Err("weir is read-only: nothing can be sent".into());
        }
        match ctx.world.release_details.get(&self.id).map(|kept| (&kept.value, &kept.live)) {
            Some((Some(detail), _)) => {
                let object = object(&detail.insight, self.what)?;
                right(ctx, object)?;
                Ok((detail, object))
            }
            Some((None, Live::Missing(failure) | Live::Lost { failure, .. })) => Err(failure.to_string()),
            _ => Err(format!("reading its ReleasePayload{}", ctx.glyphs.cut)),
        }
    }

    fn command(&self, object: &ReleasePayload) -> Command {
        let decision = Decision {
            object: RunId::new(object.cluster.as_str(), &object.namespace, &object.name),
            what: self.what,
            reason: self.reason.text().trim().to_string(),
            resource_version: self.basis.as_ref().map_or(&object.resource_version, |b| &b.resource_version).clone(),
        };
        Command::Decide(Box::new(decision))
    }

    fn answer(&mut self, ctx: &Ctx<'_>) -> Intent {
        let Ok((_, object)) = self.ready(ctx) else { return Intent::Stay };
        let Some(endpoint) = ctx.world.endpoint(&object.cluster) else { return Intent::Stay };
        if self.focus == Field::Reason {
            if self.what != Override::TakeBack && self.reason.text().trim().is_empty() {
                self.refused = Some("a decision over the jobs needs a reason".into());
            } else {
                self.focus = Field::Tag;
            }
            return Intent::Stay;
        }
        if let Some(changed) = self.basis.get_or_insert_with(|| Basis::of(object)).since(object) {
            self.basis = Some(Basis::of(object));
            self.changed = Some(changed);
            self.refused = Some("it changed: look again, then type the tag again".into());
            self.tag = Input::default();
            self.top = 0;
            return Intent::Stay;
        }
        let reason = Some(self.reason.text().trim().to_string()).filter(|reason| !reason.is_empty());
        match Proposal::new(self.command(object), endpoint, ctx.settings.read_only, reason) {
            Err(failure) => self.refused = Some(failure.to_string()),
            Ok(proposal) => match proposal.answer(Consent::Typed(self.tag.text())) {
                Ok(confirmed) => {
                    let said = Intent::Say(format!("{} of {} sent", self.what.verb(), self.id.name));
                    return Intent::Many(vec![Intent::Close, Intent::Do(vec![Effect::Execute(confirmed)]), said]);
                }
                Err(_) => self.refused = Some("not the same tag".into()),
            },
        }
        Intent::Stay
    }

    fn lines(&self, ctx: &Ctx<'_>) -> Vec<Line> {
        let (detail, object) = match self.ready(ctx) {
            Ok(found) => found,
            Err(why) => {
                let lines = wrap(&why, usize::from(COLUMNS)).into_iter();
                return lines.map(|line| Line::new(line, Role::Warning)).collect();
            }
        };
        let server = ctx.world.endpoint(&object.cluster).map_or("", |endpoint| endpoint.server.as_str());
        let mut lines = self.changed.as_ref().map_or_else(Vec::new, |text| told("changed", text, Role::Danger));
        lines.extend(told("cluster", &format!("{}  {server}", object.cluster), Role::Normal));
        lines.extend(told("object", &format!("ReleasePayload {} in {}", object.name, object.namespace), Role::Normal));
        lines.extend(told("now", &detail.why(), Role::Normal));
        if let Some(earlier) = decision::earlier(object) {
            lines.extend(told("by hand", &earlier, Role::Warning));
        }
        if object.may_decide.is_none() {
            lines.extend(told("right", "whether you may is not known: the server will say", Role::Warning));
        }
        if let Some(live) = ctx.world.release_details.get(&self.id).map(|kept| &kept.live).filter(|live| live.lost()) {
            lines.push(Line::new(liveness(live, object.cluster.as_str(), ctx).0, Role::Lost));
        }
        for (label, text, heavy) in decision::effects(self.what, object) {
            lines.extend(told(label, &text, if heavy { Role::Warning } else { Role::Normal }));
        }
        let reason = if self.what == Override::TakeBack { "reason (kept in the journal)  " } else { "reason   " };
        lines.push(Line { text: reason.into(), role: Role::Strong, field: Some(Field::Reason) });
        for call in weir_domain::proposal::calls(&self.command(object)) {
            let request = fold(&format!("{} {}", call.method, call.path), usize::from(COLUMNS) - LABEL);
            for (index, part) in request.into_iter().enumerate() {
                let label = if index == 0 { "Sends" } else { "" };
                lines.push(Line::new(format!("{label:<LABEL$}{part}"), Role::Strong));
            }
            for line in yaml::text(&call.body).lines() {
                for part in fold(&clean_line(line), usize::from(COLUMNS) - LABEL) {
                    lines.push(Line::new(format!("{:LABEL$}{part}", ""), Role::Dim));
                }
            }
        }
        lines
    }

    /// The last two lines inside are for the tag and the keys.
    fn wanted(lines: &[Line]) -> u16 {
        lines.len() as u16 + 2
    }

    fn window(&self, lines: &[Line], inside: Rect) -> std::ops::Range<usize> {
        let room = usize::from(inside.height.saturating_sub(2));
        if room == 0 {
            return 0..0;
        }
        let top = self.top.min(lines.len().saturating_sub(room));
        // The reason stays in sight while it is typed.
        let field = lines.iter().position(|line| line.field == Some(self.focus)).unwrap_or(top);
        let top = if field < top { field } else { top.max((field + 1).saturating_sub(room)) };
        top..(top + room).min(lines.len())
    }

    fn prompt(&self) -> String {
        format!("Type the tag to {}: ", self.what.verb())
    }

    fn reason_area(line: &Line, inside: Rect, y: u16) -> Rect {
        let used = (width(&line.text) as u16).min(inside.width / 2);
        Rect { x: inside.x + used, y, width: inside.width - used, height: 1 }
    }

    fn tag_area(&self, inside: Rect) -> Rect {
        let used = (width(&self.prompt()) as u16).min(inside.width / 2);
        let y = inside.bottom().saturating_sub(2).max(inside.y);
        Rect { x: inside.x + used, y, width: inside.width - used, height: 1 }
    }
}

impl Overlay for Decide {
    fn watches(&self) -> Vec<Watch> {
        vec![Watch::Release(self.id.clone())]
    }

    fn learn(&mut self, ctx: &Ctx<'_>) {
        if self.basis.is_none()
            && let Ok((_, object)) = self.ready(ctx)
        {
            self.basis = Some(Basis::of(object));
        }
    }

    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) {
            return Intent::Many(vec![Intent::Close, Intent::Say("nothing was sent".into())]);
        }
        if self.ready(ctx).is_err() {
            return Intent::Stay;
        }
        let last = self.lines(ctx).len();
        match key.code {
            KeyCode::Enter => return self.answer(ctx),
            KeyCode::Down => self.top = (self.top + 1).min(last),
            KeyCode::Up => self.top = self.top.saturating_sub(1),
            KeyCode::PageDown => self.top = (self.top + 8).min(last),
            KeyCode::PageUp => self.top = self.top.saturating_sub(8),
            KeyCode::Tab | KeyCode::BackTab => {
                self.focus = if self.focus == Field::Reason { Field::Tag } else { Field::Reason };
            }
            _ => {
                self.refused = None;
                let field = if self.focus == Field::Reason { &mut self.reason } else { &mut self.tag };
                field.typed(key);
            }
        }
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let lines = self.lines(ctx);
        let title = format!("{} {}", self.what.verb(), self.id.name);
        let inside = dialog(ctx, area, COLUMNS, Self::wanted(&lines), &title, buf);
        let window = self.window(&lines, inside);
        for (y, line) in (inside.y..).zip(&lines[window.clone()]) {
            let shown = fit(&line.text, usize::from(inside.width), Cut::Tail, ctx.glyphs);
            put(buf, inside.x, y, inside.width, &shown, ctx.style(line.role));
            if line.field.is_some() {
                self.reason.view(Self::reason_area(line, inside, y), ctx.style(Role::Input), buf);
            }
        }
        let Some(last) = inside.bottom().checked_sub(1).filter(|y| *y >= inside.y) else { return };
        let more = if window.end < lines.len() { "Down more  " } else { "" };
        let keys = match (self.ready(ctx), &self.refused, self.focus) {
            (Err(_), ..) => "Esc close".to_string(),
            (_, Some(why), _) => format!("{why}  Esc no"),
            (_, None, Field::Reason) => format!("{more}Enter or Tab to the tag  Esc no"),
            (_, None, Field::Tag) => format!("{more}Enter sends when it is typed  Tab reason  Esc no"),
        };
        let role = if self.refused.is_some() { Role::Danger } else { Role::Footer };
        put(buf, inside.x, last, inside.width, &keys, ctx.style(role));
        if inside.height > 1 && self.ready(ctx).is_ok() {
            let field = self.tag_area(inside);
            let prompt = fit(&self.prompt(), usize::from(field.x - inside.x), Cut::Tail, ctx.glyphs).into_owned();
            let role = if self.focus == Field::Tag { Role::Strong } else { Role::Dim };
            put(buf, inside.x, field.y, field.x - inside.x, &prompt, ctx.style(role));
            self.tag.view(field, ctx.style(Role::Input), buf);
        }
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        self.ready(ctx).ok()?;
        let lines = self.lines(ctx);
        let inside = dialog_inside(area, COLUMNS, Self::wanted(&lines));
        if self.focus == Field::Tag {
            return Some(self.tag.cursor(self.tag_area(inside)));
        }
        let window = self.window(&lines, inside);
        let index = lines.iter().position(|line| line.field.is_some()).filter(|index| window.contains(index))?;
        let y = inside.y + u16::try_from(index - window.start).ok()?;
        Some(self.reason.cursor(Self::reason_area(&lines[index], inside, y)))
    }
}
