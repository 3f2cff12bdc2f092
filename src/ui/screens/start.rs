//! The form of a run to be made: fields from the Pipeline's own parameters, filled from an earlier run for a rerun.
//!
//! What is typed is lost by nothing but leaving it: not by news, not by a check, not by a refused start. A check counts
//! only for the very manifest it was asked for.

mod changes;
mod checks;
mod fill;
mod form;
mod send;
mod sheet;
mod view;

use crate::action::Action;
use crate::effect::Effect;
use crate::keymap::Keymap;
use crate::message::{Key, KeyCode};
use crate::parts::cursor::Cursor;
use crate::parts::input::Input;
use crate::route::{Route, StartFrom};
use crate::screen::{Ctx, Intent, Offer, Screen};
use crate::world::{Touched, World};
use checks::Check;
use form::{FieldId, Form};
use jiff::Timestamp;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Position, Rect};
use sheet::{Sheet, Subject};
use weir_domain::{Answer, ClusterName, Command, Failure, Namespace, Query, Receipt, Tree, Watch, yaml};

#[derive(Debug)]
pub(crate) struct Start {
    from: StartFrom,
    /// `None` until the Pipeline, and for a rerun the run, has been read.
    form: Option<Form>,
    cursor: Cursor<FieldId>,
    editing: Option<Editing>,
    sheet: Option<Sheet>,
    /// The object as it is now, or its difference to the run, for beside the form.
    object: Option<Sheet>,
    check: Check,
    /// Why the last start or edit was not taken.
    refused: Option<String>,
    /// When a start went out that is not answered: a second one would be a second run.
    sent: Option<Timestamp>,
}

/// Seconds after which a start without an answer no longer holds up another.
const UNANSWERED: i64 = 120;

/// A field being typed, in its own place.
#[derive(Debug)]
struct Editing {
    id: FieldId,
    input: Input,
    problem: Option<String>,
}

impl Start {
    pub fn new(from: StartFrom) -> Start {
        Start {
            from,
            form: None,
            cursor: Cursor::default(),
            editing: None,
            sheet: None,
            object: None,
            check: Check::default(),
            refused: None,
            sent: None,
        }
    }

    /// An answer that came while another screen was up is in the messages; so this does not hold for ever.
    fn sending(&self, now: Timestamp) -> bool {
        self.sent.is_some_and(|at| now.as_second() - at.as_second() < UNANSWERED)
    }

    fn cluster_and_namespace(&self) -> (&ClusterName, &Namespace) {
        match &self.from {
            StartFrom::Pipeline(id) => (&id.cluster, &id.namespace),
            StartFrom::Rerun(id) => (&id.cluster, &id.namespace),
        }
    }

    fn rows(&self) -> Vec<FieldId> {
        self.form.iter().flat_map(|form| &form.fields).map(|field| field.id.clone()).collect()
    }

    fn settle(&mut self) {
        self.object = self
            .form
            .as_ref()
            .and_then(|form| Sheet::of(Subject::Changes, form).or_else(|| Sheet::of(Subject::Yaml, form)));
        let rows = self.rows();
        self.cursor.settle(&rows, false);
        if self.cursor.id().is_none()
            && let Some(first) = rows.first()
        {
            self.cursor.select(&rows, first);
        }
    }

    fn begin(&mut self) {
        if let (Some(form), Some(id)) = (&self.form, self.cursor.id()) {
            self.editing = Some(Editing { id: id.clone(), input: Input::new(form.typed(id)), problem: None });
        }
    }

    /// Something was changed: what was said about the old one no longer holds.
    fn changed(&mut self) {
        self.refused = None;
        self.check.forget_if_other(self.form.as_ref().map(|form| &form.new));
        self.settle();
    }

    /// Takes the next or previous of the choices.
    fn cycle(&mut self, by: isize) -> Intent {
        let Some((form, id)) = self.form.as_mut().zip(self.cursor.id()) else {
            return Intent::Stay;
        };
        let Some(next) = form.field(id).and_then(|field| field.choice(&field.value, by)) else {
            return Intent::Stay;
        };
        let id = id.clone();
        if let Err(why) = form.set(&id, &next) {
            return Intent::Say(why);
        }
        self.changed();
        Intent::Stay
    }

    fn show(&mut self, subject: Subject) -> Intent {
        let Some(form) = &self.form else {
            return Intent::Stay;
        };
        match Sheet::of(subject, form) {
            Some(sheet) => {
                self.sheet = Some(sheet);
                Intent::Stay
            }
            None => Intent::Say("nothing differs".into()),
        }
    }

    /// Takes what came back from the editor, after its changes were shown.
    fn take_edit(&mut self) -> Intent {
        let Some(Sheet { subject: Subject::Edited(new), .. }) = self.sheet.take() else {
            return Intent::Stay;
        };
        if let Some(form) = &mut self.form {
            form.new = *new;
            form.refresh(&[]);
        }
        self.changed();
        Intent::Say("the edit is taken; it will be checked before the start".into())
    }
}

impl Screen for Start {
    fn title(&self, world: &World) -> String {
        let pipeline = self.pipeline_id(world).map(|id| id.name.to_string());
        match (&self.from, pipeline) {
            (StartFrom::Pipeline(id), _) => format!("Start {}", id.name),
            (StartFrom::Rerun(run), Some(pipeline)) => {
                format!("Start {pipeline} (rerun of {})", sheet::ending(&run.name))
            }
            (StartFrom::Rerun(run), None) => format!("Rerun {}", run.name),
        }
    }

    fn watches(&self, _world: &World) -> Vec<Watch> {
        Vec::new()
    }

    fn opened(&mut self, ctx: &Ctx<'_>) -> Intent {
        self.lead(ctx).unwrap_or_else(|| Intent::Do(self.questions(ctx.world)))
    }

    fn learn(&mut self, ctx: &Ctx<'_>, touched: &Touched) {
        if touched.everything || touched.answers {
            self.fill(ctx.world);
        }
    }

    fn typing(&self) -> bool {
        self.editing.is_some()
    }

    fn typed(&mut self, key: Key, _ctx: &Ctx<'_>) -> Intent {
        let (Some(editing), Some(form)) = (&mut self.editing, &mut self.form) else {
            return Intent::Stay;
        };
        if Keymap::leaves(key) {
            self.editing = None;
            return Intent::Stay;
        }
        let step = match key.code {
            KeyCode::Down | KeyCode::Right => 1,
            KeyCode::Up | KeyCode::Left => -1,
            _ => 0,
        };
        let choice = form.field(&editing.id).and_then(|field| field.choice(editing.input.text(), step));
        match (key.code, choice) {
            (_, Some(choice)) if step != 0 => editing.input.set(choice),
            (KeyCode::Char('r'), _) if key.ctrl => {
                form.reset(&editing.id);
                self.editing = None;
                self.changed();
            }
            (KeyCode::Enter | KeyCode::Tab, _) => match form.set(&editing.id, editing.input.text()) {
                Ok(()) => {
                    self.editing = None;
                    self.changed();
                }
                Err(why) => editing.problem = Some(why),
            },
            _ => {
                editing.problem = None;
                editing.input.typed(key);
            }
        }
        Intent::Stay
    }

    fn place(&self, _world: &World) -> Option<(ClusterName, Namespace)> {
        let (cluster, namespace) = self.cluster_and_namespace();
        Some((cluster.clone(), namespace.clone()))
    }

    fn offers(&self, ctx: &Ctx<'_>) -> Vec<Offer> {
        let ready = |actions: &[Action]| actions.iter().copied().map(Offer::ready).collect::<Vec<_>>();
        let Some(form) = &self.form else {
            return ready(&[Action::Back, Action::Refresh]);
        };
        match &self.sheet {
            Some(Sheet { subject: Subject::Edited(_), .. }) => {
                return ready(&[Action::Open, Action::Back, Action::Down, Action::Up]);
            }
            Some(_) => return ready(&[Action::Back, Action::Down, Action::Up, Action::CopyAll, Action::Edit]),
            None => {}
        }
        let (cluster, namespace) = self.cluster_and_namespace();
        let mut offers = vec![Offer::ready(Action::Open)];
        offers.push(match self.door(ctx) {
            Some(_) => Offer::refused(Action::Start, "it publishes: only a promotion's plan may"),
            None => Offer::of(Action::Start, ctx.may(Action::Start, cluster, namespace)),
        });
        offers.push(Offer::ready(Action::Yaml));
        offers.push(match form.original {
            Some(_) => Offer::ready(Action::Compare),
            None => Offer::refused(Action::Compare, "it comes from no run"),
        });
        offers.extend(ready(&[Action::Edit, Action::Back, Action::Copy, Action::CopyAll, Action::Save]));
        offers
    }

    fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Intent {
        if let Some(sheet) = &mut self.sheet {
            let height = usize::from(view::sheet_area(ctx.area).height);
            match action {
                Action::Back | Action::Quit => self.sheet = None,
                Action::Open => return self.take_edit(),
                _ if sheet.step(action, height) => {}
                Action::Yaml if !sheet.asks() => return self.show(Subject::Yaml),
                Action::Compare if !sheet.asks() => return self.show(Subject::Changes),
                Action::Edit | Action::CopyAll | Action::Save if !sheet.asks() => return self.pass_on(action),
                Action::Start => {}
                _ => return Intent::Pass,
            }
            return Intent::Stay;
        }
        let rows = self.rows();
        let height = usize::from(ctx.area.height / 2);
        if self.cursor.step(action, &rows, height) {
            return Intent::Stay;
        }
        match action {
            Action::Open => {
                self.begin();
                Intent::Stay
            }
            Action::Left => self.cycle(-1),
            Action::Right => self.cycle(1),
            Action::Start => self.start(ctx),
            Action::Yaml => self.show(Subject::Yaml),
            Action::Compare => self.show(Subject::Changes),
            Action::Refresh if self.form.is_none() => Intent::Do(self.questions(ctx.world)),
            other => self.pass_on(other),
        }
    }

    fn answered(&mut self, query: &Query, answer: &Result<Answer, Failure>, ctx: &Ctx<'_>) -> Intent {
        if matches!(query, Query::Object(_) | Query::Pipeline(_))
            && let Some(lead) = self.lead(ctx)
        {
            return lead;
        }
        match query {
            Query::Object(run) if self.from == StartFrom::Rerun(run.clone()) && self.form.is_none() => {
                // The list's word for the Pipeline may be missing or old; the object's counts.
                match self.pipeline_id(ctx.world).filter(|id| !ctx.world.forms.contains_key(id)) {
                    Some(id) => Intent::Do(vec![Effect::Fetch(Query::Pipeline(id))]),
                    None => Intent::Stay,
                }
            }
            Query::Pipeline(id) => {
                // The form may have been filled from what was known of the Pipeline before.
                if let (Ok(Answer::Pipeline(pipeline)), Some(form)) = (answer, &mut self.form)
                    && form.pipeline.as_ref().is_some_and(|known| known.id == *id && *known != **pipeline)
                {
                    form.new.publishes |= pipeline.publishes();
                    form.pipeline = Some((**pipeline).clone());
                    form.refresh(&[]);
                    self.changed();
                }
                Intent::Stay
            }
            Query::Check(asked) if self.check.answered(asked, answer, ctx.now) => {
                let Some(form) = &mut self.form else {
                    return Intent::Stay;
                };
                if form.new != *asked {
                    return Intent::Stay;
                }
                form.refresh(self.check.problems());
                let wrong = form.fields.iter().find(|field| field.problem.is_some()).map(|field| field.id.clone());
                if let Some(id) = wrong {
                    self.cursor.select(&self.rows(), &id);
                }
                if self.check.fine(asked, ctx.now) { self.ask(ctx) } else { Intent::Stay }
            }
            _ => Intent::Stay,
        }
    }

    fn sent(&mut self, command: &Command, ctx: &Ctx<'_>) {
        if self.is_mine(command) {
            self.sent = Some(ctx.now);
        }
    }

    fn done(&mut self, command: &Command, result: &Result<Receipt, Failure>, _ctx: &Ctx<'_>) -> Intent {
        if !self.is_mine(command) {
            return Intent::Stay;
        }
        self.sent = None;
        match result {
            Ok(receipt) => Intent::Replace(Route::Run(receipt.run.clone())),
            Err(failure) => {
                self.refused = Some(failure.to_string());
                Intent::Stay
            }
        }
    }

    fn edited(&mut self, edited: &Result<Tree, Failure>, _ctx: &Ctx<'_>) -> Intent {
        let (Ok(tree), Some(form)) = (edited, &self.form) else {
            return Intent::Pass;
        };
        let new = match changes::accepted(&form.new, tree.clone()) {
            Ok(new) => new,
            Err(why) => {
                self.refused = Some(why.clone());
                return Intent::Say(why);
            }
        };
        self.show(Subject::Edited(Box::new(new)))
    }

    fn view(&self, ctx: &Ctx<'_>, area: Rect, buf: &mut Buffer) {
        view::draw(self, ctx, area, buf);
    }

    fn cursor(&self, ctx: &Ctx<'_>, area: Rect) -> Option<Position> {
        view::cursor(self, ctx, area)
    }
}

impl Start {
    fn is_mine(&self, command: &Command) -> bool {
        match (command, &self.form) {
            (Command::Start(sent), Some(form)) => {
                sent.pipeline == form.new.pipeline && sent.rerun_of == form.new.rerun_of
            }
            _ => false,
        }
    }

    /// What means the same on the form and on the object.
    fn pass_on(&mut self, action: Action) -> Intent {
        let Some(form) = &self.form else {
            return Intent::Pass;
        };
        match action {
            Action::Edit => Intent::Do(vec![Effect::Edit(form.new.manifest.clone())]),
            Action::CopyAll => Intent::Do(vec![Effect::Copy(yaml::text(&form.new.manifest))]),
            Action::Copy => match self.cursor.id().and_then(|id| form.field(id)) {
                Some(field) => Intent::Do(vec![Effect::Copy(field.value.clone())]),
                None => Intent::Stay,
            },
            Action::Save => {
                let name = format!("{}.yaml", form.new.pipeline.name);
                Intent::Do(vec![Effect::SaveText { name, text: yaml::text(&form.new.manifest) }])
            }
            _ => Intent::Pass,
        }
    }
}
