//! The dialog to cancel a run: Tekton's three ways, and what each would do to this very run.
//!
//! Nothing is sent before the run has been read: without it the dialog could not say what goes away.

mod words;

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::input::Input;
use crate::parts::panel::{dialog, dialog_inside};
use crate::parts::text::{Cut, fit, fold, put, put_right, width, wrap};
use crate::screen::{Ctx, Intent, Overlay};
use crate::theme::Role;
use crate::world::Live;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::cancel::{Consequences, Grace, consequences};
use weir_domain::pipeline::publishing;
use weir_domain::{Command, Consent, Detail, Proposal, RunId, Tree, Watch, age_text};
use words::Weight;

const COLUMNS: u16 = 76;
/// Columns of a label before its sentence.
const LABEL: usize = 13;
/// Lines an effect may take.
const EFFECT_LINES: usize = 2;

/// Opens the dialog for a run.
pub(crate) fn open(run: RunId) -> Intent {
    Intent::Ask(Box::new(Cancel {
        run,
        promotes: false,
        way: 0,
        save: None,
        focus: Focus::Way,
        reason: Input::default(),
        phrase: Input::default(),
        wrong: false,
        top: 0,
    }))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    Way,
    Reason,
    /// The run's name, where a key is not enough.
    Phrase,
}

#[derive(Debug)]
struct Cancel {
    run: RunId,
    /// Whether it is a promotion of weir's: then what is public already is known better than its tasks tell.
    promotes: bool,
    /// Index in [`Grace::ALL`].
    way: usize,
    /// What the operator has chosen; `None`: where logs go away.
    save: Option<bool>,
    focus: Focus,
    reason: Input,
    phrase: Input,
    wrong: bool,
    top: usize,
}

struct Line {
    pieces: Vec<(String, Role)>,
    /// Small words at the right end.
    aside: String,
    field: Option<Focus>,
    selected: bool,
}

impl Line {
    fn new(text: impl Into<String>, role: Role) -> Line {
        Line { pieces: vec![(text.into(), role)], aside: String::new(), field: None, selected: false }
    }

    fn blank() -> Line {
        Line::new("", Role::Normal)
    }
}

impl Cancel {
    fn how(&self) -> Grace {
        Grace::ALL[self.way.min(Grace::ALL.len() - 1)]
    }

    fn saves(&self, consequences: &Consequences) -> bool {
        self.save.unwrap_or(!consequences.pods.is_empty())
    }

    /// The run when it is known and can still be cancelled, or why not.
    fn ready<'a>(&self, ctx: &Ctx<'a>) -> Result<&'a Detail, String> {
        ctx.may(Action::Cancel, &self.run.cluster, &self.run.namespace)?;
        let kept = ctx.world.details.get(&self.run);
        match kept.map(|kept| (&kept.value, &kept.live)) {
            Some((_, Live::Missing(failure))) => Err(failure.to_string()),
            Some((Some(detail), _)) if detail.run.finished_status() => {
                Err(format!("It has ended: {}. There is nothing to cancel.", detail.run.status.word()))
            }
            Some((Some(detail), _)) => Ok(detail),
            Some((None, Live::Lost { failure, .. })) => Err(failure.to_string()),
            _ => Err(format!("reading the run{}", ctx.glyphs.cut)),
        }
    }

    fn proposal(&self, detail: &Detail, ctx: &Ctx<'_>) -> Result<Proposal, String> {
        let endpoint = ctx.world.endpoint(&self.run.cluster).ok_or("its cluster is not known")?;
        let command = Command::Cancel { run: self.run.clone(), uid: detail.run.uid.to_string(), how: self.how() };
        let reason = Some(self.reason.text().trim().to_string()).filter(|text| !text.is_empty());
        Proposal::new(command, endpoint, ctx.settings.read_only, reason).map_err(|failure| failure.to_string())
    }

    fn answer(&mut self, ctx: &Ctx<'_>) -> Intent {
        let Ok(detail) = self.ready(ctx) else {
            return Intent::Stay;
        };
        let saves = self.saves(&consequences(detail, self.how()));
        let Ok(proposal) = self.proposal(detail, ctx) else {
            return Intent::Stay;
        };
        if proposal.must_type() && self.focus != Focus::Phrase {
            self.focus = Focus::Phrase;
            return Intent::Stay;
        }
        let consent = if proposal.must_type() { Consent::Typed(self.phrase.text()) } else { Consent::Key };
        match proposal.answer(consent) {
            Ok(confirmed) if saves => {
                let effect = Effect::SaveLogThen(self.run.clone(), Box::new(confirmed));
                let words = format!("saving the logs of {}, then the cancel is sent", self.run.name);
                Intent::Many(vec![Intent::Close, Intent::Do(vec![effect]), Intent::Say(words)])
            }
            Ok(confirmed) => Intent::Many(vec![
                Intent::Close,
                Intent::Do(vec![Effect::Execute(confirmed)]),
                Intent::Say(format!("cancel of {} sent", self.run.name)),
            ]),
            Err(_) => {
                self.wrong = true;
                Intent::Stay
            }
        }
    }

    fn must_type(&self, ctx: &Ctx<'_>) -> bool {
        self.ready(ctx).and_then(|detail| self.proposal(detail, ctx)).is_ok_and(|proposal| proposal.must_type())
    }

    fn lines(&self, ctx: &Ctx<'_>) -> Vec<Line> {
        let server = ctx.world.endpoint(&self.run.cluster).map_or("", |endpoint| endpoint.server.as_str());
        let mut lines = vec![
            Line::new(format!("cluster    {}  {server}", self.run.cluster), Role::Normal),
            Line::new(format!("namespace  {}", self.run.namespace), Role::Normal),
        ];
        let detail = match self.ready(ctx) {
            Ok(detail) => detail,
            Err(why) => {
                lines.push(Line::blank());
                lines.extend(wrap(&why, usize::from(COLUMNS)).into_iter().map(|line| Line::new(line, Role::Warning)));
                return lines;
            }
        };
        lines.push(Line::new(standing(detail, ctx), Role::Normal));
        if let Some(live) = ctx.world.details.get(&self.run).map(|kept| &kept.live)
            && live.lost()
        {
            let (words, role) = crate::parts::panel::liveness(live, self.run.cluster.as_str(), ctx);
            lines.push(Line::new(words, role));
        }
        lines.push(Line::blank());
        for (index, how) in Grace::ALL.into_iter().enumerate() {
            lines.push(self.way_line(index, how, detail));
        }
        lines.push(Line::blank());
        let mut effect = consequences(detail, self.how());
        // A pod's name begins with the run's, which stands in the title.
        for pod in &mut effect.pods {
            if let Some(rest) = pod.strip_prefix(&*self.run.name) {
                *pod = format!("…{rest}");
            }
        }
        lines.extend(effect_lines(detail, &effect, self.how(), ctx));
        let tick = if self.saves(&effect) { "[x]" } else { "[ ]" };
        lines.push(Line {
            pieces: vec![(tick.into(), Role::Strong), (" save the logs first".into(), Role::Normal)],
            aside: "Space".into(),
            ..Line::blank()
        });
        lines.push(typed_line("reason (optional)  ", Focus::Reason, Role::Normal));
        match self.proposal(detail, ctx) {
            Ok(proposal) => {
                for call in &proposal.calls {
                    lines.extend(told("Sends", &format!("{} {}", call.method, call.path), Role::Strong));
                    lines.extend(told("", &flow(&call.body), Role::Dim));
                    lines.extend(told("", call.content_type, Role::Dim));
                }
                if proposal.must_type() {
                    let role = if self.wrong { Role::Danger } else { Role::Strong };
                    lines.push(typed_line("type its name      ", Focus::Phrase, role));
                }
            }
            Err(why) => lines.push(Line::new(why, Role::Warning)),
        }
        lines
    }

    fn way_line(&self, index: usize, how: Grace, detail: &Detail) -> Line {
        let selected = index == self.way;
        let role = if selected { Role::Selected } else { Role::Normal };
        let words = format!("  {:<19}", how.words());
        Line {
            pieces: vec![(words, role), (words::summary(&consequences(detail, how), how), role)],
            aside: how.key().into(),
            selected,
            ..Line::blank()
        }
    }

    fn keys(&self, ctx: &Ctx<'_>) -> String {
        match self.ready(ctx).and_then(|detail| self.proposal(detail, ctx)) {
            Err(_) => "Esc close".into(),
            Ok(_) if self.wrong => "not the same   Esc no".into(),
            Ok(proposal) if proposal.must_type() => "Enter sends when the name is typed   Tab next   Esc no".into(),
            Ok(_) => "Enter cancel it   Up Down the way   Tab reason   Esc no".into(),
        }
    }

    fn wanted(lines: &[Line]) -> u16 {
        lines.len() as u16 + 1
    }

    /// The lines on screen: the last line inside is for the keys.
    fn window(&self, lines: usize, inside: Rect) -> std::ops::Range<usize> {
        let room = usize::from(inside.height.saturating_sub(1));
        let top = self.top.min(lines.saturating_sub(room));
        top..(top + room).min(lines)
    }

    fn input(&self, field: Focus) -> &Input {
        if field == Focus::Phrase { &self.phrase } else { &self.reason }
    }

    fn typing_area(&self, line: &Line, inside: Rect, y: u16) -> Rect {
        let used = (line.pieces.iter().map(|(text, _)| width(text)).sum::<usize>() as u16).min(inside.width / 2);
        Rect { x: inside.x + used, y, width: inside.width - used, height: 1 }
    }
}

impl Overlay for Cancel {
    fn watches(&self) -> Vec<Watch> {
        let promotion = self.promotes.then(|| Watch::Promotion(self.run.clone()));
        promotion.into_iter().chain([Watch::Detail(self.run.clone())]).collect()
    }

    fn learn(&mut self, ctx: &Ctx<'_>) {
        let run = ctx.world.detail(&self.run).map(|detail| &detail.run).or_else(|| ctx.world.run(&self.run));
        self.promotes |= run.is_some_and(|run| run.label("weir/plan-id").is_some());
    }

    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) {
            return Intent::Many(vec![Intent::Close, Intent::Say("nothing was sent".into())]);
        }
        if self.ready(ctx).is_err() {
            return Intent::Stay;
        }
        self.wrong = false;
        let step = |from: usize, by: usize| (from + by) % Grace::ALL.len();
        match (key.code, self.focus) {
            (KeyCode::Enter, _) => return self.answer(ctx),
            (KeyCode::PageDown, _) => self.top = (self.top + 5).min(self.lines(ctx).len()),
            (KeyCode::PageUp, _) => self.top = self.top.saturating_sub(5),
            (KeyCode::Down, _) | (KeyCode::Char('j'), Focus::Way) => self.way = step(self.way, 1),
            (KeyCode::Up, _) | (KeyCode::Char('k'), Focus::Way) => self.way = step(self.way, Grace::ALL.len() - 1),
            (KeyCode::Tab | KeyCode::BackTab, focus) => {
                self.focus = match focus {
                    Focus::Way => Focus::Reason,
                    Focus::Reason if self.must_type(ctx) => Focus::Phrase,
                    Focus::Reason | Focus::Phrase => Focus::Way,
                }
            }
            (KeyCode::Char(' ' | 's'), Focus::Way) => {
                if let Ok(detail) = self.ready(ctx) {
                    self.save = Some(!self.saves(&consequences(detail, self.how())));
                }
            }
            (_, Focus::Reason) => {
                self.reason.typed(key);
            }
            (_, Focus::Phrase) => {
                self.phrase.typed(key);
            }
            _ => {}
        }
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        let lines = self.lines(ctx);
        let title = format!("cancel {} on {}", self.run.name, self.run.cluster);
        let inside = dialog(ctx, area, COLUMNS, Self::wanted(&lines), &title, buf);
        let window = self.window(lines.len(), inside);
        for (y, line) in (inside.y..).zip(&lines[window.clone()]) {
            let mut x = inside.x;
            let aside = if line.aside.is_empty() { 0 } else { width(&line.aside) as u16 + 2 };
            let end = inside.right().saturating_sub(aside).max(inside.x);
            for (text, role) in &line.pieces {
                let room = end.saturating_sub(x);
                let shown = fit(text, usize::from(room), Cut::Tail, ctx.glyphs);
                x += put(buf, x, y, room, &shown, ctx.style(*role));
            }
            if !line.aside.is_empty() {
                put_right(buf, inside, y, &line.aside, ctx.style(Role::Dim), ctx.glyphs);
            }
            if line.selected {
                put(buf, inside.x, y, 1, ctx.glyphs.bar, ctx.style(Role::Accent));
            }
            if let Some(field) = line.field {
                self.input(field).view(self.typing_area(line, inside, y), ctx.style(Role::Input), buf);
            }
        }
        if inside.height > 0 {
            let more = if window.end < lines.len() { "PageDown more   " } else { "" };
            let words = format!("{more}{}", self.keys(ctx));
            let shown = fit(&words, usize::from(inside.width), Cut::Tail, ctx.glyphs);
            put(buf, inside.x, inside.bottom() - 1, inside.width, &shown, ctx.style(Role::Key));
        }
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        if self.focus == Focus::Way {
            return None;
        }
        let lines = self.lines(ctx);
        let inside = dialog_inside(area, COLUMNS, Self::wanted(&lines));
        let window = self.window(lines.len(), inside);
        let index = lines.iter().position(|line| line.field == Some(self.focus))?;
        let y = inside.y + u16::try_from(index.checked_sub(window.start)?).ok()?;
        window.contains(&index).then(|| self.input(self.focus).cursor(self.typing_area(&lines[index], inside, y)))
    }
}

/// "It is in `mirror` (6 of 10 tasks done), 12m in."
fn standing(detail: &Detail, ctx: &Ctx<'_>) -> String {
    let run = &detail.run;
    let going: Vec<&str> =
        detail.tasks.iter().filter(|task| !task.status().finished()).map(|task| &*task.task).collect();
    let place = match going.as_slice() {
        [] => format!("It is {}", run.status.word()),
        [one] => format!("It is in {one}"),
        [first, more @ ..] => format!("It is in {first} and {} more", more.len()),
    };
    let done = run.progress.map(|p| format!(" ({} of {} tasks done)", p.done, p.total())).unwrap_or_default();
    let since = run.since().map(|at| format!(", {} in", age_text(at, ctx.now))).unwrap_or_default();
    let asked = run.asked.as_deref().filter(|asked| Grace::parse(asked).is_some());
    let asked = asked.map(|asked| format!(" Already asked for: {asked}.")).unwrap_or_default();
    format!("{place}{done}{since}.{asked}")
}

fn effect_lines(detail: &Detail, effect: &Consequences, how: Grace, ctx: &Ctx<'_>) -> Vec<Line> {
    let torn: Vec<String> = detail
        .graph
        .iter()
        .filter(|task| publishing(task) && effect.cut.iter().any(|name| **name == *task.name))
        .map(|task| task.name.to_string())
        .collect();
    let mut lines = Vec::new();
    let promotion = ctx.world.promotions.get(&detail.run.id).and_then(|kept| kept.value.as_deref());
    let public = match promotion.filter(|promotion| !promotion.public.is_empty()) {
        Some(promotion) => promotion.public.iter().map(|line| line.to_string()).collect(),
        None => words::public(detail, effect),
    };
    for told in words::effects(effect, how, &torn, &public) {
        let role = if told.weight == Weight::Heavy { Role::Warning } else { Role::Normal };
        let room = usize::from(COLUMNS) - LABEL;
        let mut wrapped = wrap(&told.text, room);
        if wrapped.len() > EFFECT_LINES {
            let rest = wrapped.split_off(EFFECT_LINES - 1).join(" ");
            wrapped.push(fit(&rest, room, Cut::Tail, ctx.glyphs).into_owned());
        }
        for (index, text) in wrapped.into_iter().enumerate() {
            let label = if index == 0 { told.label } else { "" };
            lines.push(Line { pieces: vec![(format!("{label:<LABEL$}"), Role::Dim), (text, role)], ..Line::blank() });
        }
    }
    lines
}

/// A call whole, on as many lines as it takes.
fn told(label: &str, text: &str, role: Role) -> Vec<Line> {
    let wrapped = fold(text, usize::from(COLUMNS) - LABEL);
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    let line = |(label, text): (&str, String)| Line {
        pieces: vec![(format!("{label:<LABEL$}"), Role::Dim), (text, role)],
        ..Line::blank()
    };
    labels.zip(wrapped).map(line).collect()
}

fn typed_line(label: &str, field: Focus, role: Role) -> Line {
    Line { pieces: vec![(label.to_string(), role)], field: Some(field), ..Line::blank() }
}

/// A small body in one line, as JSON.
fn flow(tree: &Tree) -> String {
    match tree {
        Tree::Map(entries) => {
            let inner: Vec<String> = entries.iter().map(|(key, value)| format!("{key:?}:{}", flow(value))).collect();
            format!("{{{}}}", inner.join(","))
        }
        Tree::Text(text) => format!("{text:?}"),
        other => weir_domain::yaml::text(other),
    }
}
