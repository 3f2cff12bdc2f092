//! How the form looks: one line a field, what is wrong beside it, what the selected one is about below, then how the
//! whole stands.

use super::changes::Side;
use super::form::{Field, FieldId, Form};
use super::sheet::Sheet;
use super::{Editing, Start};
use crate::parts::panel::{failure, rule, sentence};
use crate::parts::text::{Cut, fit, put, put_right, width, wrap};
use crate::screen::Ctx;
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::ParamKind;

/// A rule and the lines of what the selected field is about.
const ABOUT: u16 = 3;
/// Lines that how the whole stands may take.
const STANDING: usize = 3;
/// Bar and blank before a label.
const MARGIN: u16 = 2;
/// The star of a changed field and a blank.
const STAR: u16 = 2;
const LONGEST_LABEL: usize = 34;

struct Places {
    top: Rect,
    fields: Rect,
    about: Rect,
    standing: Rect,
}

fn places(start: &Start, form: &Form, ctx: &Ctx<'_>, area: Rect) -> Places {
    let top = (1 + warning(form, area.width).len() as u16).min(area.height);
    let standing = (standing(start, form, ctx, area.width).len() as u16).min(area.height - top);
    let left = area.height - top - standing;
    let about = if left > ABOUT + 4 { ABOUT } else { 0 };
    // With room to spare the rest stands right below the fields, after a blank line.
    let rows = (left - about).min((form.fields.len() + sections(form).len() + 1) as u16);
    let at = |y: u16, height: u16| Rect { y: area.y + y, height, ..area };
    Places {
        top: at(0, top),
        fields: at(top, rows),
        about: at(top + rows, about),
        standing: at(top + rows + about, standing),
    }
}

/// From this width the object stands beside its form.
const BESIDE: u16 = 140;
const BESIDE_COLUMNS: u16 = 66;

/// The form, and the object beside it where there is room.
fn panes(area: Rect) -> (Rect, Option<Rect>) {
    if area.width < BESIDE {
        return (area, None);
    }
    let form = Rect { width: area.width - BESIDE_COLUMNS - 1, ..area };
    (form, Some(Rect { x: form.right() + 1, width: BESIDE_COLUMNS, ..area }))
}

/// Where a sheet's lines stand.
pub(super) fn sheet_area(area: Rect) -> Rect {
    Rect { y: area.y + area.height.min(2), height: area.height.saturating_sub(2), ..area }
}

pub(super) fn draw(start: &Start, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let Some(form) = &start.form else {
        return unread(start, ctx, area, buf);
    };
    if let Some(sheet) = &start.sheet {
        return draw_sheet(sheet, ctx, area, buf);
    }
    let (area, beside) = panes(area);
    if let (Some(beside), Some(object)) = (beside, &start.object) {
        draw_sheet(object, ctx, beside, buf);
        for y in beside.top()..beside.bottom() {
            put(buf, beside.x - 1, y, 1, "│", ctx.style(Role::Rule));
        }
    }
    let places = places(start, form, ctx, area);
    draw_top(start, form, ctx, places.top, buf);
    let columns = Columns::of(form, area);
    let lines = shown(start, form, places.fields.height);
    let fields = lines.iter().filter_map(|line| match line {
        Shown::Field(index) => Some(*index),
        Shown::Heading(..) => None,
    });
    let (first, count) = (fields.clone().next().unwrap_or(0), fields.count());
    for (y, shown) in (places.fields.y..).zip(lines) {
        match shown {
            Shown::Heading(title, second) => {
                put(buf, area.x + MARGIN, y, columns.label, title, ctx.style(Role::Column));
                let x = columns.value + STAR;
                put(buf, x, y, area.right().saturating_sub(x), second, ctx.style(Role::Column));
            }
            Shown::Field(index) => draw_field(start, &form.fields[index], &columns, ctx, area, y, buf),
        }
    }
    if places.about.height > 0 {
        let hidden = (first, form.fields.len() - first - count);
        draw_about(start, form, ctx, places.about, hidden, buf);
    }
    for (y, (text, role)) in (places.standing.y..places.standing.bottom()).zip(standing(start, form, ctx, area.width)) {
        put(buf, area.x + MARGIN, y, area.width.saturating_sub(MARGIN), &text, ctx.style(role));
    }
}

/// Where the cursor stands while a field is typed.
pub(super) fn cursor(start: &Start, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
    let form = start.form.as_ref().filter(|_| start.sheet.is_none())?;
    let editing = start.editing.as_ref()?;
    let (area, _) = panes(area);
    let places = places(start, form, ctx, area);
    let field = form.field(&editing.id)?;
    let lines = shown(start, form, places.fields.height);
    let line = lines.iter().position(|s| matches!(s, Shown::Field(i) if form.fields[*i].id == editing.id))?;
    let columns = Columns::of(form, area);
    let room = columns.typing(field, editing, true, area, places.fields.y + line as u16);
    Some(editing.input.cursor(room))
}

fn unread(start: &Start, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let below = Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area };
    if let Some(why) = &start.refused {
        sentence(ctx, below, why, Role::Warning, buf);
    } else if let Some(why) = start.missing(ctx.world) {
        failure(ctx, below, why, buf);
    } else {
        let (cluster, _) = start.cluster_and_namespace();
        sentence(ctx, below, &format!("asking {cluster}{}", ctx.glyphs.cut), Role::Dim, buf);
    }
}

fn warning(form: &Form, columns: u16) -> Vec<String> {
    if !form.new.publishes {
        return Vec::new();
    }
    let room = usize::from(columns.saturating_sub(MARGIN + 1));
    let mut lines = wrap("It publishes, and only the plan of a promotion may: it cannot be started here.", room);
    lines.truncate(4);
    lines
}

fn draw_top(start: &Start, form: &Form, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let (cluster, namespace) = start.cluster_and_namespace();
    let inner = Rect { width: area.width.saturating_sub(1), ..area };
    let server = ctx.world.endpoint(cluster).map_or("", |endpoint| endpoint.server.as_str());
    let place = format!("{cluster}/{namespace}  {server}");
    let used = put_right(buf, inner, area.y, place.trim_end(), ctx.style(Role::Dim), ctx.glyphs);
    let about = form.pipeline.as_ref().map_or("", |pipeline| pipeline.description.as_str());
    let about = weir_domain::text::clean_line(about);
    let room = area.width.saturating_sub(used + MARGIN + 3);
    if width(&about) <= usize::from(room) {
        put(buf, area.x + MARGIN, area.y, room, &about, ctx.style(Role::Normal));
    }
    for (y, line) in (area.y + 1..area.bottom()).zip(warning(form, area.width)) {
        put(buf, area.x + MARGIN, y, area.width.saturating_sub(MARGIN), &line, ctx.style(Role::Warning));
    }
}

enum Shown {
    Heading(&'static str, &'static str),
    Field(usize),
}

fn section(id: &FieldId) -> (&'static str, &'static str) {
    match id {
        FieldId::Param(_) => ("PARAMETER", "VALUE"),
        FieldId::Workspace(_) => ("WORKSPACE", "BOUND TO"),
        FieldId::Timeout | FieldId::ServiceAccount | FieldId::Reason => ("RUN", ""),
    }
}

fn sections(form: &Form) -> Vec<&'static str> {
    let mut sections: Vec<&str> = form.fields.iter().map(|field| section(&field.id).0).collect();
    sections.dedup();
    sections
}

/// The lines of the fields that fit, with a heading where a section begins.
fn shown(start: &Start, form: &Form, height: u16) -> Vec<Shown> {
    let height = usize::from(height);
    let sections = sections(form).len();
    let headings = if height > sections + 3 { sections } else { 0 };
    let mut lines = Vec::new();
    let mut last = "";
    for index in start.cursor.window(form.fields.len(), height - headings) {
        let (title, second) = section(&form.fields[index].id);
        if headings > 0 && title != last {
            lines.push(Shown::Heading(title, second));
            last = title;
        }
        lines.push(Shown::Field(index));
    }
    lines
}

/// Where label and value stand.
struct Columns {
    label: u16,
    value: u16,
}

impl Columns {
    fn of(form: &Form, area: Rect) -> Columns {
        let longest = form.fields.iter().map(|field| width(&field.label)).max().unwrap_or(0).min(LONGEST_LABEL);
        let label = (longest as u16).min(area.width * 2 / 5);
        Columns { label, value: area.x + MARGIN + label + 2 }
    }

    /// The value's columns when a note stands at the right.
    fn room(&self, note: &str, area: Rect) -> u16 {
        let all = area.right().saturating_sub(self.value + STAR + 1);
        let note = width(note) as u16;
        if note == 0 { all } else { all.saturating_sub(note + 2).max(all / 2) }
    }

    fn typing(&self, field: &Field, editing: &Editing, selected: bool, area: Rect, y: u16) -> Rect {
        let (note, _) = note(field, selected, Some(editing), area);
        Rect { x: self.value + STAR, y, width: self.room(&note, area), height: 1 }
    }
}

/// What stands beside a value: what is wrong, what it was, what it may be.
fn note(field: &Field, selected: bool, editing: Option<&Editing>, area: Rect) -> (String, Role) {
    if let Some(problem) = editing.and_then(|editing| editing.problem.as_ref()) {
        return (problem.clone(), Role::Failed);
    }
    if let Some(problem) = &field.problem {
        return (problem.clone(), Role::Failed);
    }
    if let Some(was) = &field.was {
        return (format!("was {was}"), Role::Dim);
    }
    let wide = area.width >= 110;
    if !field.note.is_empty() && (selected || wide || field.stray || !field.choices.is_empty()) {
        return (field.note.clone(), Role::Dim);
    }
    (if wide { field.description.clone() } else { String::new() }, Role::Dim)
}

fn draw_field(start: &Start, field: &Field, columns: &Columns, ctx: &Ctx<'_>, area: Rect, y: u16, buf: &mut Buffer) {
    let selected = start.cursor.id() == Some(&field.id);
    let editing = start.editing.as_ref().filter(|editing| editing.id == field.id);
    let base = if selected { Role::Selected } else { Role::Normal };
    if selected {
        put(buf, area.x, y, 1, ctx.glyphs.bar, ctx.style(Role::Accent));
    }
    let label = fit(&field.label, usize::from(columns.label), Cut::Middle, ctx.glyphs);
    put(buf, area.x + MARGIN, y, columns.label, &label, ctx.style(base));
    if field.changed {
        put(buf, columns.value, y, 1, ctx.glyphs.mark, ctx.style(Role::Accent));
    }
    let (note, role) = note(field, selected, editing, area);
    let room = columns.room(&note, area);
    let x = columns.value + STAR;
    let used = match editing {
        Some(editing) => {
            let at = columns.typing(field, editing, selected, area, y);
            if field.secret {
                let dots = "*".repeat(editing.input.text().chars().count());
                put(buf, at.x, y, at.width, &dots, ctx.style(Role::Input));
            } else {
                editing.input.view(at, ctx.style(Role::Input), buf);
            }
            at.width
        }
        None => {
            let shown = fit(&field.value, usize::from(room), Cut::Middle, ctx.glyphs);
            let role = if field.given { base } else { Role::Dim };
            put(buf, x, y, room, &shown, ctx.style(role))
        }
    };
    let left = area.right().saturating_sub(x + used + 3);
    if !note.is_empty() && left > 3 {
        let right = Rect { x: x + used + 2, width: left, ..area };
        put_right(buf, right, y, &note, ctx.style(role), ctx.glyphs);
    }
}

/// What the selected field is about, whole: the value that may be cut above, its kind, default and description.
fn draw_about(start: &Start, form: &Form, ctx: &Ctx<'_>, area: Rect, hidden: (usize, usize), buf: &mut Buffer) {
    rule(ctx, area, area.y, buf);
    let more = match hidden {
        (0, 0) => String::new(),
        (0, below) => format!(" {below} more below "),
        (above, 0) => format!(" {above} more above "),
        (above, below) => format!(" {above} more above, {below} below "),
    };
    let inner = Rect { width: area.width.saturating_sub(3), ..area };
    put_right(buf, inner, area.y, &more, ctx.style(Role::Dim), ctx.glyphs);
    let Some(field) = start.cursor.id().and_then(|id| form.field(id)) else {
        return;
    };
    let dot = format!(" {} ", ctx.glyphs.dot);
    let mut facts = vec![field.label.clone()];
    if let FieldId::Param(name) = &field.id
        && let Some(spec) = form.pipeline.iter().flat_map(|pipeline| &pipeline.params).find(|spec| spec.name == *name)
    {
        if spec.kind != ParamKind::Text {
            facts.push(spec.kind.word().to_string());
        }
        facts.push(match &spec.default {
            Some(default) => {
                let shown = weir_domain::secret::shown(name, &default.typed()).into_owned();
                format!("default {}", if shown.is_empty() { "empty" } else { &shown })
            }
            None => "required".into(),
        });
    }
    facts.extend([&field.note, &field.description].into_iter().filter(|text| !text.is_empty()).cloned());
    let typed = start.editing.as_ref().and_then(|editing| editing.problem.as_ref());
    let (words, role) = match typed.or(field.problem.as_ref()) {
        Some(problem) => (format!("{}: {problem}", field.label), Role::Failed),
        None => (facts.join(&dot), Role::Dim),
    };
    let room = usize::from(area.width.saturating_sub(MARGIN + 1));
    let mut lines = wrap(&words, room);
    let most = usize::from(area.height.saturating_sub(1));
    if lines.len() > most && most > 0 {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(fit(&rest, room, Cut::Tail, ctx.glyphs).into_owned());
    }
    for (y, line) in (area.y + 1..area.bottom()).zip(lines) {
        put(buf, area.x + MARGIN, y, room as u16, &line, ctx.style(role));
    }
}

/// How the whole stands: changes, problems, the check, why the last start was refused.
fn standing(start: &Start, form: &Form, ctx: &Ctx<'_>, columns: u16) -> Vec<(String, Role)> {
    let room = usize::from(columns.saturating_sub(MARGIN + 1));
    let mut facts = Vec::new();
    if form.original.is_some() || form.changes() > 0 {
        facts.push(match form.changes() {
            0 => "nothing changed".to_string(),
            more => format!("{more} changed ({})", ctx.glyphs.mark),
        });
    }
    let mut role = Role::Normal;
    match form.problems() {
        0 => {}
        1 => facts.push("1 problem".into()),
        more => facts.push(format!("{more} problems")),
    }
    let mut said: Vec<(String, Role)> = form.general.iter().map(|text| (text.clone(), Role::Failed)).collect();
    match start.check.result() {
        _ if start.sending(ctx.now) => facts.push(format!("sent; waiting for the server's answer{}", ctx.glyphs.cut)),
        _ if start.check.asking(ctx.now) => {
            facts.push(format!("checking what it refers to, and asking for a dry run{}", ctx.glyphs.cut));
        }
        Some(Ok(checked)) => {
            match &checked.dry_run {
                Some(Ok(())) if form.problems() == 0 => {
                    role = Role::Ok;
                    let millis = checked.millis;
                    facts.push(format!("valid; the server's dry run said yes (admission only), {millis} ms"));
                }
                Some(Ok(())) => facts.push("the server's dry run said yes (admission only)".into()),
                Some(Err(why)) => {
                    let why = weir_domain::secret::line(why);
                    said.push((format!("the server's dry run said no: {why}"), Role::Failed));
                }
                None => facts.push("the server was not asked".into()),
            }
            if !checked.unseen.is_empty() {
                said.push((format!("could not be checked: {}", checked.unseen.join("; ")), Role::Warning));
            }
        }
        Some(Err(failure)) => said.push((format!("not checked: {failure}"), Role::Failed)),
        None if form.problems() == 0 => facts.push("not checked yet".into()),
        None => {}
    }
    if let Some(why) = &start.refused {
        said.push((format!("not taken: {why}"), Role::Failed));
    }
    let dot = format!(" {} ", ctx.glyphs.dot);
    let role = if form.problems() > 0 { Role::Failed } else { role };
    let mut lines = vec![(fit(&facts.join(&dot), room, Cut::Tail, ctx.glyphs).into_owned(), role)];
    for (text, role) in said {
        let mut wrapped = wrap(&text, room);
        if wrapped.len() > 2 {
            let rest = wrapped.split_off(1).join(" ");
            wrapped.push(fit(&rest, room, Cut::Tail, ctx.glyphs).into_owned());
        }
        lines.extend(wrapped.into_iter().map(|line| (line, role)));
    }
    lines.truncate(STANDING + 1);
    lines
}

fn draw_sheet(sheet: &Sheet, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let body = sheet_area(area);
    let room = area.width.saturating_sub(MARGIN);
    let title = fit(&sheet.title, usize::from(room.saturating_sub(1)), Cut::Tail, ctx.glyphs);
    put(buf, area.x + MARGIN, area.y, room, &title, ctx.style(Role::Strong));
    for (y, line) in (body.y..body.bottom()).zip(sheet.lines.iter().skip(sheet.top)) {
        let (sign, role) = match line.side {
            Side::Same => (" ", Role::Normal),
            Side::Gone => ("-", Role::Removed),
            Side::New => ("+", Role::Added),
            Side::Note => (" ", Role::Dim),
        };
        let text = weir_domain::text::clean_line(&line.text);
        let text = format!("{sign} {text}");
        let shown = fit(&text, usize::from(room.saturating_sub(1)), Cut::Tail, ctx.glyphs);
        put(buf, area.x + MARGIN, y, room, &shown, ctx.style(role));
    }
}
