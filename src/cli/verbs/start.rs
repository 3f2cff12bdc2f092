//! `start` and `rerun`: fills a run from the command line, has it checked, and proposes it.

use super::change;
use crate::arguments::{Fields, Rerun, Start, Yes};
use crate::code::End;
use crate::desk::Desk;
use crate::find;
use crate::words::nearest;
use std::collections::BTreeSet;
use weir_domain::form::NewRun;
use weir_domain::{
    Answer, Channel, Command, Failure, FailureKind, ParamKind, ParamValue, Pipeline, PipelineId, Query, secret,
};

pub(super) async fn start(desk: &mut Desk<'_>, start: &Start) -> Result<i32, End> {
    change::not_read_only(desk, "start", &start.pipeline)?;
    let id = find::pipeline(desk, &start.pipeline).await?.id;
    let pipeline = pipeline(desk, &id).await?;
    let mut new = NewRun::of(&pipeline);
    not_by_this_door(desk.client.channels(), &new, "start", &id.name)?;
    let changes = fill(&mut new, Some(&pipeline), &start.fields)?;
    go(desk, new, changes, &start.yes, start.wait).await
}

pub(super) async fn rerun(desk: &mut Desk<'_>, rerun: &Rerun) -> Result<i32, End> {
    change::not_read_only(desk, "rerun", &rerun.run)?;
    let id = find::run(desk, &rerun.run, true).await?.id;
    let Answer::Object(object) = desk.client.fetch(Query::Object(id.clone())).await? else {
        return Err(strange(&id.name).into());
    };
    let referred = object.text_at(&["spec", "pipelineRef", "name"]);
    let known = match referred {
        None => None,
        Some(name) => match pipeline(desk, &PipelineId::new(id.cluster.as_str(), id.namespace.as_str(), name)).await {
            Ok(pipeline) => Some(pipeline),
            // Then the check before the start says that it is missing.
            Err(failure) if failure.kind == FailureKind::Missing => None,
            Err(failure) => return Err(failure.into()),
        },
    };
    let publishes = known.as_ref().is_some_and(Pipeline::publishes);
    let mut new = NewRun::again(&id, &object, publishes)
        .map_err(|why| Failure::new(FailureKind::Refused, format!("cannot rerun {}", id.name), why, ""))?;
    not_by_this_door(desk.client.channels(), &new, "rerun", &id.name)?;
    let changes = fill(&mut new, known.as_ref(), &rerun.fields)?;
    go(desk, new, changes, &rerun.yes, rerun.wait).await
}

/// What publishes is sent by `promote` only: said before anything is asked or filled in.
fn not_by_this_door(channels: &[Channel], new: &NewRun, verb: &str, name: &str) -> Result<(), Failure> {
    let own: Vec<&str> =
        channels.iter().filter(|c| c.pipeline_id().as_ref() == Some(&new.pipeline)).map(|c| c.name.as_str()).collect();
    if !new.publishes && own.is_empty() {
        return Ok(());
    }
    let to = if own.is_empty() { "CHANNEL".to_string() } else { own.join("|") };
    Err(Failure::new(
        FailureKind::Refused,
        format!("cannot {verb} {name}"),
        "it publishes, and promotion is the only door for that",
        format!("`weir promote TAG --to {to} --plan` shows what would be sent, and what speaks against it"),
    ))
}

async fn pipeline(desk: &Desk<'_>, id: &PipelineId) -> Result<Pipeline, Failure> {
    match desk.client.fetch(Query::Pipeline(id.clone())).await? {
        Answer::Pipeline(pipeline) => Ok(*pipeline),
        _ => Err(strange(&id.name)),
    }
}

fn strange(name: &str) -> Failure {
    Failure::new(FailureKind::Broken, format!("cannot read {name}"), "the answer is to another question", "try again")
}

async fn go(desk: &mut Desk<'_>, new: NewRun, changes: Vec<String>, yes: &Yes, wait: bool) -> Result<i32, End> {
    let id = new.pipeline.clone();
    change::may(desk, &id.cluster, &id.namespace, "start runs", |rights| rights.start).await?;
    let verb = if new.rerun_of.is_some() { "rerun" } else { "start" };
    let what = format!("cannot {verb} {}", new.rerun_of.as_ref().map_or(&id.name, |run| &run.name));
    if let Answer::Check(checked) = desk.client.fetch(Query::Check(new.clone())).await? {
        checked.unseen.iter().for_each(|sentence| desk.paper.note(&format!("not checked: {sentence}")));
        for (field, problem) in &checked.problems {
            desk.paper.note(&format!("{field}: {problem}"));
        }
        if !checked.problems.is_empty() {
            let why = match checked.problems.len() {
                1 => "the check before the start found the problem above".to_string(),
                n => format!("the check before the start found the {n} problems above"),
            };
            return Err(Failure::new(FailureKind::Refused, what, why, "nothing was sent").into());
        }
        if let Some(Err(why)) = &checked.dry_run {
            let why = format!("the server's dry run said no: {why}");
            return Err(Failure::new(FailureKind::Refused, what, why, "nothing was sent").into());
        }
    }
    let mut facts: Vec<(&str, String)> = Vec::new();
    facts.extend(new.rerun_of.iter().map(|run| ("rerun of", run.to_string())));
    facts.extend(changes.into_iter().map(|change| ("change", change)));
    facts.extend(
        new.publish_target().map(|target| ("publishes", format!("pushes to `{target}`, for everybody to install"))),
    );
    let command = Command::Start(Box::new(new));
    let confirmed = change::confirmed(desk, command, yes, &facts).await?;
    change::send(desk, confirmed, wait).await
}

/// Puts the command line's fields into the run; returns each change to an earlier run's parameters in words.
/// What neither the Pipeline nor the run knows is a mistake, not a new field.
fn fill(new: &mut NewRun, pipeline: Option<&Pipeline>, fields: &Fields) -> Result<Vec<String>, Failure> {
    let usage = |what: String, why: String, hint: String| Failure::new(FailureKind::Usage, what, why, hint);
    let before = new.params();
    let mut changes = Vec::new();
    once("-p", fields.params.iter().map(|(name, _)| name.as_str()))?;
    once("-w", fields.workspaces.iter().map(|(name, _)| name.as_str()))?;
    for (name, typed) in &fields.params {
        let spec = pipeline.and_then(|p| p.params.iter().find(|spec| *spec.name == **name));
        let old = before.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let kind = spec.map(|s| s.kind).or_else(|| old.map(ParamValue::kind));
        let declares_none = pipeline.is_none() && new.manifest.at(&["spec", "pipelineSpec"]).is_none();
        let Some(kind) = kind.or(declares_none.then_some(ParamKind::Text)) else {
            let known = pipeline.into_iter().flat_map(|p| p.params.iter().map(|s| &*s.name));
            let known: Vec<&str> = known.chain(before.iter().map(|(n, _)| n.as_str())).collect();
            return Err(unknown("parameter", name, &new.pipeline.name, known));
        };
        let value = ParamValue::parse(kind, typed)
            .map_err(|why| usage(format!("-p {name}"), why, format!("it is of type {}", kind.word())))?;
        if new.rerun_of.is_some() && old != Some(&value) {
            let old = old.map_or_else(|| "the default".to_string(), ParamValue::typed);
            let (old, typed) = (secret::shown(name, &old), secret::shown(name, typed));
            changes.push(format!("{name}: {old} → {typed}"));
        }
        new.set_param(name, Some(&value));
    }
    for (name, typed) in &fields.workspaces {
        let declared = pipeline.is_none_or(|p| p.workspaces.iter().any(|w| *w.name == **name));
        if !declared && new.workspace(name).is_none() {
            let known = pipeline.into_iter().flat_map(|p| p.workspaces.iter().map(|w| &*w.name)).collect();
            return Err(unknown("workspace", name, &new.pipeline.name, known));
        }
        let before = new.workspace(name);
        new.set_workspace(name, typed).map_err(|why| usage(format!("-w {name}"), why, String::new()))?;
        if new.rerun_of.is_some() && before != new.workspace(name) {
            let old = before.map_or_else(|| "unbound".to_string(), |old| weir_domain::form::binding_words(&old));
            changes.push(format!("workspace {name}: {old} → {typed}"));
        }
    }
    if let Some(account) = &fields.service_account {
        new.set_service_account(account);
    }
    if let Some(timeout) = &fields.timeout {
        new.set_timeout(timeout).map_err(|why| usage("--timeout".into(), why, String::new()))?;
    }
    Ok(changes)
}

fn once<'a>(flag: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("{flag} {name}"),
                "it is given twice",
                "give it once",
            ));
        }
    }
    Ok(())
}

fn unknown(noun: &str, name: &str, pipeline: &str, known: Vec<&str>) -> Failure {
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None => format!("there is {}", known.join(", ")),
    };
    Failure::new(FailureKind::Usage, format!("`{pipeline}` has no {noun} `{name}`"), "", hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use weir_domain::channel::known_channels;
    use weir_domain::{ParamSpec, WorkspaceSpec};

    fn pipeline() -> Pipeline {
        let param = |name: &str, kind| ParamSpec {
            name: name.into(),
            kind,
            default: None,
            choices: Vec::new(),
            description: String::new(),
            keys: Vec::new(),
        };
        Pipeline {
            id: PipelineId::new("moc", "okd-coreos", "build"),
            description: String::new(),
            params: vec![param("version", ParamKind::Text), param("build_configs", ParamKind::List)],
            workspaces: vec![WorkspaceSpec { name: Arc::from("data"), optional: false, description: String::new() }],
            tasks: Vec::new(),
        }
    }

    fn fields(params: &[(&str, &str)], workspaces: &[(&str, &str)]) -> Fields {
        let owned = |all: &[(&str, &str)]| all.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Fields { params: owned(params), workspaces: owned(workspaces), ..Fields::default() }
    }

    #[test]
    fn values_are_read_by_the_pipelines_own_types() {
        let pipeline = pipeline();
        let mut new = NewRun::of(&pipeline);
        let given = fields(&[("version", "4.22"), ("build_configs", "a,b")], &[("data", "pvc:scos")]);
        fill(&mut new, Some(&pipeline), &given).expect("fills");
        assert_eq!(new.params()[1].1, ParamValue::List(vec!["a".into(), "b".into()]));
        assert!(new.problems(&pipeline).is_empty());
    }

    #[test]
    fn what_a_channel_or_its_own_tasks_publish_with_leads_to_promote() {
        let channels = known_channels(&"moc".into(), &"app.ci".into());
        let mut pipeline = pipeline();
        assert_eq!(not_by_this_door(&channels, &NewRun::of(&pipeline), "start", "build"), Ok(()));
        pipeline.id = PipelineId::new("moc", "okd-coreos", "okd-release-pipeline");
        let named = not_by_this_door(&channels[..2], &NewRun::of(&pipeline), "start", "okd-release-pipeline");
        let failure = named.expect_err("refused");
        assert_eq!(failure.kind, FailureKind::Refused);
        assert_eq!(
            failure.to_string(),
            "cannot start okd-release-pipeline: it publishes, and promotion is the only door for that. `weir promote TAG \
             --to 4-scos-next|4-scos-stable --plan` shows what would be sent, and what speaks against it"
        );
        pipeline.id = PipelineId::new("moc", "okd-coreos", "cluster-command-pipeline");
        let wrapper = not_by_this_door(&[], &NewRun::of(&pipeline), "rerun", "x").expect_err("refused");
        assert!(wrapper.hint.contains("--to CHANNEL --plan"), "{}", wrapper.hint);
    }

    #[test]
    fn a_misspelt_parameter_is_refused_with_the_one_that_was_meant() {
        let pipeline = pipeline();
        let mut new = NewRun::of(&pipeline);
        let failure = fill(&mut new, Some(&pipeline), &fields(&[("verison", "4.22")], &[])).expect_err("refused");
        assert_eq!(failure.to_string(), "`build` has no parameter `verison`. did you mean `version`?");
        let failure = fill(&mut new, Some(&pipeline), &fields(&[], &[("dta", "emptydir")])).expect_err("refused");
        assert_eq!(failure.to_string(), "`build` has no workspace `dta`. did you mean `data`?");
        let failure =
            fill(&mut new, Some(&pipeline), &fields(&[("version", "1"), ("version", "2")], &[])).expect_err("refused");
        assert_eq!(failure.kind, FailureKind::Usage);
    }
}
