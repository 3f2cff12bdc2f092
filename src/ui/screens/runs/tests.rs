//! The list kept up change by change is the list sorted anew.

use super::order::Order;
use super::rows::Rows;
use crate::parts::filter_line::FilterLine;
use crate::{Glyphs, Keymap, Scope, Settings, Theme, World};
use jiff::Timestamp;
use proptest::prelude::*;
use ratatui_core::layout::Rect;
use weir_domain::{Change, ClusterName, Depth, News, Run, RunId, Starter, Status};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("time")
}

fn run(number: u16, status: Status, created: i64) -> Run {
    Run {
        id: RunId::new("moc", format!("ns{}", number % 3), format!("run-{number:05}")),
        uid: "u".into(),
        depth: Depth::Whole,
        status,
        reason: "".into(),
        message: "".into(),
        pipeline: Some("okd-coreos".into()),
        params: Vec::new(),
        created: Some(at(created)),
        started: Some(at(created)),
        finished: status.finished().then(|| at(created + 60)),
        progress: None,
        starter: Starter::NotRecorded,
        asked: None,
        labels: Vec::new(),
    }
}

struct Place {
    world: World,
    settings: Settings,
    scope: Scope,
    theme: Theme,
    glyphs: Glyphs,
    keymap: Keymap,
}

impl Place {
    fn new() -> Place {
        Place {
            world: World::default(),
            settings: Settings::default(),
            scope: Scope::default(),
            theme: Theme::probe(),
            glyphs: Glyphs::unicode(),
            keymap: Keymap::default(),
        }
    }

    fn ctx(&self) -> crate::Ctx<'_> {
        crate::Ctx {
            world: &self.world,
            now: at(1_000_000),
            area: Rect::new(0, 0, 80, 24),
            settings: &self.settings,
            scope: &self.scope,
            theme: &self.theme,
            glyphs: &self.glyphs,
            keymap: &self.keymap,
        }
    }

    fn upsert(&mut self, runs: Vec<Run>) -> Vec<RunId> {
        let news = News::Runs(
            ClusterName::new("moc"),
            None,
            Change::Upsert(runs.into_iter().map(|run| (run.id.clone(), run)).collect()),
        );
        self.world.fold(news, at(1_000_000), 1 << 20).runs
    }

    fn remove(&mut self, id: RunId) -> Vec<RunId> {
        let news = News::Runs(ClusterName::new("moc"), None, Change::Remove(vec![id]));
        self.world.fold(news, at(1_000_000), 1 << 20).runs
    }
}

fn filter(text: &str) -> FilterLine {
    let mut filter = FilterLine::default();
    filter.begin();
    for c in text.chars() {
        filter.typed(crate::Key::char(c));
    }
    filter.typed(crate::Key::plain(crate::KeyCode::Enter));
    filter
}

const STATUSES: [Status; 5] = [Status::Running, Status::Pending, Status::Failed, Status::Ok, Status::Cancelled];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rows_kept_up_change_by_change_are_the_rows_sorted_anew(
        changes in proptest::collection::vec((0u16..40, 0usize..7, 0i64..50), 1..120),
        order in 0usize..7,
        filtered in any::<bool>(),
    ) {
        let mut place = Place::new();
        let filter = filter(if filtered { "0 !failed" } else { "" });
        let mut rows = Rows::default();
        for _ in 0..order {
            rows.order = rows.order.next();
        }
        let mut fresh = Rows::default();
        fresh.order = rows.order;
        rows.gather(&place.ctx(), &filter);
        for (number, status, created) in changes {
            let touched = match STATUSES.get(status) {
                Some(status) => place.upsert(vec![run(number, *status, created)]),
                None if status == 5 => place.remove(run(number, Status::Ok, 0).id),
                None => {
                    let page = (0..40).map(|n| run(number + n, STATUSES[usize::from(n) % 5], created + i64::from(n % 3)));
                    place.upsert(page.collect())
                }
            };
            rows.touch(&touched, &place.ctx(), &filter);
        }
        fresh.gather(&place.ctx(), &filter);
        prop_assert_eq!(rows.ids(), fresh.ids());
        prop_assert_eq!(rows.counts().collect::<Vec<_>>(), fresh.counts().collect::<Vec<_>>());
        prop_assert_eq!(rows.all, fresh.all);
    }
}

#[test]
fn unfinished_runs_stand_first_and_then_the_newest() {
    let mut place = Place::new();
    place.upsert(vec![
        run(1, Status::Ok, 50),
        run(2, Status::Running, 10),
        run(3, Status::Failed, 60),
        run(4, Status::Pending, 20),
    ]);
    let mut rows = Rows::default();
    rows.gather(&place.ctx(), &filter(""));
    let names: Vec<&str> = rows.ids().iter().map(|id| &*id.name).collect();
    assert_eq!(names, ["run-00004", "run-00002", "run-00003", "run-00001"]);
    rows.order = Order::Name;
    rows.gather(&place.ctx(), &filter("run-0000[12]"));
    let names: Vec<&str> = rows.ids().iter().map(|id| &*id.name).collect();
    assert_eq!(names, ["run-00001", "run-00002"]);
    assert_eq!(rows.all, 4);
}
