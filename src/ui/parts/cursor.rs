//! The selection of a list: an identity, not a position.
//!
//! Invariant: news never move the selection to another row. When the selected row is gone, nothing is selected until the
//! operator moves; an action then hits nothing.

use crate::action::Action;
use std::ops::Range;

#[derive(Clone, Debug)]
pub(crate) struct Cursor<K> {
    id: Option<K>,
    /// Where it stands in the rows, or stood when it went.
    index: usize,
    /// The first row on screen.
    top: usize,
    /// Whether the operator has moved: before that, the first row of a list that still loads is selected.
    moved: bool,
}

impl<K> Default for Cursor<K> {
    fn default() -> Self {
        Self { id: None, index: 0, top: 0, moved: false }
    }
}

impl<K: Clone + PartialEq> Cursor<K> {
    pub fn id(&self) -> Option<&K> {
        self.id.as_ref()
    }

    /// Whether this row is the selected one.
    pub fn at(&self, index: usize) -> bool {
        self.id.is_some() && self.index == index
    }

    pub fn index(&self) -> usize {
        self.index
    }

    /// Finds the selection in the rows again. While the list loads, an untouched cursor stays on the first row.
    pub fn settle(&mut self, rows: &[K], loading: bool) {
        if !self.moved && (loading || self.id.is_none()) {
            self.index = 0;
            self.top = 0;
            self.id = rows.first().cloned();
            return;
        }
        let Some(id) = &self.id else {
            self.index = self.index.min(rows.len().saturating_sub(1));
            return;
        };
        let before = self.index;
        let found = if rows.get(before) == Some(id) { Some(before) } else { rows.iter().position(|row| row == id) };
        match found {
            Some(index) => {
                self.index = index;
                // The row stays where it is on screen.
                self.top = (self.top + index).saturating_sub(before);
            }
            None => {
                self.id = None;
                self.moved = true;
                self.index = before.min(rows.len().saturating_sub(1));
            }
        }
    }

    /// After the operator chose other rows (a filter, a scope): when the selected one is not among them, the one in its
    /// place is selected. Where there is none, the first that comes is: nobody has moved among these rows.
    pub fn rest(&mut self, rows: &[K]) {
        if rows.is_empty() {
            *self = Cursor::default();
        } else if self.id.is_none() {
            self.index = self.index.min(rows.len().saturating_sub(1));
            self.id = rows.get(self.index).cloned();
        }
    }

    /// Selects a row by its identity.
    pub fn select(&mut self, rows: &[K], id: &K) {
        if let Some(index) = rows.iter().position(|row| row == id) {
            self.moved = true;
            self.index = index;
            self.id = Some(id.clone());
        }
    }

    /// Moves; `false` when the action is no movement. `height` is the rows on screen.
    pub fn step(&mut self, action: Action, rows: &[K], height: usize) -> bool {
        let last = rows.len().saturating_sub(1);
        let page = height.max(1);
        let gone = self.id.is_none();
        let to = match action {
            // From a row that is gone, the first step selects what stands in its place.
            Action::Down | Action::Up if gone => self.index,
            Action::Down => self.index + 1,
            Action::Up => self.index.saturating_sub(1),
            Action::HalfDown => self.index + (page / 2).max(1),
            Action::HalfUp => self.index.saturating_sub((page / 2).max(1)),
            Action::PageDown => self.index + page,
            Action::PageUp => self.index.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => last,
            _ => return false,
        };
        self.moved = true;
        self.index = to.min(last);
        self.id = rows.get(self.index).cloned();
        self.top = self.window(rows.len(), height).start;
        true
    }

    /// The rows on screen, the selected one among them.
    pub fn window(&self, rows: usize, height: usize) -> Range<usize> {
        if height == 0 || rows == 0 {
            return 0..0;
        }
        let index = self.index.min(rows - 1);
        let least = (index + 1).saturating_sub(height);
        let top = self.top.clamp(least, index).min(rows.saturating_sub(height));
        top..(top + height).min(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_do_not_move_the_selection_to_another_row() {
        let mut cursor = Cursor::default();
        cursor.settle(&["b", "c", "d"], false);
        cursor.step(Action::Down, &["b", "c", "d"], 10);
        assert_eq!(cursor.id(), Some(&"c"));
        cursor.settle(&["a", "b", "c", "d"], false);
        assert_eq!((cursor.id(), cursor.index()), (Some(&"c"), 2));
        assert!(cursor.at(2));
    }

    #[test]
    fn a_row_that_is_gone_selects_nothing_until_the_operator_moves() {
        let mut cursor = Cursor::default();
        let rows = ["a", "b", "c"];
        cursor.settle(&rows, false);
        cursor.step(Action::Down, &rows, 10);
        cursor.settle(&["a", "c"], false);
        assert_eq!(cursor.id(), None);
        cursor.step(Action::Down, &["a", "c"], 10);
        assert_eq!(cursor.id(), Some(&"c"));
    }

    #[test]
    fn rows_that_come_only_after_they_were_chosen_are_selected_as_those_of_a_list_that_loads() {
        let mut cursor = Cursor::default();
        let rows = ["a", "b", "c"];
        cursor.settle(&rows, true);
        cursor.step(Action::Down, &rows, 10);
        // A filter that only a row to come gets through.
        cursor.settle(&[], true);
        cursor.rest(&[]);
        assert_eq!(cursor.id(), None);
        cursor.settle(&["x"], true);
        assert_eq!(cursor.id(), Some(&"x"));
        // The one that was selected and went is another matter.
        cursor.settle(&["x"], false);
        cursor.settle(&["y"], false);
        assert_eq!(cursor.id(), None);
    }

    #[test]
    fn the_window_always_holds_the_selected_row() {
        let rows: Vec<u32> = (0..100).collect();
        let mut cursor = Cursor::default();
        cursor.settle(&rows, false);
        for action in [Action::PageDown, Action::Down, Action::Bottom, Action::HalfUp, Action::Up, Action::Top] {
            cursor.step(action, &rows, 7);
            for height in [1, 3, 7, 200] {
                let window = cursor.window(rows.len(), height);
                assert!(window.contains(&cursor.index()), "{action:?} {height} {window:?}");
                assert_eq!(window.len(), height.min(100));
            }
        }
    }
}
