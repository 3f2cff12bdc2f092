//! The one table of actions: name, sentence, default keys. Hints, help, palette and keymap all come from it.
//!
//! One key means one thing everywhere. `/` and the like mean the same verb in a list and in a text: what is looked for is
//! filtered in the one and found in the other. Keys come as the list of the design has them.

/// Where an action means something, for help and for the test that no key means two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Move,
    Find,
    Row,
    Text,
    Go,
    Weir,
}

impl Group {
    pub const ALL: [Group; 6] = [Group::Move, Group::Row, Group::Find, Group::Go, Group::Text, Group::Weir];

    pub fn title(self) -> &'static str {
        match self {
            Group::Move => "Move",
            Group::Find => "Find",
            Group::Row => "Do",
            Group::Text => "In a log",
            Group::Go => "Go to",
            Group::Weir => "weir",
        }
    }
}

/// One row of the table.
#[derive(Debug)]
pub struct Entry {
    pub action: Action,
    /// In kebab-case: the name in the config and in the palette.
    pub name: &'static str,
    /// One or two words for the footer.
    pub hint: &'static str,
    /// One sentence.
    pub sentence: &'static str,
    /// Separated by blanks, the first is shown.
    pub keys: &'static str,
    pub group: Group,
}

macro_rules! actions {
    ($($action:ident, $name:literal, $hint:literal, $keys:literal, $group:ident, $sentence:literal;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($action),+ }

        /// In the order of help.
        pub const ENTRIES: &[Entry] = &[$(Entry {
            action: Action::$action, name: $name, hint: $hint, sentence: $sentence, keys: $keys, group: Group::$group,
        }),+];
    };
}

actions! {
    Down, "down", "down", "j Down", Move, "Move down a row or a line.";
    Up, "up", "up", "k Up", Move, "Move up a row or a line.";
    Top, "top", "top", "g Home", Move, "Go to the first row or line.";
    Bottom, "bottom", "end", "G End", Move, "Go to the last row or line.";
    HalfDown, "half-page-down", "half down", "Ctrl-D", Move, "Move down half a page.";
    HalfUp, "half-page-up", "half up", "Ctrl-U", Move, "Move up half a page.";
    PageDown, "page-down", "page down", "Ctrl-F PageDown", Move, "Move down a page.";
    PageUp, "page-up", "page up", "Ctrl-B PageUp", Move, "Move up a page.";
    Left, "left", "left", "Left", Move, "Move sideways to the left.";
    Right, "right", "right", "Right", Move, "Move sideways to the right.";
    Pane, "pane", "pane", "Tab", Move, "Go to the next pane or tab of the screen.";
    Open, "open", "open", "Enter", Row, "Open what is selected.";
    Log, "log", "log", "l", Row, "Read the log of what is selected.";
    Start, "start", "start", "s", Row, "Start a run: choose a Pipeline, fill its form.";
    Rerun, "rerun", "rerun", "R", Row, "Start the selected run again, with changes if you like.";
    Cancel, "cancel", "cancel", "X", Row, "Cancel the selected run in one of three ways.";
    Promote, "promote", "promote", "P", Row, "Promote the release to a channel: shows the plan first.";
    Accept, "accept", "accept", "", Row, "Accept the payload over its jobs; only in the row's menu.";
    Reject, "reject", "reject", "", Row, "Reject the payload over its jobs; only in the row's menu.";
    TakeBack, "take-back", "take back", "", Row, "Take a decision by hand back; only in the row's menu.";
    Waive, "waive", "waive", "", Row, "Let the selected gate pass with a reason; only in the row's menu.";
    Delete, "delete", "delete", "", Row, "Delete the selected run; only in the row's menu.";
    Menu, "actions", "actions", "x", Row, "Show every action of the selected row.";
    Mark, "mark", "mark", "Space =", Row, "Mark the row, so that a copy or a comparison takes several.";
    Compare, "compare", "compare", "D", Row, "Compare with another.";
    Copy, "copy", "copy", "c", Row, "Copy the name.";
    CopyAll, "copy-all", "copy all", "Y", Row, "Copy everything shown of it.";
    Yaml, "yaml", "yaml", "y", Row, "Show the object as YAML, or the exact calls.";
    Url, "url", "url", "o", Row, "Show and copy the address in the web.";
    Save, "save", "save", "Ctrl-S", Row, "Save to a file.";
    Edit, "edit", "editor", "E", Row, "Edit in $EDITOR.";
    Filter, "filter", "filter", "/", Find, "Filter a list (regex, ! inverse, -l key=value), search in a text.";
    NextMatch, "next-match", "next", "n", Find, "Go to the next match.";
    PreviousMatch, "previous-match", "previous", "N", Find, "Go to the match before.";
    KeepLines, "keep-lines", "keep", "&", Find, "Keep only the lines that match; ! drops them.";
    Sort, "sort", "sort", "S", Find, "Sort by the next column.";
    Overview, "overview", "overview", "", Go, "Go to the overview: what needs you.";
    Runs, "runs", "runs", "r", Go, "Go to the runs.";
    Releases, "releases", "releases", "L", Go, "Go to the release streams.";
    Pipelines, "pipelines", "pipelines", "", Go, "Go to the Pipelines.";
    Ledger, "ledger", "ledger", "", Go, "Go to the ledger: who promoted what to where.";
    Journal, "journal", "journal", "J", Go, "Go to the journal of what was sent.";
    Health, "health", "health", "H", Go, "Go to the endpoints and how they stand.";
    Messages, "messages", "messages", "", Go, "Go to weir's own messages.";
    Back, "back", "back", "Esc", Go, "Go back, or clear the filter.";
    Older, "history-back", "older", "[", Go, "Go to the screen before in the history.";
    Newer, "history-forward", "newer", "]", Go, "Go to the screen after in the history.";
    Follow, "follow", "follow", "f", Text, "Follow the end.";
    Wrap, "wrap", "wrap", "w", Text, "Wrap long lines or not.";
    Times, "times", "times", "t", Text, "Show the time of each line or not.";
    WholeRun, "whole-run", "whole run", "a", Text, "Show the log of the whole run.";
    Fold, "fold", "fold", "z", Text, "Fold or open the step.";
    FirstError, "first-error", "first error", "e", Text, "Go to the first error.";
    Palette, "palette", "command", ": Ctrl-P", Weir, "Type what to do.";
    Help, "help", "help", "?", Weir, "Show the keys and what they do here.";
    Scope0, "scope-all", "all", "0", Weir, "Show all clusters and namespaces.";
    Scope1, "scope-1", "scope 1", "1", Weir, "Show only namespace 1 of the recent ones.";
    Scope2, "scope-2", "scope 2", "2", Weir, "Show only namespace 2 of the recent ones.";
    Scope3, "scope-3", "scope 3", "3", Weir, "Show only namespace 3 of the recent ones.";
    Scope4, "scope-4", "scope 4", "4", Weir, "Show only namespace 4 of the recent ones.";
    Scope5, "scope-5", "scope 5", "5", Weir, "Show only namespace 5 of the recent ones.";
    Scope6, "scope-6", "scope 6", "6", Weir, "Show only namespace 6 of the recent ones.";
    Scope7, "scope-7", "scope 7", "7", Weir, "Show only namespace 7 of the recent ones.";
    Scope8, "scope-8", "scope 8", "8", Weir, "Show only namespace 8 of the recent ones.";
    Scope9, "scope-9", "scope 9", "9", Weir, "Show only namespace 9 of the recent ones.";
    Refresh, "refresh", "refresh", "Ctrl-R", Weir, "Ask again for what is on screen.";
    Redraw, "redraw", "redraw", "Ctrl-L", Weir, "Draw the screen anew.";
    Suspend, "suspend", "suspend", "Ctrl-Z", Weir, "Go to the shell; `fg` comes back.";
    Leave, "leave", "leave", "Ctrl-C", Weir, "Quit weir from anywhere.";
    Quit, "quit", "quit", "q", Weir, "Go back, and quit at the first screen.";
}

impl Action {
    pub fn entry(self) -> &'static Entry {
        &ENTRIES[self as usize]
    }

    pub fn name(self) -> &'static str {
        self.entry().name
    }

    pub fn named(name: &str) -> Option<Action> {
        ENTRIES.iter().find(|entry| entry.name == name).map(|entry| entry.action)
    }

    /// 0–9 for the scope actions.
    pub(crate) fn digit(self) -> Option<usize> {
        (self as usize).checked_sub(Action::Scope0 as usize).filter(|digit| *digit <= 9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Key;
    use std::collections::BTreeMap;

    #[test]
    fn the_table_stands_in_the_order_of_the_actions_and_names_each_once() {
        let mut names = BTreeMap::new();
        for (index, entry) in ENTRIES.iter().enumerate() {
            assert_eq!(entry.action as usize, index);
            assert_eq!(names.insert(entry.name, entry.action), None, "{} stands twice", entry.name);
            assert!(entry.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            assert!(entry.sentence.ends_with('.'), "{} has no sentence", entry.name);
            assert_eq!(Action::named(entry.name), Some(entry.action));
        }
    }

    #[test]
    fn no_key_means_two_things() {
        let mut keys = BTreeMap::new();
        for entry in ENTRIES {
            for text in entry.keys.split_whitespace() {
                let key = Key::parse(text).expect(text);
                assert_eq!(keys.insert(key, entry.name), None, "{text} means two things");
            }
        }
    }

    #[test]
    fn every_key_of_the_design_has_an_action_and_what_is_only_in_the_menu_has_none() {
        let all = "j k Up Down g G Home End Ctrl-D Ctrl-U Ctrl-F Ctrl-B Left Right Enter Esc q : Ctrl-P ? Ctrl-R Ctrl-L Tab \
                   [ ] 0 1 2 3 4 5 6 7 8 9 / n N & Space = D S c Y y o Ctrl-S E r L J H l s R X P x f w t a z e";
        let known: Vec<&str> = ENTRIES.iter().flat_map(|entry| entry.keys.split_whitespace()).collect();
        for key in all.split_whitespace() {
            assert!(known.contains(&key), "{key} does nothing");
        }
        for action in [Action::Accept, Action::Reject, Action::TakeBack, Action::Waive, Action::Delete] {
            assert_eq!(action.entry().keys, "");
        }
    }
}
