//! The kubeconfig itself: missing, broken, in several files, and with several names for one cluster.

use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;
use weir_client::{Client, ClusterSettings, Settings};
use weir_domain::{EndpointState, FailureKind};

fn folder() -> TempDir {
    TempDir::with_prefix("weir-files-").expect("the temporary folder can be written")
}

fn client(files: Vec<PathBuf>, state: &TempDir) -> Client {
    let state = state.path().join("state");
    Client::new(Settings { kubeconfig: Some(files), state, closed: true, ..Settings::default() })
}

#[tokio::test]
async fn a_kubeconfig_that_is_missing_broken_or_empty_is_one_sentence_with_its_file() {
    let folder = folder();
    for (name, text, words) in [
        ("missing", None, "does not exist"),
        ("broken", Some("contexts: [}"), "cannot read the kubeconfig"),
        ("typed", Some("contexts: 5"), "cannot read the kubeconfig"),
        ("empty", Some("apiVersion: v1\nkind: Config\n"), "names no context"),
        ("binary", Some("\u{0}\u{1}\u{2}"), "cannot read the kubeconfig"),
    ] {
        let file = folder.path().join(name);
        if let Some(text) = text {
            fs::write(&file, text).expect("a file");
        }
        let client = client(vec![file.clone()], &folder);
        assert!(client.endpoints().is_empty());
        let failure = client.trouble().unwrap_or_else(|| panic!("{name}: no trouble"));
        assert_eq!(failure.kind, FailureKind::Usage, "{name}");
        let sentence = failure.to_string();
        assert!(sentence.contains(words) && sentence.contains(&*file.display().to_string()), "{name}: {sentence}");
        assert!(!sentence.contains('\n') && !failure.hint.is_empty(), "{name}: {sentence}");
    }
}

const SHARED: &str = "
apiVersion: v1
kind: Config
current-context: okd-coreos/api-moc:6443/jane
clusters:
- {name: moc, cluster: {server: 'https://jane:word@api.moc.invalid:6443/'}}
users:
- {name: jane/api-moc:6443, user: {token: secret}}
- {name: bot, user: {token: secret}}
contexts:
- {name: okd-coreos/api-moc:6443/jane, context: {cluster: moc, user: jane/api-moc:6443, namespace: okd-coreos}}
- {name: okd-team/api-moc:6443/jane, context: {cluster: moc, user: jane/api-moc:6443, namespace: okd-team}}
- {name: robot, context: {cluster: moc, user: bot}}
- {name: astray, context: {cluster: nowhere, user: bot}}
";

#[tokio::test]
async fn contexts_with_one_server_and_one_user_are_one_cluster() {
    let folder = folder();
    let file = folder.path().join("kubeconfig");
    fs::write(&file, SHARED).expect("a file");
    let all = client(vec![file], &folder).endpoints();
    let names: Vec<(&str, usize)> = all.iter().map(|e| (e.name.as_str(), e.contexts.len())).collect();
    assert_eq!(names, [("api-moc", 2), ("robot", 1)]);
    assert_eq!(all[0].server, "https://api.moc.invalid:6443", "without the log-in");
    assert_eq!(all[0].namespace.as_str(), "okd-coreos");
    assert_eq!((&all[0].state, &all[1].state), (&EndpointState::Connecting, &EndpointState::NotConnected));
    assert!(!format!("{all:?}").contains("secret"));
}

#[tokio::test]
async fn a_cluster_with_a_kubeconfig_of_its_own_does_not_need_the_usual_one() {
    let folder = folder();
    let file = folder.path().join("own");
    fs::write(&file, SHARED).expect("a file");
    let cluster = |name: &str, context: &str, kubeconfig| ClusterSettings {
        name: name.into(),
        context: context.into(),
        kubeconfig,
        namespaces: Vec::new(),
        read_only: false,
        production: false,
    };
    let client = Client::new(Settings {
        kubeconfig: Some(vec![folder.path().join("none")]),
        clusters: vec![cluster("moc", "robot", Some(file)), cluster("other", "second", None)],
        state: folder.path().join("state"),
        closed: true,
        ..Settings::default()
    });
    assert_eq!(client.trouble(), None);
    let all = client.endpoints();
    assert_eq!((all[0].name.as_str(), &all[0].state), ("moc", &EndpointState::Connecting));
    let EndpointState::Lost { failure, .. } = &all[1].state else { panic!("{:?}", all[1].state) };
    assert_eq!(failure.why, "the kubeconfig has no context `second`");
}

#[tokio::test]
async fn several_files_are_one_kubeconfig_and_a_missing_one_is_passed_over() {
    let folder = folder();
    let (first, second) = (folder.path().join("one"), folder.path().join("two"));
    fs::write(&first, SHARED).expect("a file");
    fs::write(&second, SHARED.replace("moc", "other").replace("robot", "second")).expect("a file");
    let all = client(vec![first, folder.path().join("none"), second], &folder).endpoints();
    let names: Vec<&str> = all.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["api-moc", "robot", "api-other", "second"]);
}
