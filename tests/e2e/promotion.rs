//! A promotion as a release engineer does it at 80×24: what is broken, what it is made of, the plan, the yes, what came of it.
//!
//! The keys of the ways that must be short are counted. What is sent goes to a world of its own with a config that names
//! a suspended CronJob, so that no gate depends on the hour of the day.

use crate::command::{Server, Told, demo, finished};
use crate::screens::Screens;
use crate::{PATIENCE, WEIR};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use weir_testing::{clean_home, key};

const NIGHTLY: &str = "4.22.0-0.okd-scos-nightly";
const SOURCE: &str = "5.0.0-0.okd-scos-nightly";
const CHANNEL: &str = "5-scos-stable";
const NAME: &str = "5.0.0-okd-scos.1";
/// A CronJob of the world that never fires: one that is not there would count by its usual hour.
pub const SUSPENDED: &str = "tekton-cleanup-daily";
const GATES: [&str; 16] = [
    "accepted",
    "jobs",
    "newest",
    "not-promoted",
    "digest",
    "signature",
    "name-free",
    "next-name",
    "previous",
    "arches",
    "pullable",
    "key-ring",
    "rights",
    "alone",
    "clean-up",
    "latest-flag",
];

/// Screens whose keys are counted; a key is pressed only when what it acts on is there.
struct Counted {
    weir: Screens,
    keys: usize,
}

impl Counted {
    fn open() -> Counted {
        let weir = Screens::demo("--demo");
        weir.see_all(&["NEEDS YOU", "releases ✓"]);
        weir.see_when("the rejected nightly under the bar", |screen| {
            screen.lines().any(|line| line.contains(&format!("▌✗ {NIGHTLY}")) && line.contains("rejected"))
        });
        Counted { weir, keys: 0 }
    }

    #[track_caller]
    fn key(&mut self, key: &str, sees: &[&str]) {
        self.keys += 1;
        self.weir.press(key);
        self.weir.see_all(sees);
    }
}

/// The screen's text as one, with the folds and frames of a sheet taken out.
fn unfolded(screen: &str) -> String {
    let lines = screen.lines().map(|line| line.trim_matches(|c: char| c.is_whitespace() || "│▌✗✓…".contains(c)));
    lines.collect()
}

#[test]
fn from_the_start_to_the_failing_jobs_attempts_and_addresses() {
    let mut way = Counted::open();
    way.key(key::ENTER, &["▌ aws-upgrade", "✗ failed         3"]);
    way.key(
        key::ENTER,
        &["blocking, 3 attempts", "attempt 1, tried again", "attempt 2, tried again", "✗ failed  attempt 3"],
    );
    assert!(way.keys <= 3, "{} keys", way.keys);
    let text = unfolded(&way.weir.pty.screen());
    let addresses: Vec<&str> =
        text.match_indices("https://prow.ci.openshift.org/view/gs/").map(|(at, _)| &text[at..]).collect();
    assert_eq!(addresses.len(), 3, "{text}");
    for address in addresses {
        let job = address.split("-e2e-aws-ovn-upgrade/").nth(1).unwrap_or_default();
        assert!(job.bytes().take(19).all(|b| b.is_ascii_digit()) && job.len() >= 19, "not whole: {address}");
    }
    way.weir.go("c", "copied");
    assert!(way.weir.copied()[0].contains("e2e-aws-ovn-upgrade"), "{:?}", way.weir.copied());
    way.weir.escape("Esc close");
    way.weir.quit();
}

#[test]
fn from_the_start_to_a_components_commit() {
    let mut way = Counted::open();
    way.key(key::ENTER, &["▌ aws-upgrade"]);
    way.key(key::TAB, &["components", "COMMIT", "▌ agent-installer-api-server"]);
    way.key(key::ENTER, &["commit id", "repository", "https://github.com/openshift/assisted-service"]);
    assert!(way.keys <= 4, "{} keys", way.keys);
    let text = unfolded(&way.weir.pty.screen());
    let commit: String = text.split("/commit/").nth(1).unwrap_or_default().chars().take(40).collect();
    assert!(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{text}");
    assert!(text.contains(&format!("commit id{commit}")), "both say the same commit: {text}");
    way.weir.escape("Esc close");
    way.weir.quit();
}

/// The plan is complete: no gate still waits, each is named, and the verdict's line and the tally are on the screen.
#[track_caller]
fn complete(weir: &Screens) -> String {
    weir.see_when("a whole plan", |screen| {
        let tally = screen.lines().find(|line| line.contains("GATES")).unwrap_or_default();
        ["pass", "warn", "block", "unknown"].iter().all(|word| tally.contains(word)) && !screen.contains('○')
    });
    weir.see_when("the verdict", |screen| screen.contains("to promote:") || screen.contains("nothing can be sent."));
    let screen = weir.pty.screen();
    for gate in GATES {
        assert!(screen.contains(gate), "no {gate}:\n{screen}");
    }
    screen
}

#[test]
fn from_the_start_to_the_complete_plan_and_a_blocked_one_cannot_be_sent() {
    let mut way = Counted::open();
    way.key("P", &["GATES", "WILL DO"]);
    let screen = complete(&way.weir);
    assert_eq!(way.keys, 1);
    // cron's own promotion to this channel runs.
    assert!(screen.contains("blocked by alone") && screen.contains("nothing can be sent."), "{screen}");
    let blocking = screen.lines().position(|line| line.contains("block   alone"));
    assert!(blocking.is_some_and(|line| line < 8), "what blocks stands first:\n{screen}");
    assert!(!screen.contains("to promote:"), "no name is asked for:\n{screen}");
    // Neither Enter, which opens the gate, nor the menu sends it.
    way.weir.go(key::ENTER, "─ gate alone");
    way.weir.escape("─ gate alone");
    way.weir.see("nothing can be sent.");
    way.weir.go("x", "Actions");
    assert!(!way.weir.pty.screen().contains("  send"), "{}", way.weir.pty.screen());
    way.weir.escape("Actions");
    way.weir.go("J", "Nothing was sent yet");
    way.weir.quit();
}

#[test]
fn a_plan_of_another_stream_is_three_keys_away() {
    let mut way = Counted::open();
    way.key("L", &["▌ 5.1.0-0.okd-scos-nightly", SOURCE]);
    way.key("j", &[&format!("▌ {SOURCE}")]);
    way.key("P", &["GATES", NAME]);
    let screen = complete(&way.weir);
    assert!(way.keys <= 3, "{} keys", way.keys);
    if screen.contains("to promote:") {
        // The first of these keys leaves the prompt.
        way.weir.escape("Esc other keys");
    }
    way.weir.quit();
}

#[test]
fn who_may_not_decide_about_payloads_reads_so_before_any_key() {
    let mut weir = Screens::demo("--demo");
    weir.see("▌✗ 4.22.0-0.okd-scos-nightly");
    weir.go(key::ENTER, "▌ aws-upgrade");
    weir.see("accepted before it");
    weir.go("x", "Actions");
    weir.see_when("the refusal beside both", |screen| {
        let says = |word: &str| {
            screen
                .lines()
                .any(|line| line.contains(word) && line.contains("needs `patch releasepayloads` in origin on app.ci"))
        };
        says("  accept ") && says("  reject ")
    });
    weir.escape("Actions");
    weir.command("accept", "needs `patch releasepayloads`");
    weir.go("J", "Nothing was sent yet");
    weir.quit();
    let tag = rejected();
    let said = demo(&["accept", &tag, "--reason", "looks fine", "--confirm", &tag]);
    assert!([3, 4].contains(&said.code) && said.err.contains("you may not patch ReleasePayloads"), "{said:?}");
}

#[test]
fn the_start_and_the_rerun_of_a_publishing_pipeline_lead_to_promote() {
    let mut weir = Screens::demo("--demo");
    weir.see("releases ✓");
    weir.command("pipelines", "LAST RUN");
    weir.select("okd-release-pipeline");
    weir.press(key::ENTER);
    weir.see_when("the way to Promote", |screen| screen.contains("publishes") && screen.contains("P on a release"));
    assert!(!weir.pty.screen().contains("weir › Start okd-release"), "{}", weir.pty.screen());
    weir.go("J", "Nothing was sent yet");
    weir.quit();
    let start = [
        "start",
        "moc/okd-coreos/okd-release-pipeline",
        "-p",
        "target-release-stream=4-scos-next",
        "--confirm",
        "4-scos-next",
    ];
    demo(&start).ends(3, &["weir promote"]);
    demo(&["rerun", "okd-release-next-pipelinerun-k7x2p", "--confirm", "4-scos-next"]).ends(3, &["weir promote"]);
}

/// The newest release of a stream in this phase, as the demo's release-controller has it. Its name is good for the next
/// demo, too: only those that start in the same hour tell the same history, so the end of an hour is waited for.
fn newest(stream: &str, phase: &str) -> String {
    let of_hour = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs() % 3600;
    if of_hour > 3600 - 60 {
        std::thread::sleep(Duration::from_secs(3601 - of_hour));
    }
    let rows = demo(&["releases", stream, "-o", "json"]).ends(0, &[]).list();
    let found = rows.iter().find(|row| row["phase"] == phase).unwrap_or_else(|| panic!("none is {phase}: {rows:?}"));
    found["name"].as_str().expect("a release has a name").to_string()
}

fn rejected() -> String {
    newest(NIGHTLY, "rejected")
}

#[test]
fn the_verb_prints_a_plan_and_says_by_its_code_whether_it_goes() {
    let tag = newest(NIGHTLY, "accepted");
    let said = demo(&["promote", &tag, "--to", "4-scos-next", "--plan", "-o", "json"]).ends(3, &["`alone` blocks"]);
    let plan = said.json();
    for key in ["id", "from", "to", "name", "digest", "gates", "calls"] {
        assert!(!plan[key].is_null(), "no {key}: {plan}");
    }
    assert_eq!((plan["from"].as_str(), plan["to"].as_str()), (Some(&*tag), Some("4-scos-next")));
    assert!(plan["digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:") && digest.len() == 71));
    let gates = plan["gates"].as_array().expect("gates are a list");
    let ids: Vec<&str> = gates.iter().filter_map(|gate| gate["id"].as_str()).collect();
    let mut sorted = (ids.clone(), GATES.to_vec());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    assert_eq!(sorted.0, sorted.1);
    for gate in gates {
        for key in ["id", "verdict", "severity", "evidence"] {
            assert!(gate[key].is_string(), "no {key}: {gate}");
        }
        assert!(gate["verdict"] == "n/a" || gate["checked"].is_string(), "{gate}");
    }
    demo(&["promote", &tag, "--to", "nowhere", "--plan"]).ends(2, &["nowhere"]);
}

/// A world in another process, and the config by which weir finds it.
struct Served {
    server: Server,
    config: PathBuf,
}

impl Served {
    fn start() -> Served {
        let server = Server::start("typical");
        let given = Path::new(&server.kubeconfig).with_file_name("config.toml");
        let begun = Instant::now();
        let text = loop {
            match fs::read_to_string(&given) {
                Ok(text) if text.contains("[[channel]]") => break text,
                _ => assert!(begun.elapsed() < PATIENCE, "the world writes its config"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let other = |line: &str| match line.split_once(" = ") {
            Some((key @ ("promoter" | "clean-up"), _)) => format!("{key} = \"{SUSPENDED}\""),
            _ => line.to_string(),
        };
        let text: Vec<String> = text.lines().map(other).collect();
        assert!(text.iter().any(|line| line.contains(SUSPENDED)), "the channels name their CronJobs");
        let config = server.home.path().join("world.toml");
        fs::write(&config, text.join("\n")).expect("a new home can be written");
        Served { server, config }
    }

    /// Begins a verb whose run takes longer than a verb may.
    fn begin(&self, arguments: &[&str]) -> std::process::Child {
        let mut command = self.server.home.command(WEIR);
        command.arg("--config").arg(&self.config).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("weir can be started")
    }

    fn told(&self, arguments: &[&str]) -> Told {
        let mut command = self.server.home.command(WEIR);
        command.arg("--config").arg(&self.config).args(arguments);
        finished(command)
    }

    fn screens(&self) -> Screens {
        let config = self.config.display().to_string();
        Screens::at(clean_home(), &["--config", &config], |launch| launch)
    }

    fn runs(&self) -> Vec<String> {
        let rows = self.told(&["runs", "-o", "json"]).list();
        rows.iter()
            .filter_map(|row| row["name"].as_str().map(str::to_string))
            .filter(|name| name.contains(NAME))
            .collect()
    }

    fn newest(&self) -> String {
        let rows = self.told(&["releases", SOURCE, "-o", "json"]).list();
        rows.iter()
            .find(|row| row["phase"] == "accepted")
            .and_then(|row| row["name"].as_str())
            .expect("one")
            .to_string()
    }
}

#[test]
fn the_typed_name_and_enter_promote_and_the_ledger_knows_it() {
    let served = Served::start();
    let mut weir = served.screens();
    weir.see_all(&["NEEDS YOU", "releases ✓"]);
    weir.go("L", SOURCE);
    weir.go("j", &format!("▌ {SOURCE}"));
    weir.go("P", "GATES");
    let screen = complete(&weir);
    assert!(screen.contains("0 block · 0 unknown") && screen.contains(&format!("Type {NAME} to promote:")), "{screen}");
    // Another name sends nothing.
    weir.press("5.0.0-okd-scos.2");
    weir.go(key::ENTER, "not the same");
    assert_eq!(served.runs(), Vec::<String>::new());
    assert!(!weir.home.state().join("weir/journal.jsonl").exists(), "nothing was sent, so nothing is written");
    weir.press(key::BACKSPACE);
    weir.press("1");
    weir.see_when("the name", |screen| screen.contains(&format!("to promote: {NAME}")));
    // The yes: one key after the name.
    weir.press(key::ENTER);
    weir.see_all(&["CHECKS", "RUN"]);
    assert_eq!(served.runs().len(), 1);
    // The run's steps take as long as they do.
    let good = |screen: &str| {
        ["run", "mirrored", "pullable", "github", "channel"]
            .iter()
            .all(|check| screen.lines().any(|line| line.contains("✓ good") && line.contains(check)))
    };
    weir.pty.wait_until("the run's good end", PATIENCE * 4, good).unwrap_or_else(|why| panic!("{why}"));
    weir.see_all(&["PUBLIC ALREADY", "quay.io/okd/scos-release:5.0.0-okd-scos.1", "✓ promoted"]);
    weir.command("ledger", "weir › Ledger");
    weir.see_when("the promotion in the ledger", |screen| {
        screen.lines().any(|line| line.contains(CHANNEL) && line.contains(NAME))
    });
    weir.see_when("who did it", |screen| {
        screen.lines().any(|line| line.trim_start().starts_with("who") && line.contains("admin"))
    });
    weir.go("J", "promote");
    weir.quit();
}

#[test]
fn a_verb_sends_exactly_the_plan_that_was_seen_or_nothing() {
    let served = Served::start();
    let tag = served.newest();
    let said = served.told(&["promote", &tag, "--to", CHANNEL, "--plan", "-o", "json"]).ends(0, &["nothing was sent"]);
    let plan = said.json();
    let id = plan["id"].as_str().expect("a plan has an id").to_string();
    assert_eq!(plan["name"], NAME);
    let confirmed =
        |name: &str, id: &str| served.told(&["promote", &tag, "--to", CHANNEL, "--confirm", name, "--plan-id", id]);
    confirmed(NAME, "000000000000").ends(3, &["000000000000", "nothing was sent"]);
    confirmed("5.0.0-okd-scos.2", &id).ends(3, &["--confirm says `5.0.0-okd-scos.2`"]);
    assert_eq!(served.runs(), Vec::<String>::new());
    let mut sent = served.begin(&["promote", &tag, "--to", CHANNEL, "--confirm", NAME, "--plan-id", &id]);
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = sent.try_wait().expect("a child can be waited for") {
            break status;
        }
        assert!(begun.elapsed() < PATIENCE * 4, "the run does not end");
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(status.code(), Some(0), "the run and its checks are good");
    assert_eq!(served.runs().len(), 1);
    // The same plan again is no second run.
    let again = confirmed(NAME, &id);
    assert_eq!(again.code, 3, "{again:?}");
    assert_eq!(served.runs().len(), 1);
    let ledger = served.told(&["ledger", "-o", "json"]).list();
    let row = ledger.iter().find(|row| row["name"] == NAME).unwrap_or_else(|| panic!("not in it: {ledger:?}"));
    assert_eq!(row["channel"], CHANNEL);
    assert!(row["who"].to_string().contains("admin"), "{row}");
    let journal: Vec<Value> = served.told(&["journal", "-o", "json"]).list();
    assert!(journal.iter().all(|entry| entry["plan_id"].is_null() || entry["plan_id"] == id.as_str()), "{journal:?}");
}
