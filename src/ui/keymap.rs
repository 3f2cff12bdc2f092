//! Which key means which action: the table's defaults, changed by the config's `[keys]`.

use crate::action::{Action, ENTRIES};
use crate::message::{Key, KeyCode};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<Key, Action>,
    /// By the action's place in the table; the first key is shown.
    shown: Vec<Vec<Key>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let (keymap, problems) = Keymap::from_config(&BTreeMap::new());
        debug_assert!(problems.is_empty());
        keymap
    }
}

impl Keymap {
    /// `changes` is action name → keys, which replace the action's own. Each thing that is wrong is one sentence;
    /// the rest of the changes hold. A key given to one action is taken from the one that had it by default.
    pub fn from_config(changes: &BTreeMap<String, Vec<String>>) -> (Keymap, Vec<String>) {
        let mut problems = Vec::new();
        let mut own: BTreeMap<Action, Vec<Key>> = BTreeMap::new();
        for (name, texts) in changes {
            let Some(action) = Action::named(name) else {
                problems.push(format!("[keys] names the action `{name}`, which weir does not have; `?` lists them"));
                continue;
            };
            let mut keys = Vec::new();
            for text in texts {
                match Key::parse(text) {
                    Some(key) => keys.push(key),
                    None => problems.push(format!(
                        "[keys] {name}: `{text}` is no key; keys are written like `j`, `Ctrl-R`, `Enter` or `F5`"
                    )),
                }
            }
            own.insert(action, keys);
        }
        let mut keymap = Keymap { keys: BTreeMap::new(), shown: vec![Vec::new(); ENTRIES.len()] };
        for (action, keys) in &own {
            for key in keys {
                match keymap.keys.get(key) {
                    Some(other) if other != action => problems.push(format!(
                        "[keys] gives `{key}` to both `{}` and `{}`; it stays with `{}`",
                        other.name(),
                        action.name(),
                        other.name()
                    )),
                    _ => keymap.bind(*key, *action),
                }
            }
        }
        for entry in ENTRIES.iter().filter(|entry| !own.contains_key(&entry.action)) {
            for key in entry.keys.split_whitespace().filter_map(Key::parse) {
                if !keymap.keys.contains_key(&key) {
                    keymap.bind(key, entry.action);
                }
            }
        }
        for action in [Action::Quit, Action::Palette, Action::Back] {
            if keymap.shown[action as usize].is_empty() {
                problems.push(format!("[keys] leaves `{}` without a key", action.name()));
            }
        }
        (keymap, problems)
    }

    fn bind(&mut self, key: Key, action: Action) {
        self.keys.insert(key, action);
        let shown = &mut self.shown[action as usize];
        if !shown.contains(&key) {
            shown.push(key);
        }
    }

    pub fn action(&self, key: Key) -> Option<Action> {
        self.keys.get(&key).copied()
    }

    pub fn keys(&self, action: Action) -> &[Key] {
        &self.shown[action as usize]
    }

    /// The key to show beside an action; empty when it has none.
    pub fn shown(&self, action: Action) -> String {
        self.keys(action).first().map(Key::to_string).unwrap_or_default()
    }

    /// The key that always leaves a dialog or a text, whatever the config says.
    pub(crate) fn leaves(key: Key) -> bool {
        key.code == KeyCode::Esc || key == Key::ctrl('c')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(lines: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        lines.iter().map(|(name, keys)| (name.to_string(), keys.iter().map(|k| k.to_string()).collect())).collect()
    }

    #[test]
    fn a_key_from_the_config_replaces_the_default() {
        let (keymap, problems) = Keymap::from_config(&config(&[("log", &["F3"])]));
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(keymap.action(Key::plain(KeyCode::F(3))), Some(Action::Log));
        assert_eq!(keymap.action(Key::char('l')), None);
        assert_eq!(keymap.shown(Action::Log), "F3");
    }

    #[test]
    fn conflicts_and_unknown_names_are_each_one_sentence() {
        let (keymap, problems) = Keymap::from_config(&config(&[
            ("log", &["F3"]),
            ("start", &["F3"]),
            ("fly", &["f"]),
            ("sort", &["Entre"]),
        ]));
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems.iter().any(|p| p.contains("both `log` and `start`")), "{problems:?}");
        assert!(problems.iter().any(|p| p.contains("`fly`")), "{problems:?}");
        assert!(problems.iter().any(|p| p.contains("`Entre` is no key")), "{problems:?}");
        assert_eq!(keymap.action(Key::plain(KeyCode::F(3))), Some(Action::Log));
    }

    #[test]
    fn a_key_taken_from_a_default_means_only_the_new_thing() {
        let (keymap, problems) = Keymap::from_config(&config(&[("refresh", &["r"])]));
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(keymap.action(Key::char('r')), Some(Action::Refresh));
        assert!(keymap.keys(Action::Runs).is_empty());
    }
}
