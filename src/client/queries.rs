//! Questions answered once: rights, a Pipeline, an object, the checks before a start.

use crate::Client;
use crate::cluster::{Cluster, Session};
use crate::http::{self, Trouble};
use crate::tekton::pipelines;
use std::sync::Arc;
use std::time::Instant;
use weir_domain::form::NewRun;
use weir_domain::query::Checked;
use weir_domain::{Answer, Failure, FailureKind, Pipeline, PipelineId, Query, Rights, RunId, Tree};

pub(crate) async fn answer(client: &Client, query: Query) -> Result<Answer, Failure> {
    match query {
        Query::Rights(name, namespace) => {
            let (cluster, session) = connected(client, &name).await?;
            rights(&cluster, &session, namespace.as_str()).await.map(Answer::Rights)
        }
        Query::Pipeline(id) => {
            let (cluster, session) = connected(client, &id.cluster).await?;
            pipeline(&cluster, &session, &id).await.map(|p| Answer::Pipeline(Box::new(p)))
        }
        Query::Object(run) => {
            let (cluster, session) = connected(client, &run.cluster).await?;
            object(&cluster, &session, &run).await.map(|o| Answer::Object(Box::new(o)))
        }
        Query::Check(new) => {
            let (cluster, session) = connected(client, &new.pipeline.cluster).await?;
            check(&cluster, &session, &new).await.map(|c| Answer::Check(Box::new(c)))
        }
        Query::Connect(name) => {
            let cluster = client.inner.clusters.find(&name)?;
            cluster.open().await.map(|()| Answer::Connected)
        }
        Query::Reach(host) => client.inner.registries.reach(&host).await.map(|()| Answer::Connected),
        Query::Changelog { from, to } => {
            crate::releases::detail::changelog(client, &from, &to).await.map(|c| Answer::Changelog(Box::new(c)))
        }
        Query::Plan(request) => {
            Box::pin(crate::promotion::plan(client, &request)).await.map(|p| Answer::Plan(Box::new(p)))
        }
        Query::Ledger => crate::promotion::ledger(client).await.map(|(rows, unseen)| Answer::Ledger(rows, unseen)),
        Query::Payload(image) => client.inner.payloads.payload(&image).await.map(|p| Answer::Payload(Box::new(p))),
        Query::Weights(image) => client.inner.payloads.weights(&image).await.map(Answer::Weights),
        Query::Signed(image) => client.inner.payloads.signed(&image).await.map(|s| Answer::Signed(Box::new(s))),
    }
}

pub(crate) async fn connected(
    client: &Client,
    name: &weir_domain::ClusterName,
) -> Result<(Arc<Cluster>, Arc<Session>), Failure> {
    let cluster = client.inner.clusters.find(name)?;
    let session = cluster.session().await?;
    Ok((cluster, session))
}

/// Reads once; a 401 drops the connection, so that the next question logs in again.
pub(crate) async fn read(
    cluster: &Arc<Cluster>,
    session: &Arc<Session>,
    path: &str,
    what: &str,
) -> Result<Tree, Failure> {
    let begun = Instant::now();
    match http::unary(&session.client, http::get(path)).await {
        Ok(body) => {
            cluster.good(Some(begun.elapsed()));
            serde_json::from_slice(&body).map_err(|error| Trouble::Refused(http::not_json(&body, &error)).failure(what))
        }
        Err(trouble) => Err(cluster.note(session, &trouble, what).await),
    }
}

/// No such object and no such API are both a no.
pub(crate) async fn has_imagestream(
    client: &Client,
    name: &weir_domain::ClusterName,
    namespace: &str,
    stream: &str,
) -> Result<bool, Failure> {
    let (cluster, session) = connected(client, name).await?;
    let (namespace, stream) = (http::encoded(namespace), http::encoded(stream));
    let path = format!("/apis/image.openshift.io/v1/namespaces/{namespace}/imagestreams/{stream}");
    match read(&cluster, &session, &path, &format!("cannot look for ImageStreams on `{name}`")).await {
        Ok(_) => Ok(true),
        Err(failure) if failure.kind == FailureKind::Missing => Ok(false),
        Err(failure) => Err(failure),
    }
}

fn no_tekton(name: &str) -> Failure {
    Failure::new(FailureKind::Missing, format!("no Tekton on `{name}`"), "the server has no tekton.dev API", "")
}

async fn pipeline(cluster: &Arc<Cluster>, session: &Arc<Session>, id: &PipelineId) -> Result<Pipeline, Failure> {
    let base =
        session.tekton_path(Some(id.namespace.as_str()), "pipelines").ok_or_else(|| no_tekton(id.cluster.as_str()))?;
    let object = read(
        cluster,
        session,
        &format!("{base}/{}", http::encoded(&id.name)),
        &format!("cannot read the Pipeline {id}"),
    )
    .await?;
    Ok(pipelines::pipeline(&object, id.cluster.as_str()))
}

async fn object(cluster: &Arc<Cluster>, session: &Arc<Session>, run: &RunId) -> Result<Tree, Failure> {
    let base = session
        .tekton_path(Some(run.namespace.as_str()), "pipelineruns")
        .ok_or_else(|| no_tekton(run.cluster.as_str()))?;
    let mut object =
        read(cluster, session, &format!("{base}/{}", http::encoded(&run.name)), &format!("cannot read the run {run}"))
            .await?;
    object.remove(&["metadata", "managedFields"]);
    Ok(object)
}

/// SelfSubjectAccessReviews for the verbs weir offers; `None` where the server does not say.
async fn rights(cluster: &Arc<Cluster>, session: &Arc<Session>, namespace: &str) -> Result<Rights, Failure> {
    let may = |verb, group, resource, sub| async move {
        may(cluster, session, namespace, verb, group, resource, sub).await.ok()
    };
    let (start, cancel, delete, logs) = tokio::join!(
        may("create", "tekton.dev", "pipelineruns", ""),
        may("patch", "tekton.dev", "pipelineruns", ""),
        may("delete", "tekton.dev", "pipelineruns", ""),
        may("get", "", "pods", "log"),
    );
    Ok(Rights { start, cancel, delete, logs })
}

/// One SelfSubjectAccessReview; `sub` is the subresource or empty. Why, where the server does not say.
pub(crate) async fn may(
    cluster: &Arc<Cluster>,
    session: &Arc<Session>,
    namespace: &str,
    verb: &str,
    group: &str,
    resource: &str,
    sub: &str,
) -> Result<bool, String> {
    let body = serde_json::json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes":
        {"namespace": namespace, "verb": verb, "group": group, "resource": resource, "subresource": sub}}});
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let request = http::sending(::http::Method::POST, path, "application/json", body.to_string().into_bytes());
    match http::unary(&session.client, request).await {
        Ok(body) => serde_json::from_slice::<serde_json::Value>(&body)
            .ok()
            .and_then(|review| review.pointer("/status/allowed")?.as_bool())
            .ok_or_else(|| "its answer has no verdict".to_string()),
        Err(trouble) => Err(cluster.note(session, &trouble, "cannot ask for rights").await.why),
    }
}

/// Whether all that a new run refers to exists; then the server's dry run.
async fn check(cluster: &Arc<Cluster>, session: &Arc<Session>, new: &NewRun) -> Result<Checked, Failure> {
    let mut checked = Checked::default();
    let namespace = new.pipeline.namespace.as_str();
    let base = session.tekton_path(Some(namespace), "pipelineruns").ok_or_else(|| no_tekton(cluster.name.as_str()))?;
    let tasks: Vec<String> = if new.manifest.at(&["spec", "pipelineRef", "name"]).is_some() {
        match pipeline(cluster, session, &new.pipeline).await {
            Ok(pipeline) => {
                checked.problems.extend(new.problems(&pipeline));
                pipeline.tasks.iter().filter_map(|t| t.task.as_deref().map(str::to_string)).collect()
            }
            Err(failure) if failure.kind == FailureKind::Missing => {
                checked.problems.push((
                    "pipeline".into(),
                    format!("there is no Pipeline `{}` in `{namespace}`", new.pipeline.name),
                ));
                Vec::new()
            }
            Err(failure) if failure.kind == FailureKind::Denied => {
                checked.unseen.push(format!("the Pipeline: {}", failure.why));
                Vec::new()
            }
            Err(failure) => return Err(failure),
        }
    } else {
        let embedded = new.manifest.at(&["spec", "pipelineSpec"]).map(pipelines::graph).unwrap_or_default();
        embedded.iter().filter_map(|t| t.task.as_deref().map(str::to_string)).collect()
    };
    let mut wanted: Vec<(String, String, String)> = Vec::new();
    let core = |plural: &str, name: &str| {
        format!("/api/v1/namespaces/{}/{plural}/{}", http::encoded(namespace), http::encoded(name))
    };
    let mut tasks = tasks;
    tasks.sort();
    tasks.dedup();
    for task in tasks {
        if let Some(path) = session.tekton_path(Some(namespace), "tasks") {
            wanted.push(("task".into(), format!("Task `{task}`"), format!("{path}/{}", http::encoded(&task))));
        }
    }
    for binding in new.manifest.at(&["spec", "workspaces"]).map(Tree::items).unwrap_or(&[]) {
        let field = binding.text_at(&["name"]).unwrap_or_default().to_string();
        let kinds = [
            (["persistentVolumeClaim", "claimName"], "PVC", "persistentvolumeclaims"),
            (["secret", "secretName"], "Secret", "secrets"),
            (["configMap", "name"], "ConfigMap", "configmaps"),
        ];
        for (path, kind, plural) in kinds {
            if let Some(name) = binding.text_at(&path) {
                wanted.push((field.clone(), format!("{kind} `{name}`"), core(plural, name)));
            }
        }
    }
    if let Some(account) = new.service_account() {
        wanted.push((
            "service account".into(),
            format!("service account `{account}`"),
            core("serviceaccounts", account),
        ));
    }
    let looked = futures::future::join_all(wanted.iter().map(|(_, _, path)| exists(session, path))).await;
    for ((field, thing, _), found) in wanted.iter().zip(looked) {
        match found {
            Ok(true) => {}
            Ok(false) => checked.problems.push((field.clone(), format!("there is no {thing} in `{namespace}`"))),
            Err(trouble) => {
                let failure = cluster.note(session, &trouble, "cannot check").await;
                checked.unseen.push(format!("{thing}: {}", failure.why));
            }
        }
    }
    if !checked.problems.is_empty() {
        return Ok(checked);
    }
    let begun = Instant::now();
    let said = dry_run(cluster, session, &base, &new.manifest).await?;
    checked.dry_run = Some(said.map_err(|refusal| refusal.why));
    checked.millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(checked)
}

/// Asks for the head of an object only: what it holds (a Secret) is not read.
pub(crate) async fn exists(session: &Arc<Session>, path: &str) -> Result<bool, Trouble> {
    let accept = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
    match http::unary(&session.client, http::with_accept(path, accept)).await {
        Ok(_) => Ok(true),
        Err(trouble) if trouble.code() == Some(404) => Ok(false),
        Err(trouble) => Err(trouble),
    }
}

/// The server's admission without storing. `Ok(Err(refusal))` is its no; `Err` means that it gave no answer.
pub(crate) async fn dry_run(
    cluster: &Arc<Cluster>,
    session: &Arc<Session>,
    base: &str,
    manifest: &Tree,
) -> Result<Result<(), Failure>, Failure> {
    let body = serde_json::to_vec(manifest)
        .map_err(|error| Failure::new(FailureKind::Usage, "cannot write the run as JSON", error.to_string(), ""))?;
    let request = http::sending(::http::Method::POST, &format!("{base}?dryRun=All"), "application/json", body);
    match http::unary(&session.client, request).await {
        Ok(_) => Ok(Ok(())),
        Err(trouble) => {
            let failure = cluster.note(session, &trouble, "cannot ask for a dry run").await;
            match failure.kind {
                FailureKind::Refused | FailureKind::Denied | FailureKind::Missing | FailureKind::Conflict => {
                    Ok(Err(failure))
                }
                _ => Err(failure),
            }
        }
    }
}
