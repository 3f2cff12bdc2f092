//! The fields of a run to be made. The manifest is the only truth: fields are computed from it after each change,
//! so what is shown, sent and compared can never differ. A secret value is in the manifest and in no field.

use std::sync::Arc;
use weir_domain::form::{NewRun, binding_words};
use weir_domain::pipeline::ParamSpec;
use weir_domain::secret;
use weir_domain::text::clean_line;
use weir_domain::{ParamKind, ParamValue, Pipeline};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FieldId {
    Param(Arc<str>),
    Workspace(Arc<str>),
    Timeout,
    ServiceAccount,
    /// Not part of the object's spec: an annotation, and the journal's reason.
    Reason,
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) id: FieldId,
    pub(super) label: String,
    /// Clean and redacted.
    pub(super) value: String,
    /// Stands in the manifest; else the value is a default.
    pub(super) given: bool,
    pub(super) changed: bool,
    /// What it was in the run it comes from.
    pub(super) was: Option<String>,
    /// What may stand here, in a few words.
    pub(super) note: String,
    /// Given, although the Pipeline does not declare it.
    pub(super) stray: bool,
    pub(super) description: String,
    pub(super) problem: Option<String>,
    pub(super) choices: Vec<String>,
    /// What is typed must not be shown.
    pub(super) secret: bool,
}

impl Field {
    /// The choice so many places after a value; the first when the value is none of them. `None` without choices.
    pub(super) fn choice(&self, value: &str, by: isize) -> Option<String> {
        let count = isize::try_from(self.choices.len()).ok().filter(|count| *count > 0)?;
        let next = match self.choices.iter().position(|choice| choice == value) {
            Some(at) => (at as isize + by).rem_euclid(count),
            None => 0,
        };
        self.choices.get(next as usize).cloned()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Form {
    /// `None` when the run carries its own pipeline.
    pub(super) pipeline: Option<Pipeline>,
    pub(super) new: NewRun,
    /// The untouched rerun.
    pub(super) original: Option<NewRun>,
    pub(super) reason: String,
    pub(super) fields: Vec<Field>,
    /// Problems that belong to no field: the Pipeline, a Task.
    pub(super) general: Vec<String>,
}

impl Form {
    pub(super) fn new(pipeline: Option<Pipeline>, new: NewRun, original: Option<NewRun>) -> Form {
        let mut form = Form { pipeline, new, original, reason: String::new(), fields: Vec::new(), general: Vec::new() };
        form.refresh(&[]);
        form
    }

    /// Computes the fields again; `found` is what a check of exactly this manifest has said.
    pub(super) fn refresh(&mut self, found: &[(String, String)]) {
        let mut problems = self.pipeline.as_ref().map(|p| self.new.problems(p)).unwrap_or_default();
        for (name, what) in found {
            if !problems.iter().any(|(other, _)| other == name) {
                problems.push((name.clone(), what.clone()));
            }
        }
        let mut fields = self.param_fields();
        fields.extend(self.workspace_fields());
        fields.extend(self.run_fields());
        for field in &mut fields {
            if let Some(at) = problems.iter().position(|(name, _)| *name == field.label) {
                field.problem = Some(clean(&problems.remove(at).1));
            }
        }
        self.general = problems.iter().map(|(name, what)| clean(&format!("{name}: {what}"))).collect();
        self.fields = fields;
    }

    fn param_fields(&self) -> Vec<Field> {
        let given = self.new.params();
        let before = self.original.as_ref().map(NewRun::params);
        let declared: &[ParamSpec] = self.pipeline.as_ref().map_or(&[], |p| &p.params);
        let mut fields: Vec<Field> = declared
            .iter()
            .map(|spec| {
                let value = find(&given, &spec.name);
                let old = before.as_ref().map(|b| find(b, &spec.name).or(spec.default.as_ref()));
                let now = value.or(spec.default.as_ref());
                param_field(spec.name.clone(), now, value.is_some(), old, Some(spec))
            })
            .collect();
        for (name, value) in &given {
            if !declared.iter().any(|spec| *spec.name == **name) {
                let old = before.as_ref().map(|b| find(b, name));
                let mut field = param_field(Arc::from(name.as_str()), Some(value), true, old, None);
                if self.pipeline.is_some() {
                    field.note = "not declared by the Pipeline".into();
                    field.stray = true;
                }
                fields.push(field);
            }
        }
        fields
    }

    fn workspace_fields(&self) -> Vec<Field> {
        let mut names: Vec<(Arc<str>, bool, String)> = self
            .pipeline
            .iter()
            .flat_map(|p| &p.workspaces)
            .map(|w| (w.name.clone(), w.optional, w.description.clone()))
            .collect();
        for bound in self.new.manifest.at(&["spec", "workspaces"]).map(|w| w.items()).unwrap_or(&[]) {
            if let Some(name) = bound.text_at(&["name"])
                && !names.iter().any(|(known, ..)| &**known == name)
            {
                names.push((Arc::from(name), true, String::new()));
            }
        }
        names
            .into_iter()
            .map(|(name, optional, description)| {
                let words = |run: &NewRun| run.workspace(&name).map(|b| binding_words(&b)).unwrap_or_default();
                let value = words(&self.new);
                let old = self.original.as_ref().map(words);
                let changed = old.as_ref().map_or(!value.is_empty(), |old| *old != value);
                Field {
                    label: secret::line(&name),
                    given: !value.is_empty(),
                    changed,
                    was: old.filter(|_| changed).map(|old| or_nothing(&clean(&old))),
                    note: if optional { "optional".into() } else { String::new() },
                    description: secret::line(&description),
                    value: clean(&value),
                    id: FieldId::Workspace(name),
                    stray: false,
                    problem: None,
                    choices: Vec::new(),
                    secret: false,
                }
            })
            .collect()
    }

    fn run_fields(&self) -> Vec<Field> {
        let plain = |id: FieldId, label: &str, note: &str, now: Option<&str>, old: Option<Option<&str>>| {
            let changed = old.map_or(now.is_some(), |old| old != now);
            Field {
                id,
                label: label.into(),
                value: now.map(secret::line).unwrap_or_default(),
                given: now.is_some(),
                changed,
                was: old.filter(|_| changed).map(|old| or_nothing(&secret::line(old.unwrap_or_default()))),
                note: note.into(),
                description: String::new(),
                stray: false,
                problem: None,
                choices: Vec::new(),
                secret: false,
            }
        };
        let before = self.original.as_ref();
        let reason = Some(self.reason.as_str()).filter(|r| !r.is_empty());
        let mut told = plain(FieldId::Reason, "reason", "optional; kept with the run and in the journal", reason, None);
        told.changed = false;
        vec![
            plain(
                FieldId::Timeout,
                "timeout",
                "such as 4h; empty: Tekton's default",
                self.new.timeout(),
                before.map(NewRun::timeout),
            ),
            plain(
                FieldId::ServiceAccount,
                "service account",
                "empty: the cluster's default",
                self.new.service_account(),
                before.map(NewRun::service_account),
            ),
            told,
        ]
    }

    pub(super) fn field(&self, id: &FieldId) -> Option<&Field> {
        self.fields.iter().find(|f| f.id == *id)
    }

    /// What an editor of the field begins with; empty where the value must not be shown.
    pub(super) fn typed(&self, id: &FieldId) -> String {
        if self.field(id).is_some_and(|f| f.secret) {
            return String::new();
        }
        match id {
            FieldId::Param(name) => find(&self.new.params(), name)
                .or_else(|| self.spec(name).and_then(|s| s.default.as_ref()))
                .map(ParamValue::typed)
                .unwrap_or_default(),
            FieldId::Workspace(name) => self.new.workspace(name).map(|b| binding_words(&b)).unwrap_or_default(),
            FieldId::Timeout => self.new.timeout().unwrap_or_default().to_string(),
            FieldId::ServiceAccount => self.new.service_account().unwrap_or_default().to_string(),
            FieldId::Reason => self.reason.clone(),
        }
    }

    /// Takes what was typed. `Err` says why it cannot stand there; nothing is changed then.
    pub(super) fn set(&mut self, id: &FieldId, typed: &str) -> Result<(), String> {
        if self.field(id).is_some_and(|f| f.secret) && typed.is_empty() {
            return Ok(());
        }
        match id {
            FieldId::Param(name) => self.set_param(name, typed)?,
            FieldId::Workspace(name) => self.new.set_workspace(name, typed)?,
            FieldId::Timeout => self.new.set_timeout(typed)?,
            FieldId::ServiceAccount => self.new.set_service_account(typed),
            FieldId::Reason => self.reason = typed.trim().to_string(),
        }
        self.refresh(&[]);
        Ok(())
    }

    fn set_param(&mut self, name: &str, typed: &str) -> Result<(), String> {
        let given = self.new.params();
        let spec = self.spec(name);
        let kind = spec.map(|s| s.kind).or_else(|| find(&given, name).map(ParamValue::kind)).unwrap_or(ParamKind::Text);
        let value = ParamValue::parse(kind, typed)?;
        let default = spec.and_then(|s| s.default.clone());
        let was_given = self.original.as_ref().is_some_and(|o| find(&o.params(), name).is_some());
        let left_out = !was_given && (default.as_ref() == Some(&value) || default.is_none() && typed.is_empty());
        self.new.set_param(name, (!left_out).then_some(&value));
        Ok(())
    }

    /// Back to what the run had, else to the Pipeline's default.
    pub(super) fn reset(&mut self, id: &FieldId) {
        let before = self.original.clone();
        match id {
            FieldId::Param(name) => {
                let old = before.and_then(|o| find(&o.params(), name).cloned());
                self.new.set_param(name, old.as_ref());
            }
            FieldId::Workspace(name) => self.restore_workspace(name, before.as_ref()),
            FieldId::Timeout => self.restore_text(&["spec", "timeouts", "pipeline"], before.as_ref()),
            FieldId::ServiceAccount => {
                self.restore_text(&["spec", "taskRunTemplate", "serviceAccountName"], before.as_ref());
            }
            FieldId::Reason => self.reason.clear(),
        }
        self.refresh(&[]);
    }

    fn restore_workspace(&mut self, name: &str, before: Option<&NewRun>) {
        let items = |run: &NewRun| run.manifest.at(&["spec", "workspaces"]).map(|w| w.items().to_vec());
        let mut bound = items(&self.new).unwrap_or_default();
        bound.retain(|w| w.text_at(&["name"]) != Some(name));
        bound.extend(before.and_then(items).into_iter().flatten().filter(|w| w.text_at(&["name"]) == Some(name)));
        if bound.is_empty() {
            self.new.manifest.remove(&["spec", "workspaces"]);
        } else {
            self.new.manifest.set(&["spec", "workspaces"], weir_domain::Tree::List(bound));
        }
    }

    fn restore_text(&mut self, path: &[&str], before: Option<&NewRun>) {
        match before.and_then(|o| o.manifest.at(path)) {
            Some(value) => self.new.manifest.set(path, value.clone()),
            None => self.new.manifest.remove(path),
        }
    }

    fn spec(&self, name: &str) -> Option<&ParamSpec> {
        self.pipeline.as_ref()?.params.iter().find(|s| &*s.name == name)
    }

    pub(super) fn changes(&self) -> usize {
        self.fields.iter().filter(|f| f.changed).count()
    }

    pub(super) fn problems(&self) -> usize {
        self.general.len() + self.fields.iter().filter(|f| f.problem.is_some()).count()
    }
}

fn param_field(
    name: Arc<str>,
    now: Option<&ParamValue>,
    given: bool,
    old: Option<Option<&ParamValue>>,
    spec: Option<&ParamSpec>,
) -> Field {
    let raw = now.map(ParamValue::typed).unwrap_or_default();
    let shown = |value: Option<&ParamValue>| {
        let raw = value.map(ParamValue::typed).unwrap_or_default();
        clean_line(&secret::shown(&name, &raw)).into_owned()
    };
    let changed = match old {
        Some(old) => old != now,
        None => given,
    };
    let mut choices = spec.map(|s| s.choices.clone()).unwrap_or_default();
    choices.iter_mut().for_each(|c| *c = secret::line(c));
    let note = match spec {
        Some(_) if !choices.is_empty() => format!("one of {}", choices.join(" | ")),
        Some(s) if s.kind == ParamKind::List => "array: a,b,c".into(),
        Some(s) if s.kind == ParamKind::Map => "object: key=value,…".into(),
        _ => String::new(),
    };
    Field {
        label: secret::line(&name),
        value: shown(now),
        given,
        changed,
        was: old.filter(|_| changed).map(|old| or_nothing(&shown(old))),
        note,
        description: spec.map(|s| secret::line(&s.description)).unwrap_or_default(),
        stray: false,
        problem: None,
        choices,
        secret: secret::secret_name(&name) || secret::redact(&raw) != raw,
        id: FieldId::Param(name),
    }
}

fn find<'a>(params: &'a [(String, ParamValue)], name: &str) -> Option<&'a ParamValue> {
    params.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// For words about bindings: a Secret's name is no secret.
fn clean(text: &str) -> String {
    clean_line(text).into_owned()
}

fn or_nothing(text: &str) -> String {
    if text.is_empty() { "not set".into() } else { text.to_string() }
}
