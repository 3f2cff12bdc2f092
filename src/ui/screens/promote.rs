//! A promotion on one screen: first its plan with what speaks against it, then the checklist of what was sent.
//!
//! Nothing is sent but the plan that is on screen, while it is the newest answer, by its new name typed. After any attempt
//! a new plan is needed. A plan that was there stays readable when the next one fails.

mod checklist;
mod face;
mod gate;
mod lines;
mod plan;
mod reason;
mod send;
mod sheet;
mod words;

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::overlays;
use crate::overlays::text::Text;
use crate::parts::cursor::Cursor;
use crate::parts::input::Input;
use crate::route::{PromoteFrom, Route};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{Remote, Touched, World};
use jiff::Timestamp;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use weir_domain::promotion::CheckId;
use weir_domain::release::web_page;
use weir_domain::{
    ClusterName, Command, Failure, FailureKind, Gate, GateId, Namespace, Plan, PlanRequest, Promotion, Query, Receipt,
    RunId, Watch, Way,
};

#[derive(Debug)]
pub(crate) struct Promote {
    from: PromoteFrom,
    /// The last plan that came. It stays while the next one is asked for, and counts only while it is the newest answer.
    plan: Option<Box<Plan>>,
    /// When a plan of before was made, if there is one: it is not taken for the answer to this screen's question.
    stale: Option<Timestamp>,
    /// What was sent, once that is known.
    object: Option<RunId>,
    attempt: Attempt,
    /// When this screen heard that it was taken: until its checks are told for the first time nothing is missing.
    taken: Option<Timestamp>,
    rows: Vec<Row>,
    cursor: Cursor<Row>,
    prompt: Input,
    /// Whether keys go to the prompt, where there is one.
    focus: bool,
    /// Whether there is a prompt, as of the last news.
    open: bool,
    /// Why the last yes was not taken.
    refused: Option<String>,
}

/// What came of sending the plan on screen.
#[derive(Clone, Debug, Default, PartialEq)]
enum Attempt {
    #[default]
    None,
    Sending(Timestamp),
    NotSent(Failure),
    /// The answer was lost.
    Unknown(Failure),
}

/// What one can stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Gate(GateId),
    /// One of the requests, then of what follows.
    Step(usize),
    /// Why it is promoted.
    Reason,
    Check(CheckId),
}

/// Why nothing else is done meanwhile.
const SENDING: &str = "it is being sent";

/// How the plan stands: what the bottom of the screen says.
#[derive(Clone, Debug, PartialEq)]
enum Stand {
    /// The first plan, or the next one, is being made.
    Asking,
    /// No plan came.
    Failed(Failure),
    Blocked,
    /// It could go, but not from here; why.
    Mute(String),
    Sending,
    NotSent(Failure),
    Unknown(Failure),
    /// The new name can be typed.
    Open,
}

impl Promote {
    pub fn new(from: PromoteFrom) -> Promote {
        let object = match &from {
            PromoteFrom::Sent(object) => Some(object.clone()),
            PromoteFrom::Plan(_) => None,
        };
        Promote {
            from,
            plan: None,
            stale: None,
            object,
            attempt: Attempt::None,
            taken: None,
            rows: Vec::new(),
            cursor: Cursor::default(),
            prompt: Input::default(),
            focus: true,
            open: false,
            refused: None,
        }
    }

    fn request(&self) -> Option<&PlanRequest> {
        match &self.from {
            PromoteFrom::Plan(request) => Some(request),
            PromoteFrom::Sent(_) => None,
        }
    }

    fn promotion<'a>(&self, world: &'a World) -> Option<&'a Promotion> {
        world.promotions.get(self.object.as_ref()?)?.value.as_deref()
    }

    fn gate(&self) -> Option<&Gate> {
        match self.cursor.id()? {
            Row::Gate(id) => self.plan.as_ref()?.gate(*id),
            _ => None,
        }
    }

    fn stand(&self, ctx: &Ctx<'_>) -> Stand {
        match &self.attempt {
            Attempt::Sending(_) => return Stand::Sending,
            Attempt::NotSent(failure) => return Stand::NotSent(failure.clone()),
            Attempt::Unknown(failure) => return Stand::Unknown(failure.clone()),
            Attempt::None => {}
        }
        let newest = self.request().and_then(|request| ctx.world.plans.get(request));
        match (newest, &self.plan) {
            (None | Some(Remote::Asking), _) | (Some(Remote::Known(_)), None) => Stand::Asking,
            (Some(Remote::Failed(failure)), _) => Stand::Failed(failure.clone()),
            (Some(Remote::Known(_)), Some(plan)) if !plan.goes() => Stand::Blocked,
            (Some(Remote::Known(_)), Some(plan)) => match send::forbidden(plan, ctx) {
                Some(why) => Stand::Mute(why),
                None => Stand::Open,
            },
        }
    }

    /// Takes the newest answer, and what became of what was sent.
    fn look(&mut self, ctx: &Ctx<'_>) {
        let newest = self.request().and_then(|request| ctx.world.plans.get(request)).and_then(Remote::known);
        if let Some(newest) = newest.filter(|plan| Some(plan.made) != self.stale)
            && self.plan.as_ref().is_none_or(|plan| plan != newest)
        {
            self.plan = Some(newest.clone());
            self.rows.clear();
            self.cursor = Cursor::default();
            self.attempt = Attempt::None;
            self.prompt = Input::default();
            self.refused = None;
            self.focus = true;
        }
        if self.object.is_none() && self.attempt != Attempt::None {
            match send::came_of(self.plan.as_deref(), &self.attempt, ctx.world) {
                Some(Ok(object)) => {
                    self.object = Some(object);
                    self.taken = Some(ctx.now);
                }
                Some(Err(attempt)) => self.attempt = attempt,
                None => {}
            }
        }
        let rows = match (&self.object, &self.plan) {
            (Some(_), _) => self.promotion(ctx.world).map(checklist::rows).unwrap_or_default(),
            (None, Some(plan)) => lines::rows(plan),
            (None, None) => Vec::new(),
        };
        if rows != self.rows {
            let first = rows.first().copied();
            self.rows = rows;
            self.cursor.settle(&self.rows, false);
            if let (None, Some(first)) = (self.cursor.id(), first) {
                self.cursor.select(&self.rows, &first);
            }
        }
        self.open = self.object.is_none() && self.stand(ctx) == Stand::Open;
    }

    fn ask_again(&mut self) -> Intent {
        match self.request().cloned() {
            Some(_) if matches!(self.attempt, Attempt::Sending(_)) => {
                Intent::Say("sent; the server has not answered yet".into())
            }
            Some(request) => {
                self.attempt = Attempt::None;
                self.refused = None;
                self.open = false;
                Intent::Do(vec![Effect::Fetch(Query::Plan(request))])
            }
            None => Intent::Pass,
        }
    }

    fn ask_why(&self) -> Intent {
        self.request().map_or(Intent::Stay, |request| Intent::Ask(Box::new(reason::Dialog::new(request))))
    }

    fn height(&self, ctx: &Ctx<'_>) -> usize {
        usize::from(ctx.area.height / 2).max(1)
    }

    fn run<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a RunId> {
        let promotion = self.promotion(ctx.world)?;
        (promotion.status.is_some() || ctx.world.run(&promotion.object).is_some()).then_some(&promotion.object)
    }
}

impl Screen for Promote {
    fn title(&self, world: &World) -> String {
        let name = match (&self.object, &self.plan) {
            (Some(_), _) => self.promotion(world).map(|promotion| promotion.name.clone()),
            (None, plan) => plan.as_ref().map(|plan| plan.name.clone()),
        };
        let name = name.or_else(|| Some(self.plan.as_ref()?.name.clone()));
        name.map_or_else(|| "Promote".into(), |name| format!("Promote › {name}"))
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        let sent = match (&self.object, &self.attempt, &self.plan) {
            (Some(object), ..) => Some(object.clone()),
            (None, Attempt::Sending(_) | Attempt::Unknown(_), Some(plan)) => Some(plan.object.clone()),
            _ => None,
        };
        let journal = matches!(self.attempt, Attempt::Sending(_)).then_some(Watch::Journal);
        sent.map(Watch::Promotion).into_iter().chain(journal).collect()
    }

    fn opened(&mut self, ctx: &Ctx<'_>) -> Intent {
        let Some(request) = self.request().cloned() else { return Intent::Stay };
        self.stale = ctx.world.plans.get(&request).and_then(Remote::known).map(|plan| plan.made);
        Intent::Do(vec![Effect::Fetch(Query::Plan(request))])
    }

    fn learn(&mut self, ctx: &Ctx<'_>, _touched: &Touched) {
        self.look(ctx);
    }

    fn typing(&self) -> bool {
        self.open && self.focus
    }

    fn typed_keys(&self, ctx: &Ctx<'_>) -> Vec<(String, &'static str)> {
        let right = self.plan.as_ref().is_some_and(|plan| plan.name == self.prompt.text());
        let enter = match self.prompt.text() {
            "" => self.cursor.id().map(|row| match row {
                Row::Reason => "the reason",
                Row::Step(_) => "the calls",
                Row::Gate(_) | Row::Check(_) => "the gate",
            }),
            _ => right.then_some("promote"),
        };
        let again = ctx.keymap.shown(Action::Refresh);
        let keys = [("Tab".into(), "reason"), ("Esc".into(), "other keys"), (again, "check again")];
        enter.map(|enter| ("Enter".into(), enter)).into_iter().chain(keys).collect()
    }

    fn asks(&self) -> bool {
        self.open
    }

    fn typed(&mut self, key: Key, ctx: &Ctx<'_>) -> Intent {
        if Keymap::leaves(key) {
            self.focus = false;
            return Intent::Stay;
        }
        let action = ctx.keymap.action(key).filter(|_| key.typed().is_none());
        match (key.code, action) {
            (_, Some(Action::Refresh)) => return self.ask_again(),
            (KeyCode::Tab, _) => return self.ask_why(),
            (KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown, Some(action)) => {
                self.cursor.step(action, &self.rows, self.height(ctx));
            }
            (KeyCode::Enter, _) if self.prompt.text().is_empty() => return self.act(Action::Open, ctx),
            (KeyCode::Enter, _) => return self.send(ctx),
            _ => {
                self.refused = None;
                self.prompt.typed(key);
            }
        }
        Intent::Stay
    }

    fn place(&self, world: &World) -> Option<(ClusterName, Namespace)> {
        let promotion = self.promotion(world).filter(|promotion| promotion.status.is_some())?;
        Some((promotion.object.cluster.clone(), promotion.object.namespace.clone()))
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        if self.object.is_some() {
            return checklist::offers(self, ctx);
        }
        let mut offers = Vec::new();
        if let Some(plan) = &self.plan {
            offers.push(match self.attempt {
                Attempt::Sending(_) => Offer::refused(Action::Open, SENDING),
                _ => Offer::ready(Action::Open),
            });
            offers.push(match plan.calls.is_empty() {
                true => Offer::refused(Action::Yaml, "there is nothing to send"),
                false => Offer::ready(Action::Yaml),
            });
            offers.push(match (plan.pipeline_diff.is_empty(), plan.way) {
                (false, _) => Offer::ready(Action::Compare).says("pipeline"),
                (true, Way::Pinned) => {
                    Offer::refused(Action::Compare, "the Pipeline could not be read").says("pipeline")
                }
                (true, _) => Offer::refused(Action::Compare, "no Pipeline runs").says("pipeline"),
            });
        }
        offers.push(Offer::ready(Action::Refresh));
        if self.open {
            offers.push(Offer::ready(Action::Pane).says("the name"));
        }
        if let Some(gate) = self.gate().filter(|_| !matches!(self.attempt, Attempt::Sending(_))) {
            offers.push(match gate.can_be_waived() || gate.waived.is_some() {
                true => Offer::ready(Action::Waive),
                false => Offer::refused(Action::Waive, words::unwaivable(gate)),
            });
            offers.push(Offer::ready(Action::Menu));
        }
        if self.plan.is_some() {
            offers.extend([Action::Copy, Action::CopyAll, Action::Url].map(Offer::ready));
        }
        offers.extend([Action::Back, Action::Ledger].map(Offer::ready));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        if self.cursor.step(action, &self.rows, self.height(ctx)) {
            return Intent::Stay;
        }
        if self.object.is_some() {
            return self.act_on_sent(action, ctx);
        }
        match (action, &self.plan) {
            (Action::Refresh, _) => self.ask_again(),
            (Action::Left, Some(_)) => {
                self.cursor.step(Action::Up, &self.rows, 1);
                Intent::Stay
            }
            (Action::Right, Some(_)) => {
                self.cursor.step(Action::Down, &self.rows, 1);
                Intent::Stay
            }
            (Action::Pane, _) if self.open => {
                self.focus = true;
                Intent::Stay
            }
            // A second Enter behind the one that sent it asks nothing.
            (Action::Open | Action::Waive, _) if matches!(self.attempt, Attempt::Sending(_)) => Intent::Stay,
            (Action::Open, Some(_)) if self.cursor.id() == Some(&Row::Reason) => self.ask_why(),
            (Action::Open | Action::Waive, Some(plan)) => match (self.gate(), self.request()) {
                (Some(gate), Some(request)) => Intent::Ask(Box::new(gate::Dialog::new(gate, request, ctx))),
                _ => Intent::Ask(Box::new(sheet::Sheet::calls(plan))),
            },
            (Action::Yaml, Some(plan)) => Intent::Ask(Box::new(sheet::Sheet::calls(plan))),
            (Action::Compare, Some(plan)) => Intent::Ask(Box::new(sheet::Sheet::pipeline(plan))),
            // The name may be typed before its prompt is there: its letters and digits do nothing then.
            (Action::Start, _) => Intent::Stay,
            (Action::Copy | Action::Url, _) if self.stand(ctx) == Stand::Asking => Intent::Stay,
            (other, _) if other.digit().is_some() => Intent::Stay,
            (Action::Copy, Some(plan)) => Intent::Do(vec![Effect::Copy(plan.name.clone())]),
            (Action::CopyAll, Some(plan)) => Intent::Do(vec![Effect::Copy(words::whole(plan))]),
            (Action::Url, Some(plan)) => match ctx.world.release_controller() {
                Some(base) => {
                    let release = &plan.from.release;
                    Intent::Do(vec![Effect::Open(web_page(base, release.stream.as_str(), &release.name))])
                }
                None => Intent::Say("no release-controller is configured".into()),
            },
            _ => Intent::Pass,
        }
    }

    fn sent(&mut self, command: &Command, ctx: &Ctx<'_>) {
        if self.is_mine(command) {
            self.attempt = Attempt::Sending(ctx.now);
            self.prompt = Input::default();
            self.open = false;
        }
    }

    fn done(&mut self, command: &Command, result: &Result<Receipt, Failure>, ctx: &Ctx<'_>) -> Intent {
        if !self.is_mine(command) || self.object.is_some() {
            return Intent::Stay;
        }
        match (result, &self.plan) {
            (Ok(_), Some(plan)) => {
                self.object = Some(plan.object.clone());
                self.taken = Some(ctx.now);
            }
            (Err(failure), _) if failure.kind == FailureKind::Unknown => {
                self.attempt = Attempt::Unknown(failure.clone());
            }
            (Err(failure), _) => self.attempt = Attempt::NotSent(failure.clone()),
            (Ok(_), None) => {}
        }
        self.look(ctx);
        Intent::Stay
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        match &self.object {
            Some(object) => checklist::draw(self, object, ctx, area, buf),
            None => plan::draw(self, ctx, area, buf),
        }
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        (self.open && self.focus).then(|| plan::cursor(self, ctx, area)).flatten()
    }
}

impl Promote {
    fn is_mine(&self, command: &Command) -> bool {
        matches!((command, &self.plan), (Command::Promote(sent), Some(plan)) if sent.id == plan.id && sent.made == plan.made)
    }

    fn act_on_sent(&self, action: Action, ctx: &Ctx<'_>) -> Intent {
        let run = self.run(ctx);
        match (action, run) {
            (Action::Open, _) => {
                let check = match self.cursor.id() {
                    Some(Row::Check(id)) => self.promotion(ctx.world).and_then(|promotion| promotion.check(*id)),
                    _ => None,
                };
                match (check, run) {
                    (Some(check), Some(run)) if check.id == CheckId::Run => Intent::Go(Route::Run(run.clone())),
                    (Some(check), _) => {
                        let text = checklist::whole(check, ctx);
                        Intent::Ask(Box::new(Text::new(check.id.key(), text)))
                    }
                    (None, _) => Intent::Stay,
                }
            }
            (Action::Log, Some(run)) => Intent::Go(Route::whole_log(run)),
            (Action::Yaml, Some(run)) => Intent::Go(Route::Object(run.clone())),
            (Action::Cancel, Some(run)) => overlays::cancel::open(run.clone()),
            (Action::Copy, _) => match self.promotion(ctx.world) {
                Some(promotion) => Intent::Do(vec![Effect::Copy(promotion.name.clone())]),
                None => Intent::Stay,
            },
            (Action::CopyAll, _) => match self.promotion(ctx.world) {
                Some(promotion) => Intent::Do(vec![Effect::Copy(checklist::text(promotion, ctx))]),
                None => Intent::Stay,
            },
            _ => Intent::Pass,
        }
    }
}
