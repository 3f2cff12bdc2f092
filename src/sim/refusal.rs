//! A refused request, said the way the API server says it: a `Status` object with code, reason and sentence.

use serde_json::{Value, json};

use crate::kind::Facts;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) details: Option<Value>,
}

impl Refusal {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { code, reason, message: message.into(), details: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "BadRequest", message)
    }

    pub(crate) fn unknown_path() -> Refusal {
        Refusal::new(404, "NotFound", "the server could not find the requested resource")
    }

    pub(crate) fn unauthorized() -> Refusal {
        Refusal::new(401, "Unauthorized", "Unauthorized")
    }

    pub(crate) fn missing(facts: &Facts, name: &str) -> Refusal {
        Refusal::new(404, "NotFound", format!("{} \"{name}\" not found", facts.qualified())).about(
            facts.group,
            facts.plural,
            name,
        )
    }

    pub(crate) fn exists(facts: &Facts, name: &str) -> Refusal {
        Refusal::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", facts.qualified())).about(
            facts.group,
            facts.plural,
            name,
        )
    }

    pub(crate) fn method(facts: &Facts, verb: &str) -> Refusal {
        let message = format!("{verb} is not supported on resources of kind \"{}\"", facts.qualified());
        Refusal::new(405, "MethodNotAllowed", message).about(facts.group, facts.plural, "")
    }

    pub(crate) fn media(accepted: &str) -> Refusal {
        let message =
            format!("the body of the request was in an unknown format - accepted media types include: {accepted}");
        Refusal::new(415, "UnsupportedMediaType", message)
    }

    pub(crate) fn not_acceptable() -> Refusal {
        Refusal::new(406, "NotAcceptable", "only the following media types are accepted: application/json")
    }

    /// The resource version somebody wrote against is no longer the object's.
    pub(crate) fn modified(facts: &Facts, name: &str) -> Refusal {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; please apply your changes to the latest version and try again",
            facts.qualified()
        );
        Refusal::new(409, "Conflict", message).about(facts.group, facts.plural, name)
    }

    pub(crate) fn expired(message: impl Into<String>) -> Refusal {
        Refusal::new(410, "Expired", message)
    }

    /// A field of an object breaks a rule: `field` is its path, `reason` the cause's own word.
    pub(crate) fn invalid(kind: &str, group: &str, name: &str, field: &str, reason: &str, why: &str) -> Refusal {
        let qualified = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        let mut details = json!({ "kind": kind, "causes": [{ "reason": reason, "message": why, "field": field }] });
        if !name.is_empty() {
            details["name"] = name.into();
        }
        if !group.is_empty() {
            details["group"] = group.into();
        }
        Refusal {
            code: 422,
            reason: "Invalid",
            message: format!("{qualified} \"{name}\" is invalid: {field}: {why}"),
            details: Some(details),
        }
    }

    /// Tekton's admission webhook said no.
    pub(crate) fn denied(why: impl AsRef<str>) -> Refusal {
        Refusal::bad_request(format!(
            "admission webhook \"validation.webhook.pipeline.tekton.dev\" denied the request: validation failed: {}",
            why.as_ref()
        ))
    }

    pub(crate) fn about(mut self, group: &str, kind: &str, name: &str) -> Refusal {
        let mut details = serde_json::Map::new();
        if !name.is_empty() {
            details.insert("name".into(), name.into());
        }
        if !group.is_empty() {
            details.insert("group".into(), group.into());
        }
        details.insert("kind".into(), kind.into());
        self.details = Some(Value::Object(details));
        self
    }

    pub(crate) fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        });
        if let Some(details) = &self.details {
            status["details"] = details.clone();
        }
        status["code"] = self.code.into();
        status
    }
}
