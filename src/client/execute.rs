//! Sends a confirmed command: journal, server-side dry run, request, journal. Nothing is ever sent twice.

use crate::Client;
use crate::cluster::{Cluster, Session, Tekton};
use crate::http::{self, Trouble};
use crate::queries::{connected, dry_run};
use jiff::Timestamp;
use std::sync::Arc;
use weir_domain::journal::{Entry, Outcome};
use weir_domain::proposal::{Call, calls};
use weir_domain::{Command, Confirmed, Failure, FailureKind, Receipt, RunId, Tree, yaml};

pub(crate) async fn execute(client: &Client, confirmed: Confirmed<Command>) -> Result<Receipt, Failure> {
    match confirmed.command() {
        Command::Promote(plan) => Box::pin(crate::promotion::promote(client, plan, &confirmed)).await,
        _ => change(client, confirmed).await,
    }
}

/// Everything but a promotion.
pub(crate) async fn change(client: &Client, confirmed: Confirmed<Command>) -> Result<Receipt, Failure> {
    let command = confirmed.command();
    let what = format!("cannot {} {}", command.verb(), command.object());
    let cluster = client.inner.clusters.find(command.cluster())?;
    let facts = cluster.endpoint();
    if client.inner.settings.read_only || facts.read_only {
        return Err(Failure::new(
            FailureKind::Refused,
            &what,
            "weir is read-only here",
            "leave out --read-only, or `read-only` in the config",
        ));
    }
    if confirmed.server() != facts.server {
        let why = format!("`{}` is {} now, not {}", cluster.name, facts.server, confirmed.server());
        return Err(Failure::new(FailureKind::Refused, &what, why, "look again"));
    }
    cluster.same_identity()?;
    let (cluster, session) = connected(client, &cluster.name).await?;
    writable(&session, command)?;
    let entry = entry(&cluster, &confirmed);
    note(client, entry.clone()).await?;
    let result = send(&cluster, &session, command, &what).await;
    let (outcome, answer) = outcome_of(&result);
    let (object, uid) = match &result {
        Ok(receipt) => (receipt.run.name.to_string(), receipt.uid.clone()),
        Err(_) => (entry.object.clone(), entry.uid.clone()),
    };
    let after = Entry { time: Timestamp::now(), outcome, answer, object, uid, body: String::new(), ..entry };
    // The command is out; a journal that fails now must not hide what came of it.
    if let Err(failure) = note(client, after).await {
        tracing::error!("{failure}");
    }
    result
}

/// For the journal.
pub(crate) fn outcome_of(result: &Result<Receipt, Failure>) -> (Outcome, String) {
    match result {
        Ok(receipt) => (Outcome::Accepted, receipt.words.clone()),
        Err(failure) if failure.kind == FailureKind::Unknown => (Outcome::Unknown, failure.sentence()),
        Err(failure) => (Outcome::Refused, failure.sentence()),
    }
}

/// Proposals are written in Tekton's v1. A server that has only v1beta1 is read, and nothing is changed there.
pub(crate) fn writable(session: &Session, command: &Command) -> Result<(), Failure> {
    if matches!(command, Command::Decide(_)) {
        return Ok(());
    }
    let (why, hint) = match session.tekton {
        Tekton::V1 => return Ok(()),
        Tekton::V1Beta1 => {
            ("its Tekton has only the v1beta1 API, where weir only reads", "Tekton 0.44 and newer have v1")
        }
        Tekton::None => ("there is no Tekton on this cluster", ""),
    };
    let what = format!("cannot {} {}", command.verb(), command.object());
    Err(Failure::new(FailureKind::Refused, what, why, hint))
}

pub(crate) async fn note(client: &Client, entry: Entry) -> Result<(), Failure> {
    let journal = client.inner.journal.clone();
    match tokio::task::spawn_blocking(move || journal.append(&entry)).await {
        Ok(result) => result,
        Err(_) => Err(Failure::new(
            FailureKind::Refused,
            "cannot write the journal",
            "the writer stopped",
            "nothing was sent",
        )),
    }
}

fn entry(cluster: &Arc<Cluster>, confirmed: &Confirmed<Command>) -> Entry {
    let facts = cluster.endpoint();
    let operator = facts.operator.unwrap_or(facts.user);
    line(confirmed, attempt(), &calls(confirmed.command()), (facts.server, operator, facts.host))
}

/// What the lines before and after a command share.
pub(crate) fn attempt() -> String {
    format!("{:012x}", rand::random::<u64>() & 0xffff_ffff_ffff)
}

/// The line before a command: what is sent, to which server, as whom and from where.
pub(crate) fn line(
    confirmed: &Confirmed<Command>,
    id: String,
    calls: &[Call],
    (server, operator, host): (String, String, String),
) -> Entry {
    let command = confirmed.command();
    let redact = |text: &str| weir_domain::secret::redact(text).into_owned();
    Entry {
        time: Timestamp::now(),
        id,
        outcome: Outcome::Sending,
        verb: command.verb().into(),
        cluster: command.cluster().to_string(),
        server,
        namespace: command.namespace().into(),
        object: command.object(),
        uid: match command {
            Command::Cancel { uid, .. } | Command::Delete { uid, .. } => uid.clone(),
            Command::Start(_) | Command::Promote(_) | Command::Decide(_) => String::new(),
        },
        operator,
        host,
        reason: confirmed.reason().map(redact),
        call: calls.iter().map(|c| format!("{} {}", c.method, c.path)).collect::<Vec<_>>().join("; "),
        body: calls.iter().map(|c| yaml::text(&c.body)).collect::<Vec<_>>().join("\n---\n"),
        answer: String::new(),
        plan: match command {
            Command::Promote(plan) => Some(Box::new(plan.record())),
            _ => None,
        },
    }
}

async fn send(
    cluster: &Arc<Cluster>,
    session: &Arc<Session>,
    command: &Command,
    what: &str,
) -> Result<Receipt, Failure> {
    let place = (command.cluster().as_str().to_string(), command.namespace().to_string());
    if let Command::Start(new) = command {
        let base = calls(command).first().map(|c| c.path.clone()).unwrap_or_default();
        if let Err(no) = dry_run(cluster, session, &base, &new.manifest).await? {
            return Err(Failure::new(no.kind, what, no.why, "the server's dry run said no; nothing was made"));
        }
    }
    let mut answer = Tree::Null;
    for call in calls(command) {
        answer = request(cluster, session, &call, what).await?;
    }
    let name = answer.text_at(&["metadata", "name"]).map(str::to_string).unwrap_or_else(|| command.object());
    let uid = answer.text_at(&["metadata", "uid"]).unwrap_or_default().to_string();
    let words = match command {
        Command::Start(new) if new.rerun_of.is_some() => format!("started {name}, a rerun"),
        Command::Start(_) => format!("started {name}"),
        Command::Cancel { how, .. } => format!("cancelling {name}: {}", how.words()),
        Command::Delete { .. } => format!("deleted {name}"),
        Command::Promote(plan) => plan.words(),
        Command::Decide(decision) => match decision.what.word() {
            Some(word) => format!("{name} is to be {word}"),
            None => format!("{name}: its jobs decide again"),
        },
    };
    let uid = match command {
        Command::Delete { uid, .. } => uid.clone(),
        _ => uid,
    };
    Ok(Receipt { run: RunId::new(&place.0, &place.1, &name), uid, words })
}

/// One request. A lost answer is *unknown*, unless the request never left.
async fn request(cluster: &Arc<Cluster>, session: &Arc<Session>, call: &Call, what: &str) -> Result<Tree, Failure> {
    let body = serde_json::to_vec(&call.body)
        .map_err(|error| Failure::new(FailureKind::Usage, what, error.to_string(), ""))?;
    let method = ::http::Method::from_bytes(call.method.as_bytes()).unwrap_or(::http::Method::POST);
    match http::unary(&session.client, http::sending(method, &call.path, call.content_type, body)).await {
        Ok(body) => Ok(serde_json::from_slice(&body).unwrap_or_default()),
        Err(Trouble::Lost { why, sent: true }) => {
            let hint = "it may or may not have happened: look at the runs before doing it again";
            Err(Failure::new(FailureKind::Unknown, format!("{what}: the answer was lost"), why, hint))
        }
        // The server takes a patch with another uid for an attempt to change it.
        Err(Trouble::Refused(refusal)) if refusal.code == 422 && refusal.message.contains("metadata.uid") => {
            let why = format!("another run has this name now, the uid differs ({})", refusal.message);
            Err(Failure::new(FailureKind::Conflict, what, why, "nothing was changed; look again"))
        }
        Err(trouble) => Err(cluster.note(session, &trouble, what).await),
    }
}
