//! What holds for any keys and any news: nothing panics at any size, nothing is sent without a yes, and an action hits the
//! run that was under the cursor.

use proptest::prelude::*;
use weir_domain::{Change, ClusterName, Command, News, RunId, Status};
use weir_frames::Story;
use weir_frames::world::*;
use weir_ui::{Effect, Input, Key, KeyCode, Message, Mouse, Route};

/// Any key, those that mean something more often.
fn key() -> impl Strategy<Value = Key> {
    let named = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Enter,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::F(5),
    ]);
    let known =
        prop::sample::select("jkgGqQ/nN&S=DcYyoErLJHlsRXPPxfwtaze?:[]0123456789 m-!äé日".chars().collect::<Vec<_>>());
    prop_oneof![
        3 => named.prop_map(Key::plain),
        6 => known.prop_map(Key::char),
        1 => prop::sample::select(vec!['d', 'u', 'f', 'b', 'p', 'r', 'l', 's', 'c', 'z', 'w', 'a', 'e', 'k']).prop_map(Key::ctrl),
        1 => any::<char>().prop_map(Key::char),
    ]
}

#[derive(Clone, Debug)]
enum Happening {
    Key(Key),
    Size(u16, u16),
    News(u8),
    Paste(String),
    /// The new name of the plan, as a hand that has promoted before would type it.
    Name,
    Wheel(bool),
    Second,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        20 => key().prop_map(Happening::Key),
        1 => (1u16..170, 1u16..60).prop_map(|(w, h)| Happening::Size(w, h)),
        1 => (1u16..12, 1u16..8).prop_map(|(w, h)| Happening::Size(w, h)),
        3 => (0u8..8).prop_map(Happening::News),
        1 => "[ -~\n日]{0,12}".prop_map(Happening::Paste),
        2 => Just(Happening::Name),
        1 => any::<bool>().prop_map(Happening::Wheel),
        1 => Just(Happening::Second),
    ]
}

fn news(number: u8) -> Vec<News> {
    let moc = ClusterName::new("moc");
    match number {
        0 => vec![detail_news(failed_detail())],
        1 => vec![detail_news(running_detail()), detail_news(pending_detail()), detail_news(green_detail())],
        2 => log_news(),
        3 => losses(),
        4 => vec![News::Endpoints(endpoints()), release_news(release_detail()), release_news(promoted_detail())],
        5 => listed(runs()),
        6 => vec![News::Runs(moc, None, Change::Remove(vec![id(RUNNING), id(FAILED)]))],
        _ => {
            let mut ended = runs().remove(0);
            ended.status = Status::Ok;
            ended.finished = Some(now());
            vec![News::Runs(moc, None, Change::Upsert(vec![(ended.id.clone(), ended)]))]
        }
    }
}

/// Answers what was asked, as a client would, so that the deeper states are reached.
fn answer(story: &mut Story, effects: Vec<Effect>) {
    use weir_domain::{Answer, Query};
    for effect in effects {
        let Effect::Fetch(query) = effect else { continue };
        let answer = match &query {
            Query::Rights(..) => Ok(Answer::Rights(all_rights())),
            Query::Object(run) => {
                let found = runs().into_iter().find(|known| known.id == *run);
                found.map(|run| Answer::Object(Box::new(object(&run)))).ok_or_else(offline)
            }
            Query::Pipeline(wanted) => {
                let found = pipelines().into_iter().find(|pipeline| pipeline.id == *wanted);
                found.map(|pipeline| Answer::Pipeline(Box::new(pipeline))).ok_or_else(offline)
            }
            Query::Check(_) => Ok(Answer::Check(Box::new(weir_domain::query::Checked {
                dry_run: Some(Ok(())),
                millis: 240,
                ..Default::default()
            }))),
            Query::Connect(_) | Query::Reach(_) => Ok(Answer::Connected),
            Query::Plan(request) => Ok(Answer::Plan(Box::new(plan_of(request.clone())))),
            Query::Ledger => Ok(Answer::Ledger(ledger(), Vec::new())),
            Query::Payload(wanted) => {
                let made = if wanted.tag.as_deref() == Some(BEFORE) { earlier_payload() } else { payload() };
                Ok(Answer::Payload(Box::new(weir_domain::Payload { image: wanted.clone(), ..made })))
            }
            Query::Signed(_) => Ok(Answer::Signed(Box::new(signed()))),
            Query::Weights(_) => Ok(Answer::Weights(weights())),
            Query::Changelog { .. } => Ok(Answer::Changelog(Box::new(changelog()))),
        };
        story.tell(Message::Answered(query, answer));
    }
}

fn happen(story: &mut Story, happening: &Happening, second: &mut i64) {
    match happening {
        Happening::Key(key) => {
            story.key(*key);
        }
        Happening::Size(width, height) => {
            story.resize(*width, *height);
        }
        Happening::News(number) => {
            story.news(news(*number));
        }
        Happening::Paste(text) => {
            story.tell(Message::Input(Input::Paste(text.clone())));
        }
        Happening::Name => {
            story.tell(Message::Input(Input::Paste(NEW_NAME.into())));
        }
        Happening::Wheel(up) => {
            story.tell(Message::Input(Input::Mouse(if *up { Mouse::WheelUp } else { Mouse::WheelDown })));
        }
        Happening::Second => {
            *second += 7;
            story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(*second)));
        }
    }
}

fn executes(effect: &Effect) -> bool {
    matches!(effect, Effect::Execute(_) | Effect::SaveLogThen(..))
}

/// The endpoints, all of them in production: any change asks for the object's name.
fn in_production(size: (u16, u16)) -> Story {
    let mut story = typical(size);
    let mut endpoints = endpoints();
    endpoints.iter_mut().for_each(|endpoint| endpoint.production = true);
    story.news([News::Endpoints(endpoints)]);
    story.effects();
    story
}

/// The rejected nightly, over which may be decided.
fn decidable() -> News {
    use weir_domain::release::detail::Insight;
    let mut detail = release_detail();
    if let Insight::Object(object) = &mut detail.insight {
        object.may_decide = Some(true);
    }
    release_news(detail)
}

/// Where a random walk begins, so that dialogs are often near.
fn begin(story: &mut Story, start: usize) {
    match start {
        0 => &mut *story,
        1 => story.press("r"),
        2 => story.press("r j").news([detail_news(running_detail())]).press("Enter"),
        3 => story.press("r").news([detail_news(running_detail()), detail_news(pending_detail())]).press("X"),
        4 => story.press("r R"),
        5 => story.news([detail_news(failed_detail())]).news(log_news()).press("r l"),
        6 => story.press("r G x G"),
        7 => story.command("pipelines"),
        8 => story.press("g Enter").news([release_news(release_detail())]),
        9 => story.press("g Enter").news([release_news(release_detail())]).press("Tab"),
        10 => story.press("g Enter").news([release_news(release_detail())]).press("D"),
        11 => story.press("/").type_text("4.22.0-0").press("Enter G P"),
        12 => story.command("ledger"),
        13 => story.press("g Enter").news([decidable()]).command("accept"),
        _ => story.press("L"),
    };
    let effects = story.effects();
    answer(story, effects);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_keys_at_any_size_neither_panic_nor_send_without_a_yes(
        width in 1u16..170, height in 1u16..60, start in 0usize..15, walk in prop::collection::vec(happening(), 0..70),
    ) {
        let mut story = typical((width, height));
        begin(&mut story, start);
        let mut second = 0;
        for happening in &walk {
            let asked = story.model().asks();
            happen(&mut story, happening, &mut second);
            let effects = story.effects();
            if effects.iter().any(executes) {
                prop_assert!(asked, "sent without a dialog: {effects:?}");
                let enter = matches!(happening, Happening::Key(Key { code: KeyCode::Enter, .. }));
                prop_assert!(enter, "sent by {happening:?}");
            }
            answer(&mut story, effects);
            let frame = story.frame();
            let size = story.model().size();
            prop_assert_eq!(frame.size(), size);
            for line in frame.lines() {
                prop_assert!(unicode_width::UnicodeWidthStr::width(&*line) <= usize::from(size.0), "{}", line);
            }
        }
    }

    #[test]
    fn in_production_no_keys_send_anything_unless_the_name_is_typed(
        start in 0usize..15, walk in prop::collection::vec(happening(), 0..70),
    ) {
        let mut story = in_production(SMALL);
        begin(&mut story, start);
        let mut second = 0;
        for happening in walk.iter().filter(|happening| !matches!(happening, Happening::News(4) | Happening::Name)) {
            happen(&mut story, happening, &mut second);
            let effects = story.effects();
            prop_assert!(!effects.iter().any(executes), "{effects:?}");
            answer(&mut story, effects);
        }
    }

    #[test]
    fn an_action_hits_the_run_that_was_under_the_cursor(
        down in 0usize..12, sorts in 0usize..7, news in prop::collection::vec((0usize..14, 0usize..6, 0i64..100_000), 0..12),
    ) {
        const STATUSES: [Status; 5] = [Status::Running, Status::Pending, Status::Failed, Status::Ok, Status::Cancelled];
        let mut story = typical(SMALL);
        story.press("r");
        for _ in 0..sorts {
            story.press("S");
        }
        for _ in 0..down {
            story.press("j");
        }
        story.effects();
        story.press("c");
        let name = copied(&mut story).expect("a run is selected");
        let mut gone = false;
        for (which, status, created) in news {
            let known = runs();
            let (id, change) = match (known.get(which), STATUSES.get(status)) {
                (Some(run), Some(status)) => {
                    let mut run = run.clone();
                    run.status = *status;
                    run.created = Some(ago(created));
                    (run.id.clone(), Change::Upsert(vec![(run.id.clone(), run)]))
                }
                (Some(run), None) => (run.id.clone(), Change::Remove(vec![run.id.clone()])),
                (None, _) => {
                    let run = timed(run(&format!("new-{which}-{created}"), "okd-coreos", Status::Running, &[]), created, None);
                    (run.id.clone(), Change::Upsert(vec![(run.id.clone(), run)]))
                }
            };
            gone = gone || *id.name == *name && matches!(change, Change::Remove(_));
            let part = (id.cluster.as_str() == "app.ci").then(|| id.namespace.clone());
            story.news([News::Runs(id.cluster.clone(), part, change)]);
        }
        story.effects();
        story.press("c");
        let hit = copied(&mut story);
        if gone {
            prop_assert!(hit.is_none() || hit == Some(name.clone()), "{hit:?} for a run that is gone");
            return Ok(());
        }
        prop_assert_eq!(hit, Some(name.clone()));
        story.press("Enter");
        match story.route() {
            Route::Run(id) => prop_assert_eq!(&*id.name, &*name),
            route => prop_assert!(false, "{:?}", route),
        }
    }
}

fn copied(story: &mut Story) -> Option<String> {
    story.effects().into_iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text),
        _ => None,
    })
}

#[test]
fn a_walk_can_promote_so_that_the_property_says_something_about_it() {
    let mut story = typical(SMALL);
    begin(&mut story, 11);
    assert!(story.model().asks());
    happen(&mut story, &Happening::Name, &mut 0);
    assert!(!story.effects().iter().any(executes), "the name alone sends nothing");
    story.press("Enter");
    assert!(story.effects().iter().any(executes));
    assert!(!story.model().asks());
}

#[test]
fn a_delete_is_sent_for_the_run_that_was_selected_when_its_dialog_opened() {
    let mut story = typical(SMALL);
    story.press("r G");
    story.effects();
    story.press("c");
    let name = copied(&mut story).expect("a run is selected");
    story.press("x G Enter");
    story.news([News::Runs(ClusterName::new("moc"), None, Change::Remove(vec![id(RUNNING), id(PENDING)]))]);
    story.press("Enter");
    let sent: Vec<RunId> = story
        .effects()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Execute(confirmed) => match confirmed.command() {
                Command::Delete { run, .. } => Some(run.clone()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(sent.iter().map(|run| run.name.to_string()).collect::<Vec<_>>(), vec![name]);
}

#[test]
fn quitting_with_an_unfinished_command_asks_once() {
    let mut story = typical(SMALL);
    story.press("r G x G Enter Enter");
    story.effects();
    story.press("q q");
    assert!(story.effects().is_empty());
    assert!(story.frame().shows("Quit now?"), "{}", story.frame().text());
    story.press("Enter");
    assert_eq!(story.effects(), vec![Effect::Quit]);
}

#[test]
fn what_is_left_stays_live_for_a_minute_and_then_closes() {
    let mut story = typical(SMALL);
    story.press("r Enter");
    let opened = weir_domain::Watch::Detail(match story.route() {
        Route::Run(id) => id.clone(),
        route => panic!("{route:?}"),
    });
    assert!(story.watches().contains(&opened));
    story.press("Esc");
    assert!(story.watches().contains(&opened));
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(59)));
    assert!(story.watches().contains(&opened));
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(61)));
    assert!(!story.watches().contains(&opened));
}

fn lines(log: &weir_domain::log::LogId, text: &str) -> News {
    let stamps = vec![0; text.lines().count()];
    let source = source(1, "cosa-build-baseos", "fetch-and-build-baseos");
    News::Log(log.clone(), weir_domain::log::LogNews::Lines { source, text: text.into(), stamps, hidden: 0 })
}

#[test]
fn a_log_that_was_left_is_read_again_from_its_start_and_no_line_stands_twice() {
    let mut story = typical(SMALL);
    story.press("r l");
    let Route::Log(log) = story.route().clone() else { panic!("{:?}", story.route()) };
    story.news([lines(&log, "one\ntwo")]);
    story.press("Esc");
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(61)));
    assert!(!story.watches().contains(&weir_domain::Watch::Log(log.clone())));
    story.press("l").news([lines(&log, "one\ntwo\nthree")]);
    let held = &story.model().world().logs[&log].log;
    assert_eq!(held.lines(), 3);
}

#[test]
fn a_log_that_has_ended_stays_and_needs_no_stream() {
    let mut story = typical(SMALL);
    story.press("r l");
    let Route::Log(log) = story.route().clone() else { panic!("{:?}", story.route()) };
    let complete = weir_domain::log::LogNews::Complete { status: Status::Ok };
    story.news([lines(&log, "one\ntwo"), News::Log(log.clone(), complete)]);
    assert!(!story.watches().contains(&weir_domain::Watch::Log(log.clone())));
    story.press("Esc");
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(600)));
    assert_eq!(story.model().world().logs[&log].log.lines(), 2);
}

#[test]
fn above_the_budget_the_logs_that_nobody_looks_at_are_forgotten() {
    let settings = weir_ui::Settings { log_budget: 64 << 10, ..weir_ui::Settings::default() };
    let mut story = in_settings(settings, SMALL);
    story.press("r");
    let noise = |seed: u64| -> String {
        let mut state = seed;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{state:016x}")
        };
        (0..2000).map(|_| word()).collect::<Vec<_>>().join("\n")
    };
    let mut seen = Vec::new();
    for seed in 0..4 {
        story.press("l");
        let Route::Log(log) = story.route().clone() else { panic!("{:?}", story.route()) };
        let complete = weir_domain::log::LogNews::Complete { status: Status::Ok };
        story.news([lines(&log, &noise(seed)), News::Log(log.clone(), complete)]);
        story.press("Esc j");
        seen.push(log);
    }
    story.tell(Message::Tick(now() + jiff::SignedDuration::from_secs(120)));
    let held: usize = story.model().world().logs.values().map(|slice| slice.log.held()).sum();
    assert!(held <= 64 << 10, "{held} bytes in {} logs", story.model().world().logs.len());
    assert!(story.model().world().logs.len() < seen.len());
}

#[test]
fn rights_are_asked_for_once_a_namespace_before_a_verb_is_offered() {
    let mut story = typical(SMALL);
    story.effects();
    story.press("r j k j k");
    let asked: Vec<Effect> = story.effects().into_iter().filter(|effect| matches!(effect, Effect::Fetch(_))).collect();
    assert!(asked.len() <= 1, "{asked:?}");
}

#[test]
fn late_lines_of_a_closed_log_are_not_taken_for_its_start() {
    let mut story = typical(SMALL);
    story.press("r l");
    let Route::Log(log) = story.route().clone() else { panic!("{:?}", story.route()) };
    story.press("Esc").tell(Message::Tick(now() + jiff::SignedDuration::from_secs(61)));
    story.news([lines(&log, "late")]);
    assert!(!story.model().world().logs.contains_key(&log));
}
