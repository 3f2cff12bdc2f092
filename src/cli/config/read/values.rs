//! Single values: what each must be, and the sentence when it is something else.

use super::{Reader, Value};
use crate::words;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use weir_domain::age::parse_go_duration;

impl Reader<'_> {
    pub(super) fn unknown(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, place: &str, known: &[&str]) {
        let name = key.get_ref().as_ref();
        let at = if place.is_empty() { String::new() } else { format!(" in `{place}`") };
        let hint = match words::nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        self.mistake(&key.span(), format!("unknown key `{name}`{at}"), hint);
    }

    pub(super) fn wrong(&mut self, value: &Value<'_>, key: &str, wanted: &str) {
        let is = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.mistake(&value.span(), format!("`{key}` must be {wanted}, this is {is}"), "");
    }

    /// Written as `[[key]]`, once for each `noun`.
    pub(super) fn tables<'v, 'i>(&mut self, value: &'v Value<'i>, key: &str, noun: &str) -> Vec<&'v Value<'i>> {
        match value.get_ref() {
            DeValue::Array(items) if items.iter().all(|item| item.get_ref().is_table()) => items.iter().collect(),
            _ => {
                let why = format!("`{key}` must be written as `[[{key}]]`, once for each {noun}");
                self.mistake(&value.span(), why, "");
                Vec::new()
            }
        }
    }

    pub(super) fn table<'v, 'i>(&mut self, value: &'v Value<'i>, key: &str) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(value, key, "a table");
        }
        table
    }

    pub(super) fn text(&mut self, value: &Value<'_>, key: &str) -> Option<String> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong(value, key, "text in quotes");
        }
        text.map(str::to_string)
    }

    pub(super) fn filled(&mut self, value: &Value<'_>, key: &str) -> String {
        let text = self.text(value, key);
        if text.as_deref() == Some("") {
            self.mistake(&value.span(), format!("`{key}` is empty"), "");
        }
        text.unwrap_or_default()
    }

    pub(super) fn flag(&mut self, value: &Value<'_>, key: &str) -> bool {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(value, key, "true or false");
        }
        flag.unwrap_or_default()
    }

    /// A list of texts; a single text is a list of one.
    pub(super) fn texts(&mut self, value: &Value<'_>, key: &str) -> Vec<String> {
        match value.get_ref() {
            DeValue::String(text) => vec![text.to_string()],
            DeValue::Array(items) => items.iter().filter_map(|item| self.text(item, key)).collect(),
            _ => {
                self.wrong(value, key, "text or a list of texts");
                Vec::new()
            }
        }
    }

    pub(super) fn duration(&mut self, value: &Value<'_>, key: &str) -> Option<i64> {
        let text = self.text(value, key)?;
        let seconds = parse_go_duration(&text);
        if seconds.is_none() {
            self.mistake(&value.span(), format!("`{key}`: `{text}` is not a duration"), "write it as 30s, 10m or 48h");
        }
        seconds
    }

    /// `~/` is the home folder; a relative path begins at the config's folder.
    pub(super) fn place(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), std::env::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.path.parent().unwrap_or(Path::new("")).join(text),
        }
    }

    /// Names with their texts, in the order of the names.
    pub(super) fn pairs(&mut self, value: &Value<'_>, key: &str) -> BTreeMap<String, String> {
        let mut pairs = BTreeMap::new();
        for (name, value) in self.table(value, key).into_iter().flatten() {
            if let Some(text) = self.text(value, name.get_ref()) {
                pairs.insert(name.get_ref().to_string(), text);
            }
        }
        pairs
    }

    /// An address without the `/` at its end. The hints: what else it may be, and why no password is needed.
    pub(super) fn web(&mut self, value: &Value<'_>, key: &str, else_: &str, open: &str) -> Option<String> {
        let url = self.text(value, key)?;
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
            self.mistake(&value.span(), format!("`{key}` must begin with https://, this is `{url}`"), else_);
            return None;
        }
        if url.contains('@') {
            let why = format!("`{key}` holds a user or password");
            self.mistake(&value.span(), why, format!("leave it out: {open}"));
            return None;
        }
        Some(url.trim_end_matches('/').to_string())
    }

    /// The name of a cluster, to be found among `[[cluster]]` when all is read.
    pub(super) fn cluster_name(&mut self, value: &Value<'_>) -> String {
        let name = self.filled(value, "cluster");
        if !name.is_empty() {
            self.referred.push((value.span(), name.clone()));
        }
        name
    }

    /// Each of `keys` must be in the table `item`, which the file writes as `place`.
    pub(super) fn must_have<const N: usize>(&mut self, item: &Value<'_>, place: &str, keys: [(&str, &str); N]) -> bool {
        let Some(table) = item.get_ref().as_table() else { return false };
        let mut whole = true;
        for (key, hint) in keys {
            if !table.contains_key(key) {
                whole = false;
                self.mistake(&item.span(), format!("this `{place}` has no `{key}`"), hint);
            }
        }
        whole
    }
}
