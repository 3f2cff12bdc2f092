//! The gates and the steps of a plan as lines: what blocks first, then what warns, then what passed, several a line.

use super::Row;
use super::words::{self, glyph, role};
use crate::parts::glyphs::Glyphs;
use crate::parts::text::{Cut, fit, width, wrap};
use crate::theme::Role;
use weir_domain::{Gate, Plan, Verdict};

/// A text in a role. One that belongs to a row begins with the blank where the bar of the selected row stands.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub text: String,
    pub role: Role,
    pub row: Option<Row>,
}

pub(super) type Line = Vec<Piece>;

/// A passed gate takes so many columns.
const CELL: usize = 15;
/// Before the evidence of a gate with a line of its own.
pub(super) const INDENT: usize = 25;

/// What one can stand on, in the order of the lines.
pub(super) fn rows(plan: &Plan) -> Vec<Row> {
    let gates = ordered(plan).map(|gate| Row::Gate(gate.id));
    let steps = (0..plan.calls.len() + plan.follows.len()).map(Row::Step);
    gates.chain(steps).chain((!plan.calls.is_empty()).then_some(Row::Reason)).collect()
}

/// Blocking ones, waived ones, those that warn, passed ones, those that do not apply; each in the order of the table.
fn ordered(plan: &Plan) -> impl Iterator<Item = &Gate> {
    let mut gates: Vec<&Gate> = plan.gates.iter().collect();
    gates.sort_by_key(|gate| {
        (!gate.blocks(), gate.waived.is_none(), !gate.warns(), gate.verdict == Verdict::NotApplicable)
    });
    gates.into_iter()
}

pub(super) fn plain(text: impl Into<String>, role: Role) -> Line {
    vec![Piece { text: text.into(), role, row: None }]
}

/// `most` lines a blocking gate may take.
pub(super) fn gates(plan: &Plan, columns: usize, most: usize, glyphs: &Glyphs) -> Vec<Line> {
    let mut lines = Vec::new();
    for obstacle in &plan.obstacles {
        let head = format!(" {} {:<8}{:<14}", glyphs.failed, Verdict::Block.word(), "the plan");
        lines.extend(labelled(head, Role::Failed, None, obstacle, columns, most, glyphs));
    }
    let loud = |gate: &&Gate| gate.blocks() || gate.warns();
    for gate in ordered(plan).filter(loud) {
        let lines_of = if gate.blocks() || gate.waived.is_some() { most } else { 1 };
        lines.extend(told(gate, columns, lines_of, glyphs));
    }
    let calm = |gate: &&Gate| !gate.blocks() && !gate.warns();
    let (passed, idle): (Vec<&Gate>, Vec<&Gate>) =
        ordered(plan).filter(calm).partition(|gate| gate.verdict == Verdict::Pass);
    lines.extend(grid(&passed, None, columns, glyphs));
    lines.extend(grid(&idle, Some("   n/a"), columns, glyphs));
    lines
}

/// " ✗ block   name-free     quay.io/… has it already"
fn told(gate: &Gate, columns: usize, most: usize, glyphs: &Glyphs) -> Vec<Line> {
    let head = format!(" {} {:<8}{:<14}", glyph(gate, glyphs), words::verdict(gate), gate.id.key());
    let text = match &gate.waived {
        Some(reason) => format!("waived: {reason} ({})", gate.evidence),
        None => gate.evidence.clone(),
    };
    labelled(head, role(gate), Some(Row::Gate(gate.id)), &text, columns, most, glyphs)
}

/// A label and what it says on at most so many lines. On a narrow screen the label takes only what it needs.
fn labelled(
    head: String,
    role: Role,
    row: Option<Row>,
    text: &str,
    columns: usize,
    most: usize,
    glyphs: &Glyphs,
) -> Vec<Line> {
    let (indent, head) = if columns > 2 * INDENT {
        (INDENT, head)
    } else {
        (3, format!(" {} ", head.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    let room = columns.saturating_sub(indent.max(width(&head))).max(8);
    let mut said = wrap(text, room);
    if said.len() > most {
        let rest = said.split_off(most.max(1) - 1).join(" ");
        said.push(fit(&rest, room, Cut::Tail, glyphs).into_owned());
    }
    let line = |(index, part): (usize, String)| {
        let label = if index == 0 { head.clone() } else { " ".repeat(indent) };
        let label = Piece { text: label, role, row: row.filter(|_| index == 0) };
        vec![label, Piece { text: part, role: Role::Normal, row: None }]
    };
    said.into_iter().enumerate().map(line).collect()
}

fn grid(gates: &[&Gate], label: Option<&str>, columns: usize, glyphs: &Glyphs) -> Vec<Line> {
    let taken = usize::from(label.is_some());
    let across = (columns / CELL).saturating_sub(taken).max(1);
    let mut lines = Vec::new();
    for (index, chunk) in gates.chunks(across).enumerate() {
        let mut line = Line::new();
        if let Some(label) = label {
            let text = if index == 0 { format!("{label:<CELL$}") } else { " ".repeat(CELL) };
            line.push(Piece { text, role: Role::Dim, row: None });
        }
        for gate in chunk {
            let text = format!(" {} {:<width$}", glyph(gate, glyphs), gate.id.key(), width = CELL - 3);
            line.push(Piece { text, role: role(gate), row: Some(Row::Gate(gate.id)) });
        }
        lines.push(line);
    }
    lines
}

/// What will be sent, then what follows, numbered. Where not all fits in `room` lines each takes one, the chosen one all
/// it needs: what is published must be in sight.
pub(super) fn steps(plan: &Plan, columns: usize, room: usize, chosen: Option<Row>, glyphs: &Glyphs) -> Vec<Line> {
    let columns = columns.saturating_sub(6).max(8);
    let said = plan.calls.iter().map(|call| words::call(plan, call)).chain(plan.follows.iter().cloned());
    let said: Vec<Vec<String>> = said.map(|text| wrap(&text, columns)).collect();
    let crowded = said.iter().map(Vec::len).sum::<usize>() > room;
    let mut lines = Vec::new();
    for (index, mut parts) in said.into_iter().enumerate() {
        let row = Some(Row::Step(index));
        if crowded && chosen != row && parts.len() > 1 {
            parts = vec![fit(&parts.join(" "), columns, Cut::Tail, glyphs).into_owned()];
        }
        let role = if index < plan.calls.len() { Role::Strong } else { Role::Normal };
        for (at, part) in parts.into_iter().enumerate() {
            let number = if at == 0 { format!(" {:>2}  ", index + 1) } else { "     ".into() };
            let number = Piece { text: number, role: Role::Dim, row: if at == 0 { row } else { None } };
            lines.push(vec![number, Piece { text: part, role, row: None }]);
        }
    }
    lines
}

/// Why it is promoted, on a line.
pub(super) fn reason(plan: &Plan, columns: usize, glyphs: &Glyphs) -> Option<Line> {
    if plan.calls.is_empty() {
        return None;
    }
    let (text, role) = match plan.request.because() {
        Some(reason) => (reason, Role::Normal),
        None => ("none given".into(), Role::Dim),
    };
    let text = fit(&text, columns.saturating_sub(10).max(8), Cut::Tail, glyphs).into_owned();
    let label = Piece { text: "  reason  ".into(), role: Role::Dim, row: Some(Row::Reason) };
    Some(vec![label, Piece { text, role, row: None }])
}
