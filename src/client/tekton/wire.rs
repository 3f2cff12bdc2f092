//! Pieces every Kubernetes object shares, decoded leniently: null is empty, a wrong time is none.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use weir_domain::{ParamValue, Tree};

/// null counts as the default.
pub fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// An RFC 3339 time; anything else is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Time(pub Option<Timestamp>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lenient;
        impl<'de> Visitor<'de> for Lenient {
            type Value = Time;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }
            fn visit_str<E>(self, text: &str) -> Result<Time, E> {
                Ok(Time(text.parse().ok()))
            }
            fn visit_unit<E>(self) -> Result<Time, E> {
                Ok(Time(None))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Time, E> {
                Ok(Time(None))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Time, E> {
                Ok(Time(None))
            }
        }
        deserializer.deserialize_any(Lenient)
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    #[serde(default, deserialize_with = "nullable")]
    pub namespace: String,
    #[serde(default, deserialize_with = "nullable")]
    pub uid: String,
    #[serde(default)]
    pub creation_timestamp: Option<Time>,
    #[serde(default, deserialize_with = "texts")]
    pub labels: BTreeMap<String, String>,
    /// weir's own annotations only.
    #[serde(default, rename = "annotations", deserialize_with = "own")]
    pub says: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "nullable")]
    pub owner_references: Vec<Owner>,
}

#[derive(Default, Deserialize)]
pub struct Owner {
    #[serde(default, deserialize_with = "nullable")]
    pub kind: String,
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
}

#[derive(Default, Deserialize)]
pub struct Condition {
    #[serde(default, rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    #[serde(default, deserialize_with = "nullable")]
    pub status: String,
    #[serde(default, deserialize_with = "nullable")]
    pub reason: String,
    #[serde(default, deserialize_with = "nullable")]
    pub message: String,
}

/// A map of texts; a value that is no text is left out.
pub fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    deserializer.deserialize_any(Texts { prefix: "" })
}

fn own<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    deserializer.deserialize_any(Texts { prefix: "weir/" })
}

struct Texts {
    prefix: &'static str,
}

impl<'de> Visitor<'de> for Texts {
    type Value = BTreeMap<String, String>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = BTreeMap::new();
        while let Some(key) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            if !key.starts_with(self.prefix) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if let Tree::Text(text) = map.next_value::<Tree>()? {
                found.insert(key.into_owned(), text);
            }
        }
        Ok(found)
    }
}

/// A parameter's value: text, list or map; numbers and truth values count as their text.
pub fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ParamValue>, D::Error> {
    Ok(param_value(&Tree::deserialize(deserializer)?))
}

pub fn param_value(tree: &Tree) -> Option<ParamValue> {
    let text = |tree: &Tree| match tree {
        Tree::Text(text) => text.clone(),
        Tree::Bool(value) => value.to_string(),
        Tree::Int(value) => value.to_string(),
        Tree::Float(value) => value.to_string(),
        _ => String::new(),
    };
    match tree {
        Tree::Null => None,
        Tree::List(items) => Some(ParamValue::List(items.iter().map(text).collect())),
        Tree::Map(entries) => Some(ParamValue::Map(entries.iter().map(|(k, v)| (k.clone(), text(v))).collect())),
        other => Some(ParamValue::Text(text(other))),
    }
}
