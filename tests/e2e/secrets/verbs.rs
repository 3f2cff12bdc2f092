//! Every verb that could show what a leaking place says, as a script calls it.

use super::planted::Shape::*;
use super::planted::{Haul, bare, canary, one, text};
use super::site::{CHANNEL, CI, FAILED, PROMOTED, REJECTING, Site, UNREADABLE, strange_image, strange_release};
use crate::command::{Told, ran};
use crate::{PATIENCE, WEIR};
use std::time::Instant;
use weir_testing::Home;

/// One call, and all it printed.
pub fn call(site: &Site, home: &Home, haul: &mut Haul, arguments: &[&str]) -> Told {
    let mut command = home.command(WEIR);
    command.args(arguments).arg("--config").arg(site.config()).envs(site.environment());
    command.arg("--log-file").arg(home.path().join("weir-own.log"));
    let told = ran(command);
    haul.add(format!("`{}`", arguments.join(" ")), format!("{}\n{}", told.out, told.err));
    told
}

pub fn all(site: &Site, home: &Home, haul: &mut Haul) {
    let (rejected, accepted) = (site.rejected.clone(), site.accepted.clone());
    let strange = strange_release();
    let error_image = "error.example/some/where:1";
    let (challenge_image, helper_image) = ("challenge.example/some/where:1", "helper.example/some/where:1");
    let (failed_run, promoted_run) = (format!("moc/okd-coreos/{FAILED}"), format!("moc/okd-coreos/{PROMOTED}"));
    let plan = ["promote", &accepted, "--to", CHANNEL, "--plan"];
    let reason = text("reason", &[Flag, GitHub, Header]);
    let reads: Vec<Vec<&str>> = vec![
        vec!["streams"],
        vec!["releases", REJECTING],
        vec!["releases", CI],
        vec!["releases", UNREADABLE],
        vec!["release", &rejected],
        vec!["release", &strange],
        vec!["payload", strange_image()],
        vec!["payload", error_image],
        vec!["payload", challenge_image],
        vec!["payload", helper_image],
        vec!["diff", strange_image(), error_image],
        vec!["verify", &accepted],
        vec!["verify", strange_image()],
        plan.to_vec(),
        vec!["accept", &rejected, "--reason", &reason],
        vec!["runs"],
        vec!["run", &promoted_run],
        vec!["run", &failed_run],
        vec!["logs", &promoted_run],
        vec!["rerun", &promoted_run],
        vec!["rerun", &failed_run],
        vec!["pipelines"],
        vec!["start", "okd-coreos"],
        vec!["ledger"],
        vec!["journal"],
        vec!["health"],
        vec!["info"],
        vec!["config", "check"],
    ];
    for words in reads {
        call(site, home, haul, &words);
        if !["logs", "config"].contains(&words[0]) {
            call(site, home, haul, &[&words[..], &["-o", "json"]].concat());
        }
    }
}

/// Files of one's own with a mistake just where the secret stands: what is said of the mistake quotes nothing of it.
pub fn broken_files(home: &Home, haul: &mut Haul) {
    let token = one("kubeconfig", OpenShift);
    let password = bare("kubeconfig", Flag);
    let login = format!("http://robot:{}@127.0.0.1:9", bare("kubeconfig", Address));
    let kubeconfigs = [
        format!("users:\n- name: u\n  user:\n    token: {token}\n    password: [{password}\n"),
        format!("users:\n- name: u\n  user:\n    token: {{{token}}}\n"),
        format!("users:\n- name: u\n  user: {token}\n"),
        format!("clusters: {password}\n"),
    ];
    let configs = [
        format!("[[registry]]\nhost = \"x.example\"\naddress = \"{login}\"\n"),
        format!("[[registry]]\nhost = \"x.example\"\naddress = \"{login}\n"),
        format!("[[registry]]\nhost = \"{token}\"\n"),
        format!("[[registry]]\nhost = \"x.example\"\n{token} = 1\n"),
        format!("[releases]\nurl = \"{login}\"\n"),
        format!("[places]\ngithub = \"{login}\"\n"),
        format!("[[cluster]]\nname = \"moc\"\ncontext = [\"{token}\"]\n"),
    ];
    let path = home.path().join("broken-file");
    let mut say = |text: &str, of_cluster: bool, verb: &[&str]| {
        std::fs::write(&path, text).expect("the home can be written");
        let mut command = home.command(WEIR);
        match of_cluster {
            true => command.args(verb).env("KUBECONFIG", &path),
            false => command.args(verb).arg("--config").arg(&path),
        };
        let told = ran(command);
        assert!([2, 4].contains(&told.code), "{verb:?} of\n{text}\n{told:?}");
        assert!(told.err.contains("broken-file"), "the file is named: {told:?}");
        haul.add(format!("{verb:?} of a broken file"), format!("{}\n{}", told.out, told.err));
    };
    for text in &kubeconfigs {
        say(text, true, &["runs"]);
    }
    for text in &configs {
        say(text, false, &["config", "check"]);
        say(text, false, &["runs"]);
    }
    std::fs::remove_file(&path).expect("it was written");
}

/// A run whose log says what its parameters are; its name.
pub fn a_run_that_leaks(site: &Site, home: &Home, haul: &mut Haul) -> String {
    let branch = format!("branch={}", text("step-log", &super::planted::ALL));
    let reason = text("reason", &[Jwt, Matrix]);
    let failed = format!("moc/okd-coreos/{FAILED}");
    let rerun = ["rerun", &failed, "-p", &branch, "--confirm", "okd-coreos", "--reason", &reason];
    let told = call(site, home, haul, &rerun).ends(0, &[]);
    let name = told.out.trim().to_string();
    let begun = Instant::now();
    loop {
        let told = call(site, home, haul, &["logs", &name]);
        if told.out.contains(&canary("step-log")) {
            return name;
        }
        assert!(begun.elapsed() < PATIENCE * 2, "its log never says it: {told:?}");
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
}
