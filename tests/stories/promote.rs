//! Stories of a promotion: planning, its gates, the yes, and the checklist of what was sent.

use crate::golden;
use crate::world::*;
use weir_domain::{
    Answer, Command, Failure, FailureKind, GateId, Loaded, News, Plan, PlanRequest, Query, Receipt, RunId, Verdict,
    Watch, Way,
};
use weir_frames::Story;
use weir_ui::{Effect, Message, PromoteFrom, Route, Settings};

/// From the overview: the row of the 4.22 nightly stream, then P.
fn asked(size: (u16, u16)) -> Story {
    asked_in(typical(size))
}

fn asked_in(mut story: Story) -> Story {
    story.press("/").type_text("4.22.0-0").press("Enter G");
    story.effects();
    // Any key takes away what the footer says of the newest release.
    story.press("P Ctrl-L");
    story
}

pub(crate) fn fetched(story: &mut Story) -> Option<PlanRequest> {
    story.effects().into_iter().find_map(|effect| match effect {
        Effect::Fetch(Query::Plan(request)) => Some(request),
        _ => None,
    })
}

fn planned(mut story: Story, plan: Plan) -> Story {
    let request = fetched(&mut story).expect("a plan was asked for");
    answer(&mut story, request, plan);
    story
}

fn answer(story: &mut Story, request: PlanRequest, mut plan: Plan) {
    plan.request = request.clone();
    story.tell(Message::Answered(Query::Plan(request), Ok(Answer::Plan(Box::new(plan)))));
}

fn open(size: (u16, u16), plan: Plan) -> Story {
    planned(asked(size), plan)
}

fn sent(story: &mut Story) -> Option<Box<Plan>> {
    story.effects().into_iter().find_map(|effect| match effect {
        Effect::Execute(confirmed) => match confirmed.command() {
            Command::Promote(plan) => Some(plan.clone()),
            _ => None,
        },
        _ => None,
    })
}

fn confirmed(size: (u16, u16)) -> (Story, Box<Plan>) {
    let mut story = open(size, plan());
    story.type_text(NEW_NAME).press("Enter");
    let plan = sent(&mut story).expect("the plan was sent");
    (story, plan)
}

pub(crate) fn running(size: (u16, u16)) -> Story {
    let (mut story, plan) = confirmed(size);
    let receipt = Receipt { run: plan.object.clone(), uid: "u".into(), words: format!("created {}", plan.object.name) };
    story.tell(Message::Done(Command::Promote(plan), Ok(receipt)));
    story
}

/// All that is on screen as one line, so that a sentence is found wherever it is broken.
pub(crate) fn flat(story: &Story) -> String {
    let lines = story.frame().lines();
    let words = lines.iter().flat_map(|line| line.split(' ')).filter(|word| !word.is_empty() && !"│▌".contains(*word));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn from_the_overview_to_the_plan_it_is_one_key_on_the_streams_row() {
    let mut story = typical(SMALL);
    story.press("/").type_text("4.22.0-0").press("Enter G");
    story.effects();
    story.press("P");
    let request = fetched(&mut story).expect("a plan was asked for");
    assert_eq!(request, plan_request());
    assert_eq!(*story.route(), Route::Promote(PromoteFrom::Plan(request)));
    let mut channel = typical(SMALL);
    channel.press("/").type_text("4-scos-next").press("Enter G");
    channel.effects();
    channel.press("P");
    assert_eq!(fetched(&mut channel), Some(plan_request()));
    let mut list = typical(SMALL);
    list.press("L j");
    list.effects();
    list.press("P");
    assert_eq!(fetched(&mut list), Some(plan_request()));
}

#[test]
fn while_it_is_planned_every_gate_waits_and_it_says_who_is_asked() {
    let story = asked(SMALL);
    golden("promote__planning", &story);
    assert!(flat(&story).contains("asking the release-controller"));
    assert!(flat(&story).contains("○ name-free"));
}

#[test]
fn a_plan_that_goes_asks_for_the_new_name_and_nothing_else_sends_it() {
    for (size, name) in [(SMALL, "promote__goes"), (WIDE, "promote__goes_wide"), ((60, 20), "promote__goes_small")] {
        golden(name, &open(size, plan()));
    }
    let mut story = open(SMALL, plan());
    assert!(flat(&story).contains("Type 4.22.0-okd-scos.ec.7 to promote:"), "{}", story.frame().text());
    assert!(flat(&story).contains(PLAN_ID) && flat(&story).contains("15 pass"));
    assert!(story.model().asks() && story.frame().cursor().is_some());
    story.type_text("4.22.0-okd-scos.ec.8").press("Enter");
    assert_eq!(sent(&mut story), None);
    golden("promote__another_name", &story);
    assert!(flat(&story).contains("not the same"), "{}", story.frame().text());
    story.press("Backspace").type_text("7").press("Enter");
    assert_eq!(sent(&mut story).map(|plan| plan.id), Some(PLAN_ID.into()));
    assert!(flat(&story).contains("sending…"), "{}", story.frame().text());
    story.type_text(NEW_NAME).press("Enter Enter");
    assert_eq!(sent(&mut story), None);
    assert!(!story.frame().shows("┌"), "a second Enter opens nothing: {}", story.frame().text());
}

#[test]
fn the_same_in_ascii() {
    let settings = Settings { ascii: true, demo: true, channels: channels(), ..Settings::default() };
    golden("promote__ascii", &planned(asked_in(in_settings(settings, SMALL)), blocked_plan()));
}

#[test]
fn what_blocks_stands_first_with_its_evidence_and_nothing_can_be_sent() {
    for (size, name) in
        [(SMALL, "promote__blocked"), (WIDE, "promote__blocked_wide"), ((60, 20), "promote__blocked_small")]
    {
        let mut story = open(size, blocked_plan());
        golden(name, &story);
        assert!(flat(&story).contains("blocked by jobs, name-free: nothing can be sent."), "{}", story.frame().text());
        assert!(flat(&story).contains("made from another release") || size.0 < 80);
        assert!(!story.model().asks());
        story.type_text(NEW_NAME).press("Enter");
        assert_eq!(sent(&mut story), None);
    }
}

#[test]
fn with_every_gate_blocking_each_is_in_sight() {
    let mut plan = plan();
    for gate in &mut plan.gates {
        gate.verdict = Verdict::Unknown;
        gate.evidence =
            "it cannot be read: connection refused (origin-release.ci.openshift.org:443), tried three times".into();
    }
    plan.calls.clear();
    plan.diff = Err("the payload cannot be read: connection refused".into());
    let story = open(SMALL, plan);
    golden("promote__unknown_gates", &story);
    for id in GateId::ALL.into_iter().filter(|id| id.severity(Way::Pinned) != weir_domain::Severity::Warn) {
        assert!(flat(&story).contains(id.key()), "{id}: {}", story.frame().text());
    }
    assert!(flat(&story).contains("nothing can be sent"));
}

#[test]
fn a_pipeline_that_is_not_as_known_blocks_and_no_reason_helps() {
    let mut plan = plan();
    plan.obstacles = vec!["the Pipeline has a task `announce` that weir does not know".into()];
    plan.calls.clear();
    let mut story = open(SMALL, plan);
    golden("promote__obstacle", &story);
    assert!(flat(&story).contains("a task `announce`"), "{}", story.frame().text());
    story.type_text(NEW_NAME).press("Enter");
    assert_eq!(sent(&mut story), None);
}

#[test]
fn warnings_do_not_keep_it_from_going() {
    let plan = with_gate(
        plan(),
        GateId::Jobs,
        Verdict::Warn,
        "2 blocking succeeded; informing failed: vsphere",
        &["vsphere failed in the last 10 of 10"],
    );
    let mut story = open(SMALL, plan);
    golden("promote__warn", &story);
    assert!(flat(&story).contains("1 warn") && flat(&story).contains("informing failed: vsphere"));
    story.type_text(NEW_NAME).press("Enter");
    assert!(sent(&mut story).is_some());
}

#[test]
fn a_gate_is_waived_with_a_typed_reason_that_goes_into_the_next_plan() {
    let mut story = open(SMALL, blocked_plan());
    story.press("Enter");
    golden("promote__gate", &story);
    assert!(flat(&story).contains("aws-upgrade failed 3 times"), "{}", story.frame().text());
    story.press("Enter");
    assert_eq!(fetched(&mut story), None, "no reason, no waiver");
    story.press("x");
    assert!(flat(&story).contains("waive"), "{}", story.frame().text());
    story.press("Esc Enter").type_text("aws is broken for everybody, OKD-311").press("Enter");
    let request = fetched(&mut story).expect("planned again");
    assert_eq!(request.waivers, [(GateId::Jobs, "aws is broken for everybody, OKD-311".to_string())]);
    answer(&mut story, request, waived_plan("aws is broken for everybody, OKD-311"));
    golden("promote__waived", &story);
    assert!(flat(&story).contains("1 waived"), "{}", story.frame().text());
    assert!(flat(&story).contains("waived: aws is broken"));
    story.press("Enter Ctrl-U Enter");
    assert_eq!(fetched(&mut story).map(|request| request.waivers), Some(Vec::new()), "the waiver is taken back");
}

#[test]
fn a_reason_is_typed_on_its_line_and_goes_into_the_next_plan() {
    for (size, name) in [(SMALL, "promote__reason"), (WIDE, "promote__reason_wide")] {
        let mut story = open(size, plan());
        story.press("Tab").type_text("4.22 for the summit");
        golden(name, &story);
    }
    let mut story = open(SMALL, plan());
    story.press("Tab Enter");
    assert_eq!(fetched(&mut story), None, "no reason, no other plan");
    story.press("Tab").type_text("4.22 for the summit").press("Enter");
    let request = fetched(&mut story).expect("planned again");
    assert_eq!(request.reason.as_deref(), Some("4.22 for the summit"));
    answer(&mut story, request, plan());
    assert!(flat(&story).contains("reason 4.22 for the summit"), "{}", story.frame().text());
    story.type_text(NEW_NAME).press("Enter");
    assert_eq!(sent(&mut story).and_then(|plan| plan.reason()).as_deref(), Some("4.22 for the summit"));

    let mut story = open((50, 16), plan());
    story.press("Tab");
    assert!(flat(&story).contains("and the journal; a new plan is made."), "{}", story.frame().text());

    let mut story = open(SMALL, plan());
    story.press("Tab").type_text("a mistake").press("Enter");
    let request = fetched(&mut story).expect("planned again");
    answer(&mut story, request, plan());
    story.press("Esc G Enter Ctrl-U Enter");
    assert_eq!(fetched(&mut story).map(|request| request.reason), Some(None), "it is taken back");
}

#[test]
fn what_is_never_waived_says_so() {
    let mut story = open(SMALL, blocked_plan());
    story.press("j Enter");
    golden("promote__gate_absolute", &story);
    assert!(flat(&story).contains("it can never be waived"), "{}", story.frame().text());
    story.type_text("please").press("Enter");
    assert_eq!(fetched(&mut story), None);
}

#[test]
fn a_gate_is_told_whole_on_a_narrow_screen() {
    let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
    let mut plan = blocked_plan();
    let gate = plan.gates.iter_mut().find(|gate| gate.verdict == Verdict::Block).expect("a blocked gate");
    gate.evidence =
        "aws-upgrade failed 3 times, and the last of its attempts ended 3h ago after it had waited 40m for a cluster"
            .into();
    let evidence = words(&gate.evidence);
    let mut story = open((60, 16), plan);
    story.press("g Enter");
    golden("promote__gate_small", &story);
    let mut seen = Vec::new();
    for _ in 0..12 {
        let lines = story.frame().lines();
        let inside = lines.iter().filter_map(|line| line.split_once('│')?.1.rsplit_once('│'));
        seen.push(words(&inside.map(|(text, _)| text).collect::<Vec<_>>().join(" ")));
        story.press("Down");
    }
    let whole = |said: &[String]| seen.iter().any(|words| words.windows(said.len()).any(|window| window == said));
    assert!(whole(&evidence), "{}", story.frame().text());
    let explained = "Say why it may pass all the same. The reason goes into the plan, its id and the journal;";
    assert!(whole(&words(explained)), "{}", story.frame().text());
}

#[test]
fn the_exact_calls_and_the_pipelines_difference_can_be_read() {
    let mut story = open(SMALL, plan());
    story.press("Esc y");
    golden("promote__calls", &story);
    assert!(
        flat(&story).contains("POST /apis/tekton.dev/v1/namespaces/okd-coreos/pipelineruns"),
        "{}",
        story.frame().text()
    );
    story.press("Esc D");
    golden("promote__pipeline", &story);
    assert!(story.frame().shows("-   - name: pick-release"), "{}", story.frame().text());
    assert!(flat(&story).contains("lines the same"));
    story.press("Esc Tab").type_text("4.22");
    assert!(flat(&story).contains("promote: 4.22"), "{}", story.frame().text());
}

#[test]
fn a_plan_that_cannot_be_made_says_why() {
    let mut story = asked(SMALL);
    let request = fetched(&mut story).expect("asked");
    let failure = Failure::new(
        FailureKind::Offline,
        "cannot plan 4-scos-next",
        "the release-controller does not answer: connection refused",
        "it is asked again on Ctrl-R",
    );
    story.tell(Message::Answered(Query::Plan(request), Err(failure)));
    golden("promote__failed", &story);
    assert!(flat(&story).contains("connection refused") && flat(&story).contains("Ctrl-R asks again"));
    story.press("Ctrl-R");
    assert!(fetched(&mut story).is_some());
}

#[test]
fn the_last_plan_stays_readable_when_the_next_one_fails_and_cannot_be_sent() {
    let mut story = open(SMALL, plan());
    story.type_text(NEW_NAME).press("Ctrl-R");
    let request = fetched(&mut story).expect("planned again");
    assert!(flat(&story).contains("✓ signature"), "{}", story.frame().text());
    story.tell(Message::Answered(Query::Plan(request), Err(offline())));
    golden("promote__again_failed", &story);
    assert!(flat(&story).contains("✓ signature") && flat(&story).contains("Nothing can be sent without a plan"));
    story.type_text(NEW_NAME).press("Enter");
    assert_eq!(sent(&mut story), None);
}

#[test]
fn a_plan_of_before_is_not_taken_for_the_answer() {
    let mut story = open(SMALL, plan());
    story.press("Esc Esc P");
    assert!(fetched(&mut story).is_some());
    assert!(!story.model().asks() && flat(&story).contains("asking the release-controller"), "{}", flat(&story));
    story.type_text(NEW_NAME).press("Enter");
    assert_eq!(sent(&mut story), None);
}

#[test]
fn under_read_only_all_is_readable_and_the_prompt_says_why_there_is_none() {
    let settings = Settings { read_only: true, channels: channels(), ..Settings::default() };
    let mut story = planned(asked_in(in_settings(settings, SMALL)), plan());
    golden("promote__read_only", &story);
    assert!(flat(&story).contains("weir is read-only: nothing can be sent"), "{}", story.frame().text());
    story.type_text(NEW_NAME).press("Enter");
    assert_eq!(sent(&mut story), None);
}

#[test]
fn with_the_network_lost_the_plan_stays_and_the_yes_is_refused() {
    let mut story = open(SMALL, plan());
    story.news(losses());
    story.type_text(NEW_NAME).press("Enter");
    golden("promote__lost", &story);
    assert_eq!(sent(&mut story), None);
    assert!(flat(&story).contains("not sent: moc is not connected"), "{}", story.frame().text());
    story.news([News::Endpoints(endpoints())]).press("Enter");
    assert!(sent(&mut story).is_some(), "what was typed is still there");
}

#[test]
fn a_plan_that_does_not_hold_any_more_says_what_changed_and_is_made_again() {
    let (mut story, plan) = confirmed(SMALL);
    let failure = Failure::new(
        FailureKind::Conflict,
        "cannot promote okd-release-4-scos-next-4.22.0-okd-scos.ec.7",
        "the plan 3f2a9c01b7de does not hold any more: the next name is 4.22.0-okd-scos.ec.8 now, it was \
         4.22.0-okd-scos.ec.7; name-free: block now, it was pass: quay.io/okd/scos-release has 4.22.0-okd-scos.ec.7",
        "nothing was sent; the plan is 55d0a1b2c3d4 now, look again",
    );
    story.tell(Message::Done(Command::Promote(plan), Err(failure)));
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(30)));
    golden("promote__drift", &story);
    assert!(flat(&story).contains("the next name is 4.22.0-okd-scos.ec.8 now"), "{}", story.frame().text());
    story.type_text(NEW_NAME).press("Enter Esc");
    assert_eq!(sent(&mut story), None);
    story.press("Ctrl-R");
    assert!(fetched(&mut story).is_some());
}

#[test]
fn what_came_of_it_is_there_also_when_another_screen_was_up_meanwhile() {
    let (mut story, plan) = confirmed(SMALL);
    story.press("L");
    let failure =
        Failure::new(FailureKind::Conflict, "cannot promote it", "the Pipeline is another one now", "look again");
    story.tell(Message::Done(Command::Promote(plan), Err(failure)));
    story.press("Esc");
    assert!(flat(&story).contains("the Pipeline is another one now"), "{}", flat(&story));
    story.press("Ctrl-R");
    assert!(fetched(&mut story).is_some());
    let (mut story, sent) = confirmed(SMALL);
    story.press("L");
    let mut record = sent.record();
    record.id = sent.id.clone();
    let line = |outcome, answer: &str| weir_domain::journal::Entry {
        plan: Some(Box::new(record.clone())),
        ..entry("p1", 10, outcome, "promote", &sent.object.name, answer)
    };
    use weir_domain::journal::Outcome;
    let lines = vec![line(Outcome::Sending, ""), line(Outcome::Unknown, "the connection was lost")];
    story.news([News::Journal(Loaded::Known(lines))]).press("Esc");
    assert!(flat(&story).contains("outcome unknown"), "{}", flat(&story));
}

#[test]
fn an_answer_that_was_lost_is_unknown_and_nothing_is_sent_twice() {
    let (mut story, plan) = confirmed(SMALL);
    let failure = Failure::new(
        FailureKind::Unknown,
        "whether 4.22.0-okd-scos.ec.7 was promoted is not known",
        "the connection was lost before an answer came, and there is no such run",
        "",
    );
    story.tell(Message::Done(Command::Promote(plan.clone()), Err(failure)));
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(30)));
    golden("promote__unknown", &story);
    for place in ["quay.io/okd/scos-release:4.22.0", "github.com/okd-project/okd", "release-scos-next:4.22.0"] {
        assert!(flat(&story).contains(place), "{place}: {}", story.frame().text());
    }
    assert!(!story.model().asks());
    assert!(story.watches().contains(&Watch::Promotion(plan.object.clone())));
    story.news([promotion_news(promotion())]);
    assert!(flat(&story).contains("CHECKS"), "found again by its name: {}", story.frame().text());
}

#[test]
fn where_the_newest_is_rejected_it_says_which_one_is_planned() {
    let mut story = typical(SMALL);
    story.press("/").type_text("4.22.0-0").press("Enter G P");
    assert!(flat(&story).contains("the newest is rejected: planning 2026-11-19-220144"), "{}", flat(&story));
}

#[test]
fn the_run_that_is_in_the_way_is_one_key_away_and_says_how_far_it_is() {
    let rival = RunId::new("moc", "okd-coreos", "okd-release-next-pipelinerun-5x7lm");
    let lines = [format!("{rival} promotes to 4-scos-next")];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let words = "okd-release-next-pipelinerun-5x7lm is not finished: it promotes to 4-scos-next";
    let mut story = open(SMALL, with_gate(plan(), GateId::Alone, Verdict::Block, words, &lines));
    story.press("Enter");
    golden("promote__rival", &story);
    assert!(flat(&story).contains("3 of 9 tasks done"), "{}", flat(&story));
    story.press("Enter");
    assert_eq!(*story.route(), Route::Run(rival));
}

/// The same plan in another way: what does not apply says so, no Pipeline runs.
fn other_way(way: Way, object: RunId, method: &'static str, digest: u64) -> Plan {
    let mut plan = plan();
    plan.way = way;
    plan.channel.way = way;
    plan.object = object;
    plan.digest = Some(crate::world::digest(digest));
    plan.pipeline_diff.clear();
    plan.calls[0].method = method;
    for gate in plan.gates.iter_mut().filter(|gate| !gate.id.applies(way)) {
        gate.verdict = Verdict::NotApplicable;
    }
    plan.follows = match way {
        Way::RegistryTag => vec!["a registry cannot exclude two promoters; the tag is read back".into()],
        _ => vec!["the ImageStream imports that digest; its other tags are not touched".into()],
    };
    plan
}

#[test]
fn the_other_ways_say_what_they_would_make_and_are_sent_by_the_same_yes() {
    let tag = other_way(Way::RegistryTag, RunId::new("quay.io", "okd/scos-release", NEW_NAME), "PUT", 78);
    let mut story = open(SMALL, tag);
    golden("promote__registry_tag", &story);
    assert!(flat(&story).contains("tag quay.io/okd/scos-release:4.22.0-okd-scos.ec.7 as sha256:"), "{}", flat(&story));
    story.type_text(NEW_NAME).press("Enter");
    assert!(sent(&mut story).is_some(), "a registry is no endpoint, and needs none");
    let object = RunId::new("app.ci", "origin", format!("release-scos-next:{NEW_NAME}"));
    let mut story = open(SMALL, other_way(Way::ImagestreamTag, object, "POST", 79));
    assert!(
        flat(&story).contains("create ImageStreamTag release-scos-next:4.22.0-okd-scos.ec.7 in origin on app.ci"),
        "{}",
        flat(&story)
    );
    story.press("Esc D");
    assert!(flat(&story).contains("no Pipeline runs"), "{}", flat(&story));
}

#[test]
fn a_stream_that_feeds_no_channel_says_what_to_do() {
    let mut settings = Settings { channels: channels(), ..Settings::default() };
    settings.channels.retain(|channel| channel.name.as_str() != "4-scos-next");
    let mut story = in_settings(settings, WIDE);
    story.press("/").type_text("4.22.0-0").press("Enter G P");
    assert!(
        flat(&story).contains("no channel of the config has this stream among its `sources`"),
        "{}",
        story.frame().text()
    );
    assert_eq!(*story.route(), Route::Overview);
}

#[test]
fn several_channels_are_chosen_by_a_digit() {
    let mut settings = Settings { channels: channels(), ..Settings::default() };
    settings.channels[1].sources.push(STREAM.into());
    let mut story = in_settings(settings, SMALL);
    story.press("/").type_text("4.22.0-0").press("Enter G P");
    golden("promote__channels", &story);
    story.effects();
    story.press("2");
    assert_eq!(fetched(&mut story).map(|request| request.channel), Some("4-scos-stable".into()));
}

#[test]
fn where_nothing_can_be_promoted_the_command_leads_to_the_releases() {
    let mut story = typical(SMALL);
    story.press("H").command("promote");
    assert_eq!(*story.route(), Route::Releases);
    assert!(flat(&story).contains("choose a release first"), "{}", story.frame().text());
}
