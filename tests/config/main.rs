//! The config corpus: each `*.toml` beside a `*.txt` with exactly what weir says about it, one mistake a line,
//! or `fine`. A new mistake that weir tells is a new pair of files.

use std::path::{Path, PathBuf};
use std::time::Duration;
use weir_cli::Config;
use weir_domain::Way;

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/config");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

fn said(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a file of the corpus");
    let name = Path::new(path.file_name().expect("a name"));
    match Config::parse(&text, name) {
        Ok(_) => "fine\n".into(),
        Err(failures) => failures.iter().map(|failure| format!("{failure}\n")).collect(),
    }
}

#[test]
fn every_file_of_the_corpus_gets_exactly_its_words() {
    let files = corpus();
    assert!(files.len() >= 15, "the corpus has {} files", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let wanted = std::fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        let said = said(&path);
        if said != wanted {
            wrong.push(format!("{}\n  wanted: {wanted}  said:   {said}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_whole_config_is_read_as_it_stands() {
    let path = corpus().into_iter().find(|path| path.ends_with("whole.toml")).expect("whole.toml");
    let config = Config::parse(&std::fs::read_to_string(&path).expect("readable"), Path::new("/etc/weir/config.toml"))
        .expect("it is right");
    assert_eq!(config.clusters.len(), 2);
    assert_eq!(config.clusters[0].name, "moc");
    assert_eq!(config.clusters[0].namespaces, ["okd-coreos", "okd-team"]);
    assert_eq!(config.clusters[0].kubeconfig.as_deref(), Some(Path::new("/etc/weir/kube/moc")));
    assert!(config.clusters[1].production && config.clusters[1].read_only);
    assert_eq!(config.clusters[1].name, "app.ci", "a cluster without a name is called like its context");
    assert_eq!(config.releases.as_deref(), Some("https://example.org"));
    assert_eq!(config.releases_every, Duration::from_secs(60));
    assert_eq!((config.thresholds.pending, config.thresholds.accepted), (300, 24 * 3600));
    assert_eq!(config.thresholds.built, 72 * 3600, "what is not given stays the default");
    assert_eq!(config.keys["start"], ["s"]);
    assert_eq!(config.keys["open"], ["enter", "l"]);
    assert_eq!(config.streams["4.22.0-0.okd-scos-nightly"], ["4.22-scos", "scos-4.22"]);
    assert_eq!(config.log_budget, 64_000_000);
    assert_eq!(config.theme.as_deref(), Some("light"));
}

#[test]
fn all_of_promotion_is_read_as_it_stands() {
    let path = corpus().into_iter().find(|path| path.ends_with("promotion.toml")).expect("promotion.toml");
    let config = Config::parse(&std::fs::read_to_string(&path).expect("readable"), Path::new("/etc/weir/config.toml"))
        .expect("it is right");
    assert_eq!(config.payloads, Some(("app.ci".into(), "origin".into())));
    assert_eq!(config.registries[0].cluster.as_deref(), Some("app.ci"));
    assert_eq!(config.registries[1].address.as_deref(), Some("http://127.0.0.1:5000"));
    let key = &config.signing_keys[0];
    assert_eq!(key.fingerprint, "6A9588F07F2D3AE7973AD2A9193E53CCD2E2F7A4", "as OpenPGP programs compare it");
    assert_eq!(key.file.as_deref(), Some(Path::new("/etc/weir/keys/team.asc")));
    assert!(config.only_these_keys);
    assert_eq!(config.places.signatures, "https://example.org/signatures");
    assert_eq!(config.places.github, "https://api.github.com", "what is not given stays OKD's own");
    let next = &config.channels[0];
    assert_eq!((next.way, next.candidates, next.latest), (Way::Pinned, true, false));
    assert_eq!(next.clean_up, "tekton-cleanup-daily", "what is not given is upstream's");
    let pipeline = next.pipeline.as_ref().expect("a Pipeline");
    assert_eq!((pipeline.name.as_str(), pipeline.timeout.as_str()), ("okd-release-pipeline", "6h"));
    assert_eq!(pipeline.workspaces["release-binaries"], "pvc:pipeline-release-next-pvc");
    assert_eq!(pipeline.params["enable-notifications"], "false");
    assert_eq!((pipeline.service_account.as_deref(), pipeline.secrets.len()), (Some("promoter"), 4));
    assert_eq!(next.imagestream.as_ref().map(|stream| stream.name.as_str()), Some("release-scos-next"));
    let team = &config.channels[1];
    assert_eq!((team.way, team.tag.as_str(), &team.pipeline), (Way::RegistryTag, "team-{release}", &None));
    assert_eq!(team.sources, ["4.22.0-0.okd-scos-nightly".into()]);
}

#[test]
fn the_example_of_the_readme_is_right() {
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).expect("it is there");
    let example = readme.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).expect("it has a config");
    if let Err(failures) = Config::parse(example, Path::new("README.md")) {
        panic!("{failures:?}");
    }
}

#[test]
fn an_empty_address_means_no_release_controller() {
    let config = Config::parse("[releases]\nurl = \"\"\n", Path::new("c.toml")).expect("it is right");
    assert_eq!(config.releases, None);
    let config = Config::parse("releases = \"https://example.org\"\n", Path::new("c.toml")).expect("it is right");
    assert_eq!(config.releases.as_deref(), Some("https://example.org"));
}

#[test]
fn a_named_file_must_be_there_and_must_be_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("none.toml");
    let failure = Config::read(Some(&path)).expect_err("it is missing");
    assert_eq!(failure.what, format!("cannot read the config {}", path.display()));
    assert_eq!(failure.why, "there is no such file");
    let failure = Config::read(Some(folder.path())).expect_err("a folder is no file");
    assert_eq!(failure.why, "it is a folder");
    let path = folder.path().join("latin.toml");
    std::fs::write(&path, b"theme = \"dark\"\n# caf\xe9\n").expect("written");
    let failure = Config::read(Some(&path)).expect_err("it is not UTF-8");
    assert_eq!(failure.to_string(), format!("{}:2: this is not UTF-8 text. save the file as UTF-8", path.display()));
}

#[test]
fn the_first_mistake_says_how_many_more_there_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "theme = 3\nread-only = 1\ncolor = 2\n").expect("written");
    let failure = Config::read(Some(&path)).expect_err("three mistakes");
    assert_eq!(failure.why, "`theme` must be text in quotes, this is a number");
    assert_eq!(failure.hint, "2 more, see `weir config check`");
    assert_eq!(Config::check(Some(&path)).expect_err("three mistakes").len(), 3);
}
