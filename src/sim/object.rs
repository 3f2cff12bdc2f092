//! A stored object: its serialized bytes, and beside them just what lists, selectors, tables and owners ask for.
//!
//! Invariant: no `serde_json::Value` outlives the call that made it; ten thousand of those trees would be a gigabyte.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::kind::Kind;
use crate::table;

#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) namespace: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) uid: Box<str>,
    pub(crate) version: u64,
    pub(crate) labels: Box<[(Box<str>, Box<str>)]>,
    /// The uids of `metadata.ownerReferences`.
    pub(crate) owners: Box<[Box<str>]>,
    /// The cells of this object's row in a table, without those that depend on the time of asking.
    pub(crate) cells: Box<[Cell]>,
    /// What a field selector may ask for besides name and namespace.
    pub(crate) fields: Box<[(&'static str, Box<str>)]>,
    body: Body,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Text(Box<str>),
    Number(i64),
    Flag(bool),
    /// Shown as an age at the time of asking.
    Since(Timestamp),
    Nothing,
}

#[derive(Debug)]
enum Body {
    Whole(Bytes),
    /// A form shared by many objects and this one's entries.
    Filled(Arc<Form>, Box<[Box<str>]>),
}

/// A serialized object with numbered holes.
#[derive(Debug)]
pub(crate) struct Form {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(Box<str>),
    Hole(usize),
}

/// What a filled object needs beside its form.
pub(crate) struct Filling {
    pub(crate) namespace: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) uid: Box<str>,
    pub(crate) labels: Box<[(Box<str>, Box<str>)]>,
    pub(crate) cells: Box<[Cell]>,
    /// Entries for the holes 1, 2, …; hole 0 is the resource version.
    pub(crate) entries: Vec<Box<str>>,
}

impl Form {
    /// Reads holes written as `@@0@@`, `@@1@@` … in the serialized value; hole 0 becomes the resource version.
    pub(crate) fn new(value: &Value) -> Form {
        let text = value.to_string();
        let pieces = text
            .split("@@")
            .enumerate()
            .map(|(index, part)| match part.parse() {
                Ok(hole) if index % 2 == 1 => Piece::Hole(hole),
                _ => Piece::Text(part.into()),
            })
            .collect();
        Form { pieces }
    }

    fn fill(&self, entries: &[Box<str>]) -> Bytes {
        let mut text = String::with_capacity(12 * 1024);
        for piece in &self.pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Hole(hole) => text.push_str(entries.get(*hole).map_or("", AsRef::as_ref)),
            }
        }
        text.into()
    }
}

impl Object {
    /// Takes a whole value; sets its resource version.
    pub(crate) fn new(kind: Kind, mut value: Value, version: u64) -> Object {
        let meta = &mut value["metadata"];
        meta["resourceVersion"] = version.to_string().into();
        let text = |value: &Value| value.as_str().unwrap_or_default().into();
        let object = Object {
            namespace: text(&meta["namespace"]),
            name: text(&meta["name"]),
            uid: text(&meta["uid"]),
            version,
            labels: meta["labels"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(key, value)| (key.as_str().into(), text(value)))
                .collect(),
            owners: meta["ownerReferences"].as_array().into_iter().flatten().map(|owner| text(&owner["uid"])).collect(),
            cells: table::cells(kind, &value),
            fields: selectable(kind, &value),
            body: Body::Whole(Bytes::new()),
        };
        if !kind.is_custom()
            && let Some(members) = value.as_object_mut()
        {
            members.shift_remove("kind");
            members.shift_remove("apiVersion");
        }
        Object { body: Body::Whole(serde_json::to_vec(&value).unwrap_or_default().into()), ..object }
    }

    pub(crate) fn filled(form: &Arc<Form>, filling: Filling, version: u64) -> Object {
        let mut entries = vec![version.to_string().into_boxed_str()];
        entries.extend(filling.entries);
        Object {
            namespace: filling.namespace,
            name: filling.name,
            uid: filling.uid,
            version,
            labels: filling.labels,
            owners: Box::default(),
            cells: filling.cells,
            fields: Box::default(),
            body: Body::Filled(form.clone(), entries.into()),
        }
    }

    /// As an item of a list: kinds of the core groups go without `kind` and `apiVersion` there.
    pub(crate) fn item(&self) -> Bytes {
        match &self.body {
            Body::Whole(bytes) => bytes.clone(),
            Body::Filled(form, entries) => form.fill(entries),
        }
    }

    /// As an answer of its own.
    pub(crate) fn bytes(&self, kind: Kind) -> Bytes {
        let item = self.item();
        if kind.is_custom() {
            return item;
        }
        let facts = kind.facts();
        let mut whole =
            format!("{{\"kind\":\"{}\",\"apiVersion\":\"{}\",", facts.name, facts.api_version()).into_bytes();
        whole.extend_from_slice(&item[1..]);
        whole.into()
    }

    pub(crate) fn value(&self, kind: Kind) -> Value {
        serde_json::from_slice(&self.bytes(kind)).unwrap_or_default()
    }

    /// The `metadata` member, still serialized.
    pub(crate) fn metadata(&self) -> Box<RawValue> {
        #[derive(serde::Deserialize)]
        struct Held {
            metadata: Box<RawValue>,
        }
        serde_json::from_slice::<Held>(&self.item()).map_or_else(|_| RawValue::NULL.to_owned(), |held| held.metadata)
    }

    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(name, _)| name.as_ref() == key).map(|(_, value)| value.as_ref())
    }

    /// What a field selector compares; `None` when this kind has no such field.
    pub(crate) fn field(&self, path: &str) -> Option<&str> {
        match path {
            "metadata.name" => Some(&self.name),
            "metadata.namespace" => Some(&self.namespace),
            _ => self.fields.iter().find(|(name, _)| *name == path).map(|(_, value)| value.as_ref()),
        }
    }
}

/// The field labels a kind supports besides name and namespace.
pub(crate) fn selectable_fields(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Event => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.fieldPath",
            "reason",
            "type",
        ],
        Kind::Pod => &["spec.nodeName", "status.phase"],
        _ => &[],
    }
}

fn selectable(kind: Kind, value: &Value) -> Box<[(&'static str, Box<str>)]> {
    selectable_fields(kind)
        .iter()
        .map(|path| {
            let found = path.split('.').fold(value, |value, member| &value[member]);
            (*path, found.as_str().unwrap_or_default().into())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_filled_form_reads_like_the_object_it_was_made_from() {
        let form = Arc::new(Form::new(&json!({"metadata": {"name": "@@1@@", "resourceVersion": "@@0@@"}})));
        let filling = Filling {
            namespace: "n".into(),
            name: "a".into(),
            uid: "u".into(),
            labels: Box::default(),
            cells: Box::default(),
            entries: vec!["a".into()],
        };
        let object = Object::filled(&form, filling, 7);
        assert_eq!(object.item(), r#"{"metadata":{"name":"a","resourceVersion":"7"}}"#);
        assert_eq!(object.metadata().get(), r#"{"name":"a","resourceVersion":"7"}"#);
    }

    #[test]
    fn a_core_object_carries_its_kind_alone_but_not_in_a_list() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"}});
        let object = Object::new(Kind::Pod, pod, 3);
        assert_eq!(object.item(), r#"{"metadata":{"name":"p","namespace":"n","resourceVersion":"3"}}"#);
        assert!(object.bytes(Kind::Pod).starts_with(br#"{"kind":"Pod","apiVersion":"v1","metadata":"#));
    }
}
