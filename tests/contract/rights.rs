//! What may not be done is asked beforehand, refused in words, and what cannot be seen is said.

use crate::cases;
use crate::place::Role;
use crate::shape::Shape;
use crate::stage::{Stage, confirmed, done, finished, log, uid, until};
use crate::suite::Case;
use std::collections::BTreeSet;
use std::sync::Arc;
use weir_client::Client;
use weir_domain::log::{LogNews, LogPart};
use weir_domain::{Answer, Change, Command, FailureKind, Namespace, News, Query, Rights, Watch};

pub fn cases() -> Vec<Case> {
    cases![
        rights_are_known_before_a_verb_is_offered,
        a_viewer_may_look_but_not_start_cancel_or_delete,
        a_viewer_s_log_says_that_the_right_is_missing,
        a_team_sees_its_namespace_and_is_told_that_it_is_not_the_whole_cluster,
        the_namespaces_that_were_asked_for_are_listed_each_by_itself_and_no_other,
    ]
}

async fn rights(stage: &Stage, client: &Client, role: Role, namespace: &str) -> Rights {
    match client.fetch(Query::Rights(stage.cluster(role), namespace.into())).await.expect("rights are told") {
        Answer::Rights(rights) => rights,
        other => panic!("asked for rights, got {other:?}"),
    }
}

async fn rights_are_known_before_a_verb_is_offered(stage: Arc<Stage>) {
    let all = |yes| Rights { start: Some(yes), cancel: Some(yes), delete: Some(yes), logs: Some(yes) };
    for (role, namespace, expected) in [
        (Role::Admin, "okd-coreos", true),
        (Role::Viewer, "okd-coreos", false),
        (Role::Team, "okd-team", true),
        (Role::Team, "okd-coreos", false),
    ] {
        let client = stage.client(role);
        assert_eq!(rights(&stage, &client, role, namespace).await, all(expected), "{role:?} in {namespace}");
    }
}

async fn a_viewer_may_look_but_not_start_cancel_or_delete(stage: Arc<Stage>) {
    let admin = stage.client(Role::Admin);
    let held = Shape::new(&stage, "okd-coreos", "looked").spec("status", "PipelineRunPending".into());
    let receipt = stage.start(&admin, held).await;
    let viewer = stage.client(Role::Viewer);
    let run = stage.run(Role::Viewer, "okd-coreos", &receipt.run.name);
    assert_eq!(uid(&viewer, &run).await.expect("it may look"), receipt.uid);

    let shape = Shape::new(&stage, "okd-coreos", "denied");
    stage.owe("okd-coreos", &shape.name);
    let start = Command::Start(Box::new(shape.new_run(&stage.cluster(Role::Viewer))));
    let how = weir_domain::cancel::Grace::Cancelled;
    let commands = [
        start,
        Command::Cancel { run: run.clone(), uid: receipt.uid.clone(), how },
        Command::Delete { run: run.clone(), uid: receipt.uid.clone() },
    ];
    for command in commands {
        let verb = command.verb();
        let yes = confirmed(&viewer, command).await.expect("a proposal needs no right");
        let failure = viewer.execute(yes).await.expect_err("the right is missing");
        println!("        {verb}: {failure}");
        assert_eq!(failure.kind, FailureKind::Denied, "{verb}: {failure}");
        assert!(failure.why.contains("forbidden"), "{verb}: {failure}");
    }
    let made = stage.run(Role::Admin, "okd-coreos", &shape.name);
    assert_eq!(uid(&admin, &made).await.expect_err("nothing was made").kind, FailureKind::Missing);
    let elsewhere = stage.run(Role::Viewer, "okd-team", "everything-ok");
    assert_eq!(uid(&viewer, &elsewhere).await.expect_err("another namespace").kind, FailureKind::Denied);
}

async fn a_viewer_s_log_says_that_the_right_is_missing(stage: Arc<Stage>) {
    let admin = stage.client(Role::Admin);
    let receipt = stage.start(&admin, Shape::new(&stage, "okd-coreos", "unread")).await;
    finished(&admin, &receipt.run).await;
    let viewer = stage.client(Role::Viewer);
    let run = stage.run(Role::Viewer, "okd-coreos", &receipt.run.name);
    let news = log(&viewer, &run, LogPart::Whole).await;
    let said = news.iter().find_map(|news| match news {
        LogNews::Gone { words, .. } => Some(words.clone()),
        LogNews::Lines { .. } => panic!("a viewer reads no log"),
        _ => None,
    });
    let words = said.expect("it is said");
    println!("        {words}");
    assert!(words.starts_with("no right to read it") && words.contains("forbidden"), "{words}");
    let path = stage.folder.path().join("denied.log");
    let id = weir_domain::log::LogId { run, part: LogPart::Whole };
    assert_eq!(viewer.save_log(id, &path).await.expect_err("nor saves it").kind, FailureKind::Denied);
}

async fn a_team_sees_its_namespace_and_is_told_that_it_is_not_the_whole_cluster(stage: Arc<Stage>) {
    let client = stage.client(Role::Team);
    let held = Shape::new(&stage, "okd-team", "ours").spec("status", "PipelineRunPending".into());
    let receipt = done(&client, Command::Start(Box::new(held.new_run(&stage.cluster(Role::Team))))).await;
    stage.owe("okd-team", &held.name);
    let receipt = receipt.expect("the team may start");
    let mut live = client.watch(Watch::Runs(stage.cluster(Role::Team)));
    let ours = Namespace::new("okd-team");
    let (mut seen, mut namespaces) = (BTreeSet::new(), BTreeSet::new());
    until(&mut live, "the namespace's list", |news| match news {
        News::Runs(_, part, Change::Upsert(rows)) => {
            assert_eq!(part, Some(ours.clone()), "rows are those of one namespace");
            for (id, _) in rows {
                namespaces.insert(id.namespace.clone());
                seen.insert(id);
            }
            None
        }
        News::Runs(_, Some(part), Change::Complete) => (part == ours).then_some(()),
        _ => None,
    })
    .await;
    assert!(seen.contains(&receipt.run));
    assert_eq!(namespaces, BTreeSet::from([ours.clone()]));
    let endpoint = client.endpoint(&stage.cluster(Role::Team)).expect("the cluster is known");
    println!("        unseen: {}", endpoint.unseen.join("; "));
    assert_eq!(endpoint.namespaces, Some(vec![ours]));
    assert!(endpoint.unseen[0].contains("forbidden") && endpoint.unseen[0].contains("okd-team"), "{endpoint:?}");
    assert!(endpoint.live(), "what may be seen is live: {endpoint:?}");
}

async fn the_namespaces_that_were_asked_for_are_listed_each_by_itself_and_no_other(stage: Arc<Stage>) {
    let wanted = ["okd-team", "okd-coreos"];
    let settings =
        weir_client::Settings { namespaces: wanted.map(String::from).to_vec(), ..stage.settings(Role::Viewer) };
    let client = Client::new(settings);
    let mut live = client.watch(Watch::Runs(stage.cluster(Role::Viewer)));
    let (mut complete, mut denied) = (false, None);
    until(&mut live, "one namespace complete and one denied", |news| {
        match news {
            News::Runs(_, Some(part), Change::Complete) => complete |= part.as_str() == "okd-coreos",
            News::Runs(_, Some(part), Change::Lost { failure, .. }) => denied = Some((part, failure.kind)),
            News::Runs(_, None, change) => panic!("the whole cluster was not asked for: {change:?}"),
            _ => {}
        }
        (complete && denied.is_some()).then_some(())
    })
    .await;
    assert_eq!(denied, Some((Namespace::new("okd-team"), FailureKind::Denied)));
    let endpoint = client.endpoint(&stage.cluster(Role::Viewer)).expect("the cluster is known");
    assert!(endpoint.unseen.iter().any(|words| words.contains("nothing of `okd-team`")), "{endpoint:?}");
    assert!(endpoint.live(), "one namespace that is denied does not lose the cluster: {endpoint:?}");
}
