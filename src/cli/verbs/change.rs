//! What all changing verbs share: rights first, then the proposal, then `--confirm`, then the one request.
//! Nothing is sent without the proposal's phrase.

use super::run;
use crate::arguments::Yes;
use crate::code::{self, End};
use crate::desk::Desk;
use crate::shapes::proposal::{Done, Plan};
use crate::wait;
use weir_domain::{
    Answer, ClusterName, Command, Confirmed, Consent, Failure, FailureKind, Namespace, Proposal, Query, Receipt,
    Rights, yaml,
};

/// Before anything is asked of a server.
pub(super) fn not_read_only(desk: &Desk<'_>, verb: &str, name: &str) -> Result<(), Failure> {
    if !desk.global.read_only {
        return Ok(());
    }
    let what = format!("cannot {verb} {name}");
    Err(Failure::new(FailureKind::Refused, what, "weir is read-only here", "leave out --read-only"))
}

/// A missing right is told before anything else is tried. A server that does not say is asked by the attempt itself.
pub(super) async fn may(
    desk: &Desk<'_>,
    cluster: &ClusterName,
    namespace: &Namespace,
    doing: &str,
    right: fn(Rights) -> Option<bool>,
) -> Result<(), Failure> {
    let Answer::Rights(rights) = desk.client.fetch(Query::Rights(cluster.clone(), namespace.clone())).await? else {
        return Ok(());
    };
    if right(rights) != Some(false) {
        return Ok(());
    }
    let endpoint = desk.client.endpoint(cluster);
    let who = endpoint.map(|e| e.operator.unwrap_or(e.user)).filter(|who| !who.is_empty());
    let who = who.unwrap_or_else(|| "this user".into());
    Err(Failure::new(
        FailureKind::Denied,
        format!("{who} may not {doing} in `{cluster}/{namespace}`"),
        "the server says that the right is missing",
        "ask for it, or use another log-in",
    ))
}

/// The confirmed command. Without `--confirm`: prints what would be sent and ends with 3.
/// `facts` are lines about this change, label and words.
pub(super) async fn confirmed(
    desk: &mut Desk<'_>,
    command: Command,
    yes: &Yes,
    facts: &[(&str, String)],
) -> Result<Confirmed<Command>, End> {
    let proposal = desk.client.propose(command, yes.reason.clone()).await?;
    let Some(words) = &yes.confirm else {
        print(desk, &proposal, facts)?;
        desk.paper.note(&format!("nothing was sent; to send it, add --confirm {}", proposal.phrase()));
        return Err(End::Code(code::REFUSED));
    };
    proposal.answer(Consent::Typed(words)).map_err(|proposal| {
        let command = proposal.command();
        Failure::new(
            FailureKind::Refused,
            format!("cannot {} {}", command.verb(), command.object()),
            format!("--confirm says `{words}`"),
            format!("it must be `{}`", proposal.phrase()),
        )
        .into()
    })
}

fn print(desk: &mut Desk<'_>, proposal: &Proposal, facts: &[(&str, String)]) -> Result<(), End> {
    if desk.paper.json {
        for (label, words) in facts {
            desk.paper.note(&format!("{label}: {words}"));
        }
        return desk.paper.object(&Plan::of(proposal));
    }
    let command = proposal.command();
    let title = desk.paper.strong(&format!("{} {}", command.verb(), command.object()));
    desk.paper.line(&title)?;
    let mut lines = vec![
        ("cluster", format!("{} ({})", command.cluster(), proposal.server)),
        ("namespace", command.namespace().to_string()),
    ];
    lines.extend(proposal.reason.iter().map(|reason| ("reason", reason.clone())));
    lines.extend(facts.iter().map(|(label, words)| (*label, words.clone())));
    for (label, words) in lines {
        desk.paper.line(&format!("{label:<11}{words}"))?;
    }
    for call in &proposal.calls {
        desk.paper.line("")?;
        desk.paper.line(&format!("{} {}  ({})", call.method, call.path, call.content_type))?;
        for line in yaml::text(&call.body).lines() {
            desk.paper.line(format!("  {line}").trim_end())?;
        }
    }
    Ok(())
}

/// Sends it. On stdout the run's whole name, or with JSON what was done; with `wait` the run as it ended.
pub(super) async fn send(desk: &mut Desk<'_>, command: Confirmed<Command>, wait: bool) -> Result<i32, End> {
    let verb = command.command().verb();
    let receipt = desk.client.execute(command).await?;
    desk.paper.note(&receipt.words);
    if !wait {
        told(desk, verb, &receipt)?;
        return Ok(code::YES);
    }
    if !desk.paper.json {
        desk.paper.line(&receipt.run.to_string())?;
        desk.paper.flush()?;
    }
    match wait::until_done(desk, &receipt.run).await {
        Ok(detail) => {
            if desk.paper.json {
                run::show(desk, &detail)?;
            }
            let word = detail.run.status.word();
            let words = match weir_domain::why::why(&detail).map(|why| why.sentence) {
                Some(sentence) if sentence.starts_with(word) => sentence,
                Some(sentence) => format!("{word}: {sentence}"),
                None => word.to_string(),
            };
            desk.paper.note(&format!("{} {words}", receipt.run));
            Ok(code::of_run(detail.run.status))
        }
        Err(end) => {
            if desk.paper.json {
                told(desk, verb, &receipt)?;
            }
            Err(end)
        }
    }
}

fn told(desk: &mut Desk<'_>, verb: &'static str, receipt: &Receipt) -> Result<(), End> {
    if desk.paper.json {
        desk.paper.object(&Done::of(verb, receipt))
    } else {
        desk.paper.line(&receipt.run.to_string())
    }
}
