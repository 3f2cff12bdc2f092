//! The graph of a run drawn in layers, from the top down: tasks that may run at the same time stand side by side.
//!
//! Pure arithmetic: which sign stands where. A link that another path already implies is not drawn.
//! Links of different parents that would overlap get rows of their own, so that no line joins what is not joined.

use std::collections::BTreeSet;
use weir_domain::pipeline::{PipelineTask, layers};

/// A row of the drawing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    Tasks(Vec<Node>),
    Links(Vec<(u16, Link)>),
    /// The heading of the `finally` tasks.
    Finally,
}

/// A task at a column; `room` is what its sign and name may take. `None`: so many more that have no room.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub x: u16,
    pub room: u16,
    pub task: Option<usize>,
    pub more: usize,
}

/// To which sides a link goes from its cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub up: bool,
    pub down: bool,
    pub left: bool,
    pub right: bool,
}

impl Link {
    pub fn sign(self) -> &'static str {
        match (self.up, self.down, self.left, self.right) {
            (true, true, false, false) | (true, false, false, false) | (false, true, false, false) => "│",
            (true, true, true, true) => "┼",
            (true, true, true, false) => "┤",
            (true, true, false, true) => "├",
            (true, false, true, true) => "┴",
            (false, true, true, true) => "┬",
            (true, false, true, false) => "┘",
            (true, false, false, true) => "└",
            (false, true, true, false) => "┐",
            (false, true, false, true) => "┌",
            _ => "─",
        }
    }
}

const GAP: u16 = 2;
const LEAST: u16 = 8;

/// A place in a layer: a task, or a link that goes past it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Task(usize),
    Pass { from: usize, to: usize },
}

/// The drawing, at most `width` columns wide. `length` is the width of a task's sign and name.
pub(crate) fn drawing(tasks: &[PipelineTask], width: u16, length: impl Fn(usize) -> u16) -> Vec<Line> {
    let mut all = layers(tasks);
    let finally = all.pop_if(|last| last.iter().any(|index| tasks[*index].finally));
    let links = reduced(tasks);
    let mut lines = Vec::new();
    let mut above: Vec<(Slot, u16)> = Vec::new();
    for (depth, layer) in all.iter().enumerate() {
        let mut slots: Vec<Slot> = layer.iter().map(|index| Slot::Task(*index)).collect();
        let placed: BTreeSet<usize> = all[..depth].iter().flatten().copied().collect();
        let later: BTreeSet<usize> = all[depth + 1..].iter().flatten().copied().collect();
        slots.extend(
            links
                .iter()
                .filter(|(from, to)| placed.contains(from) && later.contains(to))
                .map(|(from, to)| Slot::Pass { from: *from, to: *to }),
        );
        slots.sort_by_key(|slot| wish(*slot, &links, &above).unwrap_or(u16::MAX));
        let (nodes, here) = placed_slots(&slots, width, &length, |slot| wish(slot, &links, &above));
        if depth > 0 {
            lines.extend(link_rows(&joints(&above, &here, &links)).into_iter().map(Line::Links));
        }
        lines.push(Line::Tasks(nodes));
        above = here;
    }
    if let Some(finally) = finally {
        lines.push(Line::Links(Vec::new()));
        lines.push(Line::Finally);
        let slots: Vec<Slot> = finally.into_iter().map(Slot::Task).collect();
        lines.push(Line::Tasks(placed_slots(&slots, width, &length, |_| None).0));
    }
    lines
}

/// The links from a need to the task that waits for it, without those that a longer path implies.
fn reduced(tasks: &[PipelineTask]) -> Vec<(usize, usize)> {
    let index = |name: &str| tasks.iter().position(|task| &*task.name == name && !task.finally);
    let needs: Vec<Vec<usize>> = tasks
        .iter()
        .enumerate()
        .map(|(own, task)| task.needs.iter().filter_map(|need| index(need)).filter(|need| *need != own).collect())
        .collect();
    let reaches = |from: usize, to: usize| {
        let (mut seen, mut ahead) = (BTreeSet::new(), vec![from]);
        while let Some(at) = ahead.pop() {
            if at == to {
                return true;
            }
            if seen.insert(at) {
                ahead.extend(&needs[at]);
            }
        }
        false
    };
    let mut links = Vec::new();
    for (to, own) in needs.iter().enumerate().filter(|(to, _)| !tasks[*to].finally) {
        for from in own {
            let implied = own.iter().any(|other| other != from && reaches(*other, *from) && !reaches(*from, *other));
            if !implied {
                links.push((*from, to));
            }
        }
    }
    links
}

/// The column a slot would like: the leftmost of those it comes from.
fn wish(slot: Slot, links: &[(usize, usize)], above: &[(Slot, u16)]) -> Option<u16> {
    above.iter().filter(|(parent, _)| joined(*parent, slot, links)).map(|(_, column)| *column).min()
}

fn joined(parent: Slot, child: Slot, links: &[(usize, usize)]) -> bool {
    match (parent, child) {
        (Slot::Task(from), Slot::Task(to)) => links.contains(&(from, to)),
        (Slot::Task(from), Slot::Pass { from: own, .. }) => own == from,
        (Slot::Pass { to: own, .. }, Slot::Task(to)) => own == to,
        (Slot::Pass { .. }, Slot::Pass { .. }) => parent == child,
    }
}

/// Columns for a layer's slots from left to right; names are cut alike when they do not fit, and what then still has no
/// room is counted.
fn placed_slots(
    slots: &[Slot],
    width: u16,
    length: &impl Fn(usize) -> u16,
    wish: impl Fn(Slot) -> Option<u16>,
) -> (Vec<Node>, Vec<(Slot, u16)>) {
    let passes = slots.iter().filter(|slot| matches!(slot, Slot::Pass { .. })).count() as u16;
    let count = slots.len() as u16 - passes;
    let free = width.saturating_sub(passes * (1 + GAP));
    let wanted: u16 = slots.iter().map(|slot| if let Slot::Task(task) = slot { length(*task) + GAP } else { 0 }).sum();
    let fits = wanted <= free + GAP;
    let room = if fits || count == 0 { width } else { ((free + GAP) / count).saturating_sub(GAP).max(LEAST) };
    let needed: u16 = slots.iter().map(|slot| room_of(*slot, room, length) + GAP).sum();
    let mut slack = (width + GAP).saturating_sub(needed);
    let (mut nodes, mut here) = (Vec::new(), Vec::new());
    let mut x = 0;
    for (place, slot) in slots.iter().enumerate() {
        let own = room_of(*slot, room, length);
        let shift = wish(*slot).map_or(0, |column| column.saturating_sub(x)).min(slack);
        slack -= shift;
        x += shift;
        let left = slots[place..].iter().filter(|slot| matches!(slot, Slot::Task(_))).count();
        // The last that fits gives its place to the count of those that do not.
        let crowded = left > 1 && x + own + GAP + LEAST > width && needed > width + GAP;
        if x + own > width || crowded {
            nodes.push(Node { x, room: width.saturating_sub(x), task: None, more: left });
            break;
        }
        if let Slot::Task(task) = slot {
            nodes.push(Node { x, room: own, task: Some(*task), more: 0 });
        } else {
            nodes.push(Node { x, room: 1, task: None, more: 0 });
        }
        here.push((*slot, x));
        x += own + GAP;
    }
    (nodes, here)
}

fn room_of(slot: Slot, most: u16, length: &impl Fn(usize) -> u16) -> u16 {
    match slot {
        Slot::Task(task) => length(task).min(most),
        Slot::Pass { .. } => 1,
    }
}

/// For each parent its column and those of its children.
fn joints(above: &[(Slot, u16)], here: &[(Slot, u16)], links: &[(usize, usize)]) -> Vec<(u16, Vec<u16>)> {
    above
        .iter()
        .map(|(parent, column)| {
            let children =
                here.iter().filter(|(child, _)| joined(*parent, *child, links)).map(|(_, column)| *column).collect();
            (*column, children)
        })
        .filter(|(_, children): &(u16, Vec<u16>)| !children.is_empty())
        .collect()
}

/// Parents share a row when they lead to the same children or when their spans do not overlap.
fn link_rows(joints: &[(u16, Vec<u16>)]) -> Vec<Vec<(u16, Link)>> {
    let span = |(parent, children): &(u16, Vec<u16>)| {
        let ends = children.iter().chain([parent]);
        (ends.clone().min().copied().unwrap_or(*parent), ends.max().copied().unwrap_or(*parent))
    };
    let mut shared: Vec<Vec<&(u16, Vec<u16>)>> = Vec::new();
    for joint in joints {
        let (from, to) = span(joint);
        let fits = |row: &Vec<&(u16, Vec<u16>)>| {
            row.iter().all(|other| {
                let (start, end) = span(other);
                other.1 == joint.1 || to < start || end < from
            })
        };
        match shared.iter_mut().find(|row| fits(row)) {
            Some(row) => row.push(joint),
            None => shared.push(vec![joint]),
        }
    }
    let last = shared.len();
    (0..last)
        .map(|at| {
            let mut cells: Vec<(u16, Link)> = Vec::new();
            for joint in &shared[at] {
                draw(joint, &mut cells);
            }
            // Down to a row below, and from a row above: a line that crosses stays whole.
            let waiting = shared[at + 1..].iter().flatten().map(|joint| joint.0);
            let gone = shared[..at].iter().flatten().flat_map(|joint| joint.1.iter().copied());
            for column in waiting.chain(gone) {
                let cell = cell(&mut cells, column);
                cell.up = true;
                cell.down = true;
            }
            cells.sort_by_key(|(column, _)| *column);
            cells
        })
        .collect()
}

fn draw((parent, children): &(u16, Vec<u16>), cells: &mut Vec<(u16, Link)>) {
    cell(cells, *parent).up = true;
    for child in children {
        cell(cells, *child).down = true;
        let (from, to) = (*parent.min(child), *parent.max(child));
        for column in from..=to {
            let cell = cell(cells, column);
            cell.left |= column > from;
            cell.right |= column < to;
        }
    }
}

fn cell(cells: &mut Vec<(u16, Link)>, column: u16) -> &mut Link {
    let at = cells.iter().position(|(known, _)| *known == column).unwrap_or_else(|| {
        cells.push((column, Link::default()));
        cells.len() - 1
    });
    &mut cells[at].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn tasks(graph: &[(&str, &[&str])]) -> Vec<PipelineTask> {
        graph
            .iter()
            .map(|(name, needs)| PipelineTask {
                name: Arc::from(*name),
                needs: needs.iter().map(|need| Arc::from(*need)).collect(),
                ..PipelineTask::default()
            })
            .collect()
    }

    fn drawn(tasks: &[PipelineTask], width: u16) -> String {
        let lines = drawing(tasks, width, |task| tasks[task].name.len() as u16);
        let mut text = String::new();
        for line in lines {
            let mut row = vec![' '; usize::from(width)];
            let mut put = |x: u16, words: &str| {
                for (at, c) in words.chars().enumerate() {
                    row[usize::from(x) + at] = c;
                }
            };
            match line {
                Line::Tasks(nodes) => {
                    for node in nodes {
                        match node.task {
                            Some(task) => put(node.x, &tasks[task].name[..usize::from(node.room)]),
                            None if node.more > 0 => put(node.x, &format!("+{}", node.more)),
                            None => put(node.x, "│"),
                        }
                    }
                }
                Line::Links(cells) => cells.into_iter().for_each(|(x, link)| put(x, link.sign())),
                Line::Finally => put(0, "finally"),
            }
            text.push_str(row.into_iter().collect::<String>().trim_end());
            text.push('\n');
        }
        text
    }

    #[test]
    fn a_diamond_parts_and_meets_again() {
        let tasks = tasks(&[
            ("test", &[]),
            ("extensions", &["test"]),
            ("extend", &["test"]),
            ("meta", &["extend", "extensions", "test"]),
        ]);
        assert_eq!(drawn(&tasks, 40), "test\n├───────────┐\nextensions  extend\n├───────────┘\nmeta\n");
    }

    #[test]
    fn a_link_past_a_layer_has_its_own_lane() {
        let tasks = tasks(&[("a", &[]), ("b", &["a"]), ("x", &[]), ("c", &["b", "x"])]);
        let text = drawn(&tasks, 20);
        assert_eq!(text, "a  x\n│  │\nb  │\n├──┘\nc\n");
    }

    #[test]
    fn links_that_cross_take_two_rows() {
        let tasks = tasks(&[("a", &[]), ("b", &[]), ("c", &["a", "b"]), ("d", &["a"])]);
        let lines = drawing(&tasks, 20, |_| 1);
        assert_eq!(lines.iter().filter(|line| matches!(line, Line::Links(_))).count(), 2);
    }

    #[test]
    fn what_has_no_room_is_counted_and_nothing_stands_outside() {
        let names: Vec<String> = (0..30).map(|n| format!("task-with-a-long-name-{n}")).collect();
        let graph: Vec<(&str, &[&str])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
        let tasks = tasks(&graph);
        for width in 1..100 {
            for line in drawing(&tasks, width, |task| tasks[task].name.len() as u16) {
                let Line::Tasks(nodes) = line else { continue };
                let shown = nodes.iter().filter(|node| node.task.is_some()).count();
                let more: usize = nodes.iter().map(|node| node.more).sum();
                assert_eq!(shown + more, 30, "{width}");
                assert!(nodes.iter().all(|node| node.x + node.room <= width), "{width}: {nodes:?}");
            }
        }
    }
}
