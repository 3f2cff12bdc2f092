//! A log against a plain list of strings, for any order of appends, notes and rearrangements, any budget.

use crate::{Item, Kind, Line, LineId, Log, Pattern, SectionId, View};
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;

#[derive(Clone, Debug)]
enum Step {
    Section,
    Append(usize, Vec<String>, bool, bool),
    Note(usize, String),
    Arrange(usize),
    Fold(usize, bool),
}

#[derive(Clone)]
struct Plain {
    id: SectionId,
    title: String,
    lines: Vec<(String, Option<i64>, Kind)>,
    folded: bool,
}

const WORDS: [&str; 12] =
    ["error: bad", "0 errors", "x", "", "doing it", "größer", "日本 x y", "failed", "+ failed", "a b\tc", "xxy", " "];
const PATTERNS: [&str; 12] =
    ["error", "(?i)ERROR", "x.*y", r"\w+$", "^$", "!x", r"\s", "[^a]+", r"^\W*\w", r"(a|x)\b", "ö|本", r"ing\s+\w+"];

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&WORDS[..]), 0..4).prop_map(|words| words.concat())
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Section),
        8 => (any::<usize>(), prop::collection::vec(words(), 1..9), any::<bool>(), any::<bool>())
            .prop_map(|(at, lines, stamped, closed)| Step::Append(at, lines, stamped, closed)),
        1 => (any::<usize>(), words()).prop_map(|(at, text)| Step::Note(at, text)),
        1 => any::<usize>().prop_map(Step::Arrange),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(at, folded)| Step::Fold(at, folded)),
    ]
}

struct Both {
    log: Log,
    plain: Vec<Plain>,
    view: View,
    clock: i64,
}

impl Both {
    fn open(&mut self) {
        let title = format!("step {}", self.plain.len());
        let id = self.log.section(&title);
        self.plain.push(Plain { id, title, lines: Vec::new(), folded: false });
    }

    fn turn(&mut self, step: &Step) {
        let count = self.plain.len();
        match step {
            Step::Section => self.open(),
            Step::Append(at, lines, stamped, closed) => {
                let plain = &mut self.plain[at % count];
                // Without times an empty last line can only be told when it is closed.
                let closed = *closed || lines.last().is_some_and(String::is_empty);
                let mut stamps = Vec::new();
                for line in lines {
                    self.clock += 1_234_567;
                    stamps.extend(stamped.then_some(self.clock));
                    plain.lines.push((line.clone(), stamped.then_some(self.clock), Kind::Text));
                }
                let end = if closed { "\n" } else { "" };
                self.log.append(plain.id, &(lines.join("\n") + end), &stamps);
            }
            Step::Note(at, text) => {
                let plain = &mut self.plain[at % count];
                plain.lines.push((text.clone(), None, Kind::Note));
                self.log.note(plain.id, text);
            }
            Step::Arrange(by) => {
                self.plain.rotate_left(by % count);
                let order: Vec<_> = self.plain.iter().map(|plain| plain.id).collect();
                self.log.arrange(&order);
            }
            Step::Fold(at, folded) => {
                self.view.follow(&self.log);
                self.plain[at % count].folded = *folded;
                self.view.fold(self.plain[at % count].id, *folded);
            }
        }
    }

    /// Every line that is held, gap lines where others were, and the number of each.
    fn reading(&self) -> Vec<Line> {
        let mut all = Vec::new();
        let mut base = 0;
        for (plain, section) in self.plain.iter().zip(self.log.sections()) {
            let id = |index| LineId { section: plain.id, index };
            if section.dropped > 0 {
                let noun = if section.dropped == 1 { "line" } else { "lines" };
                all.push(Line {
                    number: base,
                    id: id(0),
                    section: plain.id,
                    stamp: None,
                    kind: Kind::Note,
                    text: format!("── {} {noun} dropped: the log outgrew its memory ──", section.dropped),
                });
            }
            for (index, (text, stamp, kind)) in plain.lines.iter().enumerate().skip(section.dropped as usize) {
                all.push(Line {
                    number: base + index as u64,
                    id: id(index as u64),
                    section: plain.id,
                    stamp: stamp.map(|at| jiff::Timestamp::from_nanosecond(at.into()).unwrap()),
                    kind: *kind,
                    text: text.clone(),
                });
            }
            base += plain.lines.len() as u64;
        }
        all
    }

    /// As `reading`, without the gaps.
    fn held(&self) -> Vec<Line> {
        let mut held = self.reading();
        let dropped: Vec<_> = self.log.sections().iter().filter(|section| section.dropped > 0).collect();
        held.retain(|line| line.id.index > 0 || !dropped.iter().any(|section| section.id == line.section));
        held
    }
}

fn check(both: &mut Both, pattern: &str, first: u64, count: usize) -> Result<(), TestCaseError> {
    let Both { log, plain, .. } = &*both;
    let reading = both.reading();
    let held = both.held();
    let total: usize = plain.iter().map(|plain| plain.lines.len()).sum();
    prop_assert_eq!(log.lines(), total as u64);
    let bytes: usize = plain.iter().flat_map(|plain| &plain.lines).map(|line| line.0.len() + 1).sum();
    prop_assert_eq!(log.bytes(), bytes as u64);
    prop_assert_eq!(log.lines() - log.dropped(), held.len() as u64);
    prop_assert_eq!(&log.window(0, usize::MAX), &reading);

    let first = first % (total as u64 + 2);
    let window = log.window(first, count);
    let from_first: Vec<_> = reading
        .iter()
        .filter(|line| {
            let gone = log.sections().iter().find(|section| section.id == line.section).unwrap().dropped;
            let last = if line.id.index < gone { line.number + gone - 1 } else { line.number };
            last >= first
        })
        .take(count)
        .cloned()
        .collect();
    prop_assert_eq!(window, from_first);
    for line in &held {
        prop_assert_eq!(log.id(line.number), Some(line.id));
        prop_assert_eq!(log.number(line.id), Some(line.number));
    }

    let (inverted, body) = pattern.strip_prefix('!').map_or((false, pattern), |rest| (true, rest));
    let naive = regex::Regex::new(body).unwrap();
    let hits: Vec<_> = held.iter().filter(|line| naive.is_match(&line.text) != inverted).cloned().collect();
    let own = Pattern::new(pattern).unwrap();
    let mut found = Vec::new();
    let go = AtomicBool::new(false);
    log.snapshot().search(&own, first, &go, |numbers| found.extend(numbers));
    let wanted: Vec<_> = hits.iter().map(|line| line.number).filter(|number| *number >= first).collect();
    prop_assert_eq!(found, wanted);
    for line in &held {
        prop_assert_eq!(own.is_match(&line.text), naive.is_match(&line.text) != inverted);
    }

    let errors: Vec<_> = held
        .iter()
        .filter(|line| line.kind == Kind::Text && crate::is_trouble(&line.text))
        .map(|line| line.number)
        .collect();
    let mut told = Vec::new();
    while let Some(line) = log.first_error(told.last().copied()) {
        told.push(line);
    }
    prop_assert_eq!(told, errors);

    let mut saved = Vec::new();
    log.snapshot().write_to(&mut saved, false).unwrap();
    let mut wanted = String::new();
    for plain in plain.iter().filter(|plain| !plain.lines.is_empty()) {
        if both.plain.len() > 1 {
            wanted += &format!("── {} ──\n", plain.title);
        }
        for line in reading.iter().filter(|line| line.section == plain.id) {
            wanted += &format!("{}\n", line.text);
        }
    }
    prop_assert_eq!(String::from_utf8(saved).unwrap(), wanted);

    let mut filtered = both.view.clone();
    filtered.filter(&both.log, Some(own.clone()));
    rows(both, &filtered, &hits)?;
    let mut adopted = both.view.clone();
    adopted.adopt(&both.log, both.log.snapshot().sift(&own, &go).unwrap());
    rows(both, &adopted, &hits)?;
    both.view.follow(&both.log);
    rows(both, &both.view, &reading)
}

fn rows(both: &Both, view: &View, lines: &[Line]) -> Result<(), TestCaseError> {
    let mut wanted = Vec::new();
    for plain in &both.plain {
        let own: Vec<_> = lines.iter().filter(|line| line.section == plain.id).cloned().collect();
        let several = both.plain.len() > 1;
        if several && !own.is_empty() {
            let dropped = both.log.sections().iter().find(|section| section.id == plain.id).unwrap().dropped;
            let gap = usize::from(own[0].id.index < dropped);
            let hidden = if plain.folded { (own.len() - gap) as u64 } else { 0 };
            wanted.push(Item::Heading { section: plain.id, title: plain.title.as_str().into(), hidden });
        }
        if !(several && plain.folded) {
            for line in own {
                let row = wanted.len() as u64;
                prop_assert_eq!(view.row_of(line.id), Some(row));
                wanted.push(Item::Line(line));
            }
        }
    }
    prop_assert_eq!(view.rows(), wanted.len() as u64);
    prop_assert_eq!(view.window(&both.log, 0, usize::MAX), wanted);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_log_reads_as_the_plain_list_does(
        steps in prop::collection::vec(step(), 1..40),
        block in 1_usize..200,
        budget in prop_oneof![Just(usize::MAX), 0_usize..8_000],
        pattern in prop::sample::select(&PATTERNS[..]),
        (first, count) in (any::<u64>(), 0_usize..20),
    ) {
        let log = Log::with_block(budget, block);
        let mut both = Both { log, plain: Vec::new(), view: View::new(), clock: 1_700_000_000_000_000_000 };
        both.open();
        let mut filtered = View::new();
        filtered.filter(&both.log, Some(Pattern::new(pattern).unwrap()));
        for step in &steps {
            both.turn(step);
            prop_assert!(both.log.held() <= budget);
            filtered.follow(&both.log);
        }
        let mut anew = View::new();
        anew.filter(&both.log, filtered.pattern().cloned());
        prop_assert_eq!(filtered.window(&both.log, 0, usize::MAX), anew.window(&both.log, 0, usize::MAX));
        check(&mut both, pattern, first, count)?;
    }
}
