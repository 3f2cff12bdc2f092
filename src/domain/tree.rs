//! A JSON-like value of any shape: what an object is when weir must carry all of it (rerun, YAML, diff).
//!
//! Maps keep their order. `Debug` and [`crate::yaml::text`] redact; only `Serialize` gives the raw value, for the server.

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

#[derive(Clone, Default, PartialEq)]
pub enum Tree {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Eq for Tree {}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::yaml::text(self))
    }
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Tree::Text(text.to_string())
    }
}

impl From<String> for Tree {
    fn from(text: String) -> Self {
        Tree::Text(text)
    }
}

impl Tree {
    pub fn map<const N: usize>(entries: [(&str, Tree); N]) -> Tree {
        Tree::Map(entries.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
    }

    pub fn key(&self, key: &str) -> Option<&Tree> {
        match self {
            Tree::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Follows keys; a list is not descended into.
    pub fn at(&self, path: &[&str]) -> Option<&Tree> {
        path.iter().try_fold(self, |tree, key| tree.key(key))
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.text()
    }

    pub fn items(&self) -> &[Tree] {
        match self {
            Tree::List(items) => items,
            _ => &[],
        }
    }

    pub fn entries(&self) -> &[(String, Tree)] {
        match self {
            Tree::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Sets a key at the end of a path, making maps on the way. A non-map on the way is replaced.
    pub fn set(&mut self, path: &[&str], value: Tree) {
        let Some((first, rest)) = path.split_first() else {
            *self = value;
            return;
        };
        if !matches!(self, Tree::Map(_)) {
            *self = Tree::Map(Vec::new());
        }
        if let Tree::Map(entries) = self {
            let index = entries.iter().position(|(name, _)| name == first).unwrap_or_else(|| {
                entries.push((first.to_string(), Tree::Null));
                entries.len() - 1
            });
            entries[index].1.set(rest, value);
        }
    }

    /// Takes a key out of a map; nothing happens when it is not there.
    pub fn remove(&mut self, path: &[&str]) {
        match (path, self) {
            ([last], Tree::Map(entries)) => entries.retain(|(name, _)| name != last),
            ([first, rest @ ..], Tree::Map(entries)) => {
                if let Some((_, inner)) = entries.iter_mut().find(|(name, _)| name == first) {
                    inner.remove(rest);
                }
            }
            _ => {}
        }
    }

    /// Puts back what [`crate::yaml::text`] hid: every text that holds the mark is replaced by the original's text at the same place.
    /// `Err` names the first place where there is no original.
    pub fn restore(&mut self, original: &Tree) -> Result<(), String> {
        self.restore_at(original, "")
    }

    fn restore_at(&mut self, original: &Tree, place: &str) -> Result<(), String> {
        match self {
            Tree::Text(text) if text.contains(crate::secret::HIDDEN) => match original {
                Tree::Text(old) => {
                    *text = old.clone();
                    Ok(())
                }
                _ => Err(format!("`{place}` holds {} and there is no value to put back", crate::secret::HIDDEN)),
            },
            Tree::Map(entries) => {
                for (key, value) in entries {
                    value.restore_at(original.key(key).unwrap_or(&Tree::Null), &format!("{place}.{key}"))?;
                }
                Ok(())
            }
            Tree::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    let name = item.text_at(&["name"]).map(str::to_string);
                    let old = match &name {
                        Some(name) => original.items().iter().find(|o| o.text_at(&["name"]) == Some(name)),
                        None => original.items().get(index),
                    };
                    item.restore_at(
                        old.unwrap_or(&Tree::Null),
                        &format!("{place}[{}]", name.unwrap_or(index.to_string())),
                    )?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Tree::Null => serializer.serialize_unit(),
            Tree::Bool(value) => serializer.serialize_bool(*value),
            Tree::Int(value) => serializer.serialize_i64(*value),
            Tree::Float(value) => serializer.serialize_f64(*value),
            Tree::Text(value) => serializer.serialize_str(value),
            Tree::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Tree::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Int(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(i64::try_from(value).map(Tree::Int).unwrap_or(Tree::Float(value as f64)))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Float(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_string()))
    }
    fn visit_string<E>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }
    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }
    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries: Vec<(String, Tree)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<Tree, Tree>()? {
            let key = match key {
                Tree::Text(text) => text,
                Tree::Int(number) => number.to_string(),
                Tree::Bool(value) => value.to_string(),
                _ => return Err(de::Error::custom("a key must be text")),
            };
            if entries.iter().any(|(name, _)| *name == key) {
                return Err(de::Error::custom(format!("the key `{key}` stands twice")));
            }
            entries.push((key, value));
        }
        Ok(Tree::Map(entries))
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}
