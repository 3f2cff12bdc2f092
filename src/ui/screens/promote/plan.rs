//! A plan on one screen: what goes where under which name, the gates, what will be done, and at the bottom the yes or
//! why there is none. Head and bottom always stand; what lies between scrolls with the selection.

use super::lines::{self, Line, plain};
use super::{Promote, Stand, face, words};
use crate::action::Action;
use crate::parts::panel::heading;
use crate::parts::text::{Cut, fit, put, put_right, width, wrap};
use crate::parts::when::clock;
use crate::screen::Ctx;
use crate::theme::Role;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::{Gate, GateId, Plan, Way, age_text};

/// From here on the selected gate has a pane of its own.
const WIDE: u16 = 120;
/// Lines that stay for the gates, whatever the bottom has to say.
const LEAST: u16 = 5;

pub(super) fn draw(screen: &Promote, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let stand = screen.stand(ctx);
    let (head, body, bottom) = split(screen, &stand, ctx, area);
    self::head(screen, ctx, head, buf);
    match &screen.plan {
        Some(plan) => middle(screen, plan, &stand, ctx, body, buf),
        None => waiting(screen, &stand, ctx, body, buf),
    }
    self::bottom(screen, &stand, ctx, bottom, buf);
}

pub(super) fn cursor(screen: &Promote, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
    let (_, _, bottom) = split(screen, &screen.stand(ctx), ctx, area);
    let plan = screen.plan.as_ref()?;
    (bottom.height > 0).then(|| screen.prompt.cursor(field(plan, bottom)))
}

fn split(screen: &Promote, stand: &Stand, ctx: &Ctx<'_>, area: Rect) -> (Rect, Rect, Rect) {
    let head = (head_lines(screen, area.width).len() as u16).min(area.height / 2);
    let wanted = bottom_lines(screen, stand, ctx, area.width).len() as u16 + u16::from(*stand == Stand::Open);
    let bottom = wanted.min(area.height.saturating_sub(head + LEAST)).max(area.height.saturating_sub(head).min(1));
    let middle = area.height - head - bottom;
    (
        Rect { height: head, ..area },
        Rect { y: area.y + head, height: middle, ..area },
        Rect { y: area.y + head + middle, height: bottom, ..area },
    )
}

pub(super) fn head_lines(screen: &Promote, columns: u16) -> Vec<Line> {
    let Some(plan) = &screen.plan else {
        let Some(request) = screen.request() else { return Vec::new() };
        let [release, channel] = words::wanted(request);
        return vec![plain(format!(" {release}"), Role::Strong), plain(format!(" {channel}"), Role::Normal)];
    };
    let mut lines = Vec::new();
    let from = &plan.from;
    let digest = from.digest.short();
    let name = &from.release.name;
    if width(name) + width(&digest) + 4 <= usize::from(columns) {
        let mut line = plain(format!(" {name}"), Role::Strong);
        line.extend(plain(format!("  {digest}"), Role::Dim));
        lines.push(line);
    } else {
        lines.push(plain(format!(" {name}"), Role::Strong));
        lines.push(plain(format!(" {digest}"), Role::Dim));
    }
    let mut to = plain(format!("   → {} as ", plan.channel.name), Role::Normal);
    to.extend(plain(plan.name.clone(), Role::Strong));
    let holds = match &plan.holds {
        Some(held) => format!("  (holds {held})"),
        None => "  (holds nothing)".into(),
    };
    to.extend(plain(holds, Role::Dim));
    lines.push(to);
    lines.push(plain(format!(" {}", words::changes(plan, usize::from(columns.saturating_sub(2)))), Role::Normal));
    lines
}

fn head(screen: &Promote, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let lines = head_lines(screen, area.width);
    face::draw(&lines[..lines.len().min(usize::from(area.height))], None, false, ctx, area, buf);
}

/// No plan yet: who is asked, or why none came.
fn waiting(screen: &Promote, stand: &Stand, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    if area.height < 2 {
        return;
    }
    let remark = if *stand == Stand::Asking { "none is answered yet" } else { "not asked" };
    heading(ctx, area, area.y + 1, "GATES", remark, buf);
    let way = screen.request().and_then(|request| {
        let channel = ctx.settings.channels.iter().find(|channel| channel.name.as_str() == request.channel);
        request.way.or(channel.map(|channel| channel.way))
    });
    let across = usize::from(area.width / 15).max(1);
    let gates: Vec<GateId> = GateId::ALL.into_iter().filter(|id| id.applies(way.unwrap_or(Way::Pinned))).collect();
    for (y, chunk) in (area.y + 2..area.bottom()).zip(gates.chunks(across)) {
        let line: String = chunk.iter().map(|id| format!(" {} {:<12}", ctx.glyphs.pending, id.key())).collect();
        put(buf, area.x, y, area.width, &line, ctx.style(Role::Dim));
    }
}

fn middle(screen: &Promote, plan: &Plan, stand: &Stand, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let old = *stand == Stand::Asking || matches!(stand, Stand::Failed(_));
    let checked = plan.gates.iter().map(|gate| gate.checked).min().unwrap_or(plan.made);
    let right = format!("plan {}, checked {} ago", plan.id, age_text(checked, ctx.now));
    let right = if area.width < 90 { format!("{} {} ago", plan.id, age_text(checked, ctx.now)) } else { right };
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let used = put_right(buf, inner, area.y, &right, ctx.style(Role::Dim), ctx.glyphs);
    let room = Rect { width: area.width.saturating_sub(used + 2), ..area };
    heading(ctx, room, area.y, "GATES", &plan.tally(), buf);
    let list = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let (list, pane) = if area.width >= WIDE {
        let left = area.width * 3 / 5;
        (
            Rect { width: left, ..list },
            Some(Rect { x: list.x + left + 2, width: area.width.saturating_sub(left + 3), ..list }),
        )
    } else {
        (list, None)
    };
    // Evidence takes two lines where that leaves every blocking gate in sight.
    let blocking = plan.blocking().count() + plan.obstacles.len();
    let most = if pane.is_some() { 4 } else { usize::from(list.height) / blocking.max(1) }.clamp(1, 2);
    let mut lines = lines::gates(plan, usize::from(list.width.saturating_sub(1)), most, ctx.glyphs);
    let columns = usize::from(list.width.saturating_sub(1));
    let reason = lines::reason(plan, columns, ctx.glyphs);
    let room = usize::from(list.height).saturating_sub(lines.len() + 1 + usize::from(reason.is_some()));
    let chosen = screen.cursor.id().copied();
    let mut steps = lines::steps(plan, columns, room, chosen, ctx.glyphs);
    steps.extend(reason);
    if lines.len() + steps.len() + 2 <= usize::from(list.height) {
        lines.push(Line::new());
    }
    lines.push(plain(" WILL DO", Role::Strong));
    if plan.calls.is_empty() {
        lines.push(plain("  nothing: there is no request that could be sent", Role::Dim));
    }
    lines.extend(steps);
    face::draw(&lines, screen.cursor.id().copied(), old, ctx, list, buf);
    if let (Some(pane), Some(gate)) = (pane, screen.gate()) {
        beside(gate, ctx, pane, buf);
    }
}

/// The selected gate whole, where there is room beside the list.
fn beside(gate: &Gate, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    for (y, (text, role)) in (area.y..area.bottom()).zip(about(gate, usize::from(area.width), ctx)) {
        put(buf, area.x, y, area.width, &text, ctx.style(role));
    }
}

/// All that is known of a gate, wrapped.
pub(super) fn about(gate: &Gate, columns: usize, ctx: &Ctx<'_>) -> Vec<(String, Role)> {
    let mut said = vec![
        (format!("{} {}: {}", words::glyph(gate, ctx.glyphs), gate.id, words::verdict(gate)), words::role(gate)),
        (gate.id.question().to_string(), Role::Dim),
        (String::new(), Role::Normal),
        (gate.evidence.clone(), Role::Normal),
    ];
    said.extend(gate.details.iter().map(|line| (format!("- {line}"), Role::Normal)));
    if let Some(reason) = &gate.waived {
        said.push((format!("waived: {reason}"), Role::Warning));
    }
    said.push((String::new(), Role::Normal));
    said.push((
        format!("checked at {}, {} ago", clock(gate.checked, ctx.now, ctx.settings), age_text(gate.checked, ctx.now)),
        Role::Dim,
    ));
    let wrapped = |(text, role): (String, Role)| wrap(&text, columns).into_iter().map(move |line| (line, role));
    said.into_iter().flat_map(wrapped).collect()
}

/// What stands below the gates: the selected one's evidence, then the verdict or what is to be done.
fn bottom_lines(screen: &Promote, stand: &Stand, ctx: &Ctx<'_>, columns: u16) -> Vec<(String, Role)> {
    let room = usize::from(columns.saturating_sub(2)).max(8);
    let mut lines: Vec<(String, Role)> = Vec::new();
    let mut say = |text: &str, role| lines.extend(indented(text, room).map(|line| (line, role)));
    let again = ctx.keymap.shown(Action::Refresh);
    let quiet = matches!(stand, Stand::Open | Stand::Blocked | Stand::Mute(_));
    if quiet
        && columns < WIDE
        && let Some(gate) = screen.gate().filter(|gate| cut(screen, gate, usize::from(columns)))
    {
        let text = format!("{}: {}", gate.id, gate.evidence);
        let text = if wrap(&text, room).len() > 2 {
            fit(&text, 2 * room - 8, Cut::Tail, ctx.glyphs).into_owned()
        } else {
            text
        };
        say(&text, Role::Dim);
    }
    match stand {
        Stand::Asking => {
            let dots = ctx.glyphs.cut;
            let who = "the release-controller, the registries, the signature store, GitHub and the clusters";
            say(&format!("asking {who}{dots}"), Role::Dim);
        }
        Stand::Failed(failure) => {
            say(&format!("{} {failure}", ctx.glyphs.lost), Role::Warning);
            say(&format!("Nothing can be sent without a plan. {again} asks again."), Role::Normal);
        }
        Stand::Blocked => say(&blocked(screen, ctx), Role::Failed),
        Stand::Mute(why) => say(why, Role::Warning),
        Stand::Sending => {
            let dots = ctx.glyphs.cut;
            say(&format!("sending{dots} the gates are asked once more, then the server"), Role::Pending);
        }
        Stand::NotSent(failure) => {
            // What changed since the plan comes joined; a line each is read more easily.
            let mut parts = failure.why.split("; ");
            let first = parts.next().unwrap_or_default();
            say(&format!("{} {}: {first}", ctx.glyphs.failed, failure.what), Role::Failed);
            parts.for_each(|part| say(&format!("  {part}"), Role::Failed));
            if !failure.hint.is_empty() {
                say(&failure.hint, Role::Normal);
            }
            say(&format!("{again} makes a new plan; this one is sent no more."), Role::Normal);
        }
        Stand::Unknown(failure) => {
            say(&format!("{} outcome unknown: {}", ctx.glyphs.lost, failure.sentence()), Role::Danger);
            say("It may have happened. Nothing is sent again without a new plan. Look at:", Role::Normal);
            if let Some(plan) = &screen.plan {
                for place in words::places(&plan.channel, &plan.name, &plan.object) {
                    say(&format!("  {place}"), Role::Normal);
                }
            }
            say(&format!("{again} makes a new plan."), Role::Normal);
        }
        Stand::Open => match (&screen.refused, screen.focus) {
            (Some(why), _) => say(&format!("{} {why}", ctx.glyphs.failed), Role::Danger),
            (None, true) => {}
            (None, false) => {
                let back = ctx.keymap.shown(Action::Pane);
                say(&format!("{back} types the name, Esc leaves"), Role::Footer);
            }
        },
    }
    lines
}

/// Wrapped, with the two blanks it may begin with before each line.
pub(super) fn indented(text: &str, columns: usize) -> impl Iterator<Item = String> + use<> {
    let indent = if text.starts_with("  ") { "  " } else { "" };
    let parts = wrap(text.trim_start(), columns.saturating_sub(indent.len()).max(8));
    parts.into_iter().map(move |part| format!("{indent}{part}"))
}

/// Whether the list does not tell all of the gate's evidence.
fn cut(screen: &Promote, gate: &Gate, columns: usize) -> bool {
    let crowded = screen.plan.as_ref().is_some_and(|plan| plan.blocking().count() > 4);
    let lines = wrap(&gate.evidence, columns.saturating_sub(lines::INDENT + 1)).len();
    let shown = usize::from(gate.blocks() && !crowded) + 1;
    let calm = !gate.blocks() && !gate.warns();
    calm || lines > shown || columns < 2 * lines::INDENT
}

/// "blocked by name-free, jobs: nothing can be sent."
fn blocked(screen: &Promote, ctx: &Ctx<'_>) -> String {
    let Some(plan) = &screen.plan else { return String::new() };
    let mut names: Vec<&str> = plan.blocking().map(|gate| gate.id.key()).collect();
    if !plan.obstacles.is_empty() {
        names.push("what is not as known");
    }
    let waivable: Vec<&str> = plan.blocking().filter(|gate| gate.can_be_waived()).map(|gate| gate.id.key()).collect();
    let key = ctx.keymap.shown(Action::Open);
    let by = match names.len() {
        0 => return "nothing can be sent: the plan holds no request.".into(),
        1..=4 => names.join(", "),
        more => format!("{more} gates"),
    };
    let waives = match waivable.len() {
        0 => String::new(),
        1..=3 => format!(" {key} on {} waives it with a reason.", waivable.join(" or ")),
        more => format!(" {more} of them can be waived: {key}."),
    };
    format!("blocked by {by}: nothing can be sent.{waives}")
}

fn bottom(screen: &Promote, stand: &Stand, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
    let mut lines = bottom_lines(screen, stand, ctx, area.width);
    let prompt = u16::from(*stand == Stand::Open);
    let room = usize::from(area.height.saturating_sub(prompt));
    // What must be said stands last: the selected gate's evidence goes first.
    let over = lines.len().saturating_sub(room);
    lines.drain(..over);
    for (y, (text, role)) in (area.y..area.bottom()).zip(&lines) {
        put(buf, area.x + 1, y, area.width.saturating_sub(2), text, ctx.style(*role));
    }
    if let (Stand::Open, Some(plan)) = (stand, &screen.plan)
        && area.height > 0
    {
        let field = field(plan, area);
        let role = if screen.focus { Role::Strong } else { Role::Dim };
        let label = fit(&label(plan), usize::from(field.x - area.x), Cut::Middle, ctx.glyphs).into_owned();
        put(buf, area.x, field.y, field.x - area.x, &label, ctx.style(role));
        let role = if screen.focus { Role::Input } else { Role::Dim };
        screen.prompt.view(field, ctx.style(role), buf);
    }
}

fn label(plan: &Plan) -> String {
    format!(" Type {} to promote: ", plan.name)
}

/// Where the name is typed: the last line.
fn field(plan: &Plan, bottom: Rect) -> Rect {
    let used = (width(&label(plan)) as u16).min(bottom.width / 2 + bottom.width / 4);
    let y = bottom.bottom().saturating_sub(1).max(bottom.y);
    Rect { x: bottom.x + used, y, width: bottom.width - used, height: 1 }
}
