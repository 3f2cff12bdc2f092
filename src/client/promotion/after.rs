//! After a promotion was sent: its run is followed, the checks behind `mirror` are made, and a failed one cancels the run.
//!
//! One guard a promotion and process. It lives as long as the program, whoever looks; after a restart the journal brings it
//! back. The yes of the plan covers exactly one later command: the cancel of that run's uid.

use super::checks::{self, Mirrored};
use super::cluster::{Place, definition};
use super::memory::{MIRRORED, entries};
use super::seen::Seen;
use super::send;
use crate::Client;
use crate::execute::note;
use crate::http;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use weir_domain::journal::{Entry, Outcome};
use weir_domain::plan::PlanRecord;
use weir_domain::promotion::{Check, CheckId, CheckState, Ending};
use weir_domain::{Confirmed, Digest, FailureKind, Promotion, RunId, Status, Tree, Way};

/// How often it looks while the run goes, and after it.
const ROUND: Duration = Duration::from_secs(2);
const SLOW: Duration = Duration::from_secs(30);
/// How long a cancel that failed waits for another try.
const STOP_AGAIN: Duration = Duration::from_secs(10);
const GITHUB_AGAIN: Duration = Duration::from_secs(20);
/// How long immediate checks may stay unanswered after the run's end before the outcome counts as unknown.
const PATIENCE: Duration = Duration::from_secs(180);

/// With the journal line's id: a tag may be promoted to again.
type Running = BTreeMap<RunId, (String, watch::Receiver<Promotion>)>;

/// The guards of this process.
#[derive(Clone, Default)]
pub struct Guards {
    running: Arc<Mutex<Running>>,
}

impl Guards {
    pub(super) fn of(&self, object: &RunId) -> Option<watch::Receiver<Promotion>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).get(object).map(|(_, receiver)| receiver.clone())
    }
}

/// Starts the guard of a promotion that the journal knows as accepted, unless it runs.
pub(crate) fn begin(client: &Client, accepted: &Entry, expected: Option<Digest>) -> Option<watch::Receiver<Promotion>> {
    let plan = accepted.plan.as_deref()?.clone();
    let mut running = client.inner.guards.running.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, there)) = running.get(&plan.object).filter(|(id, _)| *id == accepted.id) {
        return Some(there.clone());
    }
    let mut promotion = first(&plan, accepted, client.inner.settings.read_only);
    promotion.expected = expected.or(promotion.expected);
    let (sender, receiver) = watch::channel(promotion);
    running.insert(plan.object.clone(), (accepted.id.clone(), receiver.clone()));
    let guard = Guard {
        client: client.clone(),
        plan,
        accepted: accepted.clone(),
        sender,
        seen: Seen::default(),
        alone: false,
        stopped: false,
        stop_again: None,
        github_again: None,
        ended: None,
    };
    tokio::spawn(guard.watch());
    Some(receiver)
}

fn first(plan: &PlanRecord, accepted: &Entry, looks_only: bool) -> Promotion {
    let since = accepted.time;
    let check = |id: CheckId| {
        let asked = checks::asked(id, plan);
        let state = if asked { CheckState::Waiting { since } } else { CheckState::NotApplicable };
        Check { id, state, evidence: checks::waits_for(id, plan).into(), at: None }
    };
    Promotion {
        object: plan.object.clone(),
        uid: accepted.uid.clone(),
        plan: plan.id.clone(),
        channel: plan.channel.name.to_string(),
        name: plan.name.clone(),
        from: plan.from.clone(),
        sent: since,
        status: None,
        expected: plan.digest.clone(),
        checks: CheckId::ALL.map(check).into(),
        public: Vec::new(),
        alarm: None,
        looks_only,
        ending: None,
        as_of: Timestamp::now(),
    }
}

struct Guard {
    client: Client,
    plan: PlanRecord,
    accepted: Entry,
    sender: watch::Sender<Promotion>,
    seen: Seen,
    /// No older promotion was found; asked until `mirror` has ended.
    alone: bool,
    stopped: bool,
    /// When a cancel that failed is tried again, and what it is for.
    stop_again: Option<(Instant, String)>,
    /// When GitHub may be asked again: its anonymous requests are few.
    github_again: Option<Instant>,
    ended: Option<Timestamp>,
}

impl Guard {
    async fn watch(mut self) {
        loop {
            let over = self.round().await;
            if over {
                return;
            }
            let settled = self.sender.borrow().ending.is_some();
            tokio::time::sleep(if settled { SLOW } else { ROUND }).await;
        }
    }

    fn change(&self, edit: impl FnOnce(&mut Promotion)) {
        self.sender.send_if_modified(|promotion| {
            let before = promotion.clone();
            edit(promotion);
            let changed = *promotion != before;
            if changed {
                promotion.as_of = Timestamp::now();
            }
            changed
        });
    }

    fn set(&self, id: CheckId, state: CheckState, evidence: impl AsRef<str>) {
        let evidence = weir_domain::secret::line(evidence.as_ref());
        self.change(|promotion| {
            if let Some(check) = promotion.checks.iter_mut().find(|c| c.id == id)
                && (check.state != state || check.evidence != evidence)
            {
                check.state = state;
                check.evidence = evidence;
                check.at = Some(Timestamp::now());
            }
        });
    }

    fn waiting(&self, id: CheckId, evidence: &str) {
        let since = match self.sender.borrow().check(id).map(|c| c.state.clone()) {
            Some(CheckState::Waiting { since }) => since,
            _ => Timestamp::now(),
        };
        self.set(id, CheckState::Waiting { since }, evidence);
    }

    fn is(&self, id: CheckId, want: &CheckState) -> bool {
        self.sender.borrow().check(id).is_some_and(|c| c.state == *want)
    }

    fn expected(&self) -> Option<Digest> {
        self.sender.borrow().expected.clone()
    }

    /// Whether nothing is left to look at.
    async fn round(&mut self) -> bool {
        if self.plan.way == Way::Pinned {
            self.run().await;
            let late = self.over() || self.is(CheckId::Channel, &CheckState::Good);
            if let Some((_, why)) = self.stop_again.clone().filter(|_| !late) {
                self.stop(&why).await;
            }
            let mirrored = self.seen.did("mirror");
            if !self.alone && !mirrored && !self.over() {
                self.rivals().await;
            }
        } else {
            self.set(CheckId::Run, CheckState::NotApplicable, "no run: the tag itself was made");
        }
        self.mirrored().await;
        self.publics().await;
        self.later().await;
        self.end().await;
        let now = self.sender.borrow();
        now.ending.is_some()
            && !now.checks.iter().any(|c| matches!(c.state, CheckState::Waiting { .. } | CheckState::Unknown))
    }

    fn over(&self) -> bool {
        self.seen.gone || self.seen.status.is_some_and(Status::finished)
    }

    async fn run(&mut self) {
        if self.seen.gone {
            return;
        }
        let (namespace, name) = (self.plan.object.namespace.as_str(), &self.plan.object.name);
        let place = match Place::of(&self.client, &self.plan.object.cluster).await {
            Ok(place) => place,
            Err(failure) => return self.set(CheckId::Run, CheckState::Unknown, failure.sentence()),
        };
        let object = match definition(&place, "pipelineruns", namespace, name).await {
            Ok(object) => object,
            Err(failure) if failure.kind == FailureKind::Missing => return self.vanished("it is not there any more"),
            Err(failure) => return self.set(CheckId::Run, CheckState::Unknown, failure.sentence()),
        };
        if object.text_at(&["metadata", "uid"]) != Some(self.accepted.uid.as_str()) {
            return self.vanished("another run has its name now");
        }
        let condition = object
            .at(&["status", "conditions"])
            .map(Tree::items)
            .unwrap_or(&[])
            .iter()
            .find(|c| c.text_at(&["type"]) == Some("Succeeded"));
        let pair = condition.and_then(|c| Some((c.text_at(&["status"])?, c.text_at(&["reason"]).unwrap_or_default())));
        let status = Status::of_condition(pair, object.at(&["status", "startTime"]).is_some());
        self.seen.status = Some(status);
        self.seen.stopping = object.at(&["spec", "status"]).is_some_and(|wish| *wish != Tree::Null);
        self.seen.why = condition.and_then(|c| c.text_at(&["message"])).unwrap_or_default().to_string();
        self.seen.skipped = object
            .at(&["status", "skippedTasks"])
            .map(Tree::items)
            .unwrap_or(&[])
            .iter()
            .filter_map(|t| t.text_at(&["name"]).map(str::to_string))
            .collect();
        if let Some(base) = place.session.tekton_path(Some(namespace), "taskruns") {
            let select = http::encoded(&format!("tekton.dev/pipelineRun={name}"));
            match place.read(&format!("{base}?labelSelector={select}"), "cannot list the run's tasks").await {
                Ok(list) => self.seen.tasks(&list),
                Err(failure) if !self.seen.did("mirror") => {
                    self.set(CheckId::Mirrored, CheckState::Unknown, failure.sentence())
                }
                Err(_) => {}
            }
        }
        self.change(|promotion| promotion.status = Some(status));
        let again = self.seen.again();
        match status {
            Status::Ok if self.seen.skipped.iter().any(|t| t == "mirror") => {
                self.set(CheckId::Run, CheckState::Bad, "it ended well and `mirror` was skipped: nothing was published")
            }
            Status::Ok => self.set(CheckId::Run, CheckState::Good, format!("the run ended well{again}")),
            status if status.finished() => self.set(
                CheckId::Run,
                CheckState::Bad,
                format!("the run is {}: {}{again}", status.word(), self.seen.why),
            ),
            status => self.waiting(CheckId::Run, &format!("the run is {}{again}", status.word())),
        }
    }

    fn vanished(&mut self, how: &str) {
        self.seen.gone = true;
        self.change(|promotion| promotion.status = None);
        self.set(CheckId::Run, CheckState::Unknown, format!("the run is gone, outcome unknown: {how}"));
    }

    async fn rivals(&mut self) {
        match send::older_than(&self.client, &self.plan.channel, &self.accepted.uid).await {
            Ok(None) => self.alone = true,
            Ok(Some(rival)) => self.stop(&format!("{} was there before and {}", rival.run, rival.does)).await,
            Err(_) => {}
        }
    }

    /// The tag, from the moment `mirror` has ended; it must be ours and stay so until the channel has it.
    async fn mirrored(&mut self) {
        if !checks::asked(CheckId::Mirrored, &self.plan)
            || !(self.seen.may_have("mirror") || self.over() || self.plan.way != Way::Pinned)
        {
            return;
        }
        let found = checks::mirrored(&self.client, &self.plan, self.expected().as_ref()).await;
        if !matches!(found, Mirrored::Ours(_) | Mirrored::Unseen(_)) {
            // Whether the channel has it decides what a move means.
            self.publics().await;
        }
        let settled = self.is(CheckId::Channel, &CheckState::Good);
        match found {
            Mirrored::Ours(digest) => {
                self.set(
                    CheckId::Mirrored,
                    CheckState::Good,
                    format!("{}:{} is ours, {digest}", self.plan.channel.release_repository, self.plan.name),
                );
                let said = format!("the image {}:{}", self.plan.channel.release_repository, self.plan.name);
                if self.expected().is_none() {
                    self.keep(&digest).await;
                }
                self.change(|promotion| {
                    promotion.expected = Some(digest.clone());
                    publish(promotion, &said);
                });
                self.pullable().await;
            }
            Mirrored::Absent if self.over() && !self.seen.did("mirror") => {
                let why = "`mirror` did not end well, and there is no such tag";
                self.set(CheckId::Mirrored, CheckState::NotApplicable, why);
                self.set(CheckId::Pullable, CheckState::NotApplicable, "nothing was mirrored");
            }
            Mirrored::Absent if self.plan.way == Way::Pinned && !self.seen.did("mirror") => {
                self.waiting(CheckId::Mirrored, "`mirror` was deleted, and there is no such tag")
            }
            Mirrored::Absent => {
                self.bad(CheckId::Mirrored, "`mirror` ended well, and there is no such tag".into(), settled).await
            }
            Mirrored::Moved { from, to } => {
                let by = match self.seen.ran_again("mirror") {
                    true if self.ours().await => "`mirror` ran again, for its finished task was deleted",
                    _ => "someone else pushed",
                };
                let why = format!("the tag moved from {} to {}: {by}", from.short(), to.short());
                self.bad(CheckId::Mirrored, why, settled).await;
            }
            Mirrored::Foreign(why) => self.bad(CheckId::Mirrored, why, settled).await,
            Mirrored::Unseen(why) => self.set(CheckId::Mirrored, CheckState::Unknown, why),
        }
    }

    /// A restart must not take a moved tag for what was made.
    async fn keep(&self, digest: &Digest) {
        if self.sender.borrow().looks_only {
            return;
        }
        let (time, answer) = (Timestamp::now(), format!("{MIRRORED}{digest}"));
        let line = Entry { time, answer, body: String::new(), plan: None, ..self.accepted.clone() };
        if let Err(failure) = note(&self.client, line).await {
            tracing::error!("{failure}");
        }
    }

    /// Whether what the tag holds now was made from the plan's source, under the plan's name.
    async fn ours(&self) -> bool {
        matches!(checks::mirrored(&self.client, &self.plan, None).await, Mirrored::Ours(_))
    }

    async fn pullable(&mut self) {
        if !matches!(
            self.sender.borrow().check(CheckId::Pullable).map(|c| c.state.clone()),
            Some(CheckState::Waiting { .. } | CheckState::Unknown)
        ) {
            return;
        }
        let Some(digest) = self.expected() else { return };
        match checks::pullable(&self.client, &self.plan, &digest).await {
            Ok(Ok(words)) => self.set(CheckId::Pullable, CheckState::Good, words),
            Ok(Err(why)) => {
                let late = self.seen.may_have("create-github-release") || self.plan.way != Way::Pinned;
                self.bad(CheckId::Pullable, why, late).await;
            }
            Err(why) => self.set(CheckId::Pullable, CheckState::Unknown, why),
        }
    }

    /// A failed check stops the run, or, when it is too late for that, raises the alarm.
    async fn bad(&mut self, id: CheckId, why: String, late: bool) {
        let known = self.is(id, &CheckState::Bad);
        self.set(id, CheckState::Bad, &why);
        if self.over() || late {
            if known {
                return;
            }
            let public = self.sender.borrow().public.join(", ");
            let tail = if public.is_empty() { String::new() } else { format!("; public already: {public}") };
            self.change(|promotion| promotion.alarm = Some(format!("{why}{tail}")));
        } else {
            self.stop(&why).await;
        }
    }

    async fn stop(&mut self, why: &str) {
        let waits = self.stop_again.as_ref().is_some_and(|(at, _)| Instant::now() < *at);
        if self.stopped || waits || self.plan.way != Way::Pinned {
            return;
        }
        let looks_only = self.sender.borrow().looks_only;
        if looks_only {
            return self
                .change(|promotion| promotion.alarm = Some(format!("{why}; weir is read-only and cancels nothing")));
        }
        self.stopped = true;
        self.stop_again = None;
        if self.seen.stopping {
            return self.change(|promotion| promotion.alarm = Some(format!("the run is cancelled already: {why}")));
        }
        let said = match Confirmed::stop_of(&self.accepted, why) {
            Some(stop) => match crate::execute::change(&self.client, stop).await {
                Ok(_) => format!("cancelled the run: {why}"),
                Err(failure) => {
                    self.stopped = false;
                    self.stop_again = Some((Instant::now() + STOP_AGAIN, why.to_string()));
                    format!("{why}; the run could not be cancelled: {}", failure.sentence())
                }
            },
            None => format!("{why}; the journal does not allow to cancel the run"),
        };
        self.change(|promotion| promotion.alarm = Some(said));
    }

    /// GitHub and the channel.
    async fn publics(&mut self) {
        self.github().await;
        self.channel().await;
    }

    async fn github(&mut self) {
        if checks::asked(CheckId::Github, &self.plan) && !self.is(CheckId::Github, &CheckState::Good) {
            let due = self.seen.did("create-github-release");
            let waits = self.github_again.is_some_and(|at| Instant::now() < at);
            let settled = matches!(
                self.sender.borrow().check(CheckId::Github).map(|c| c.state.clone()),
                Some(CheckState::NotApplicable)
            );
            if (self.seen.may_have("create-github-release") || self.over()) && !waits && !settled {
                self.github_again = Some(Instant::now() + GITHUB_AGAIN);
                match checks::github(&self.client, &self.plan).await {
                    Ok(Some(Ok(words))) => {
                        self.set(CheckId::Github, CheckState::Good, words);
                        let said = format!("the release on GitHub {}", self.plan.channel.github);
                        self.change(|promotion| publish(promotion, &said));
                    }
                    Ok(Some(Err(why))) => {
                        self.set(CheckId::Github, CheckState::Bad, why);
                        let said = format!("the release on GitHub {}", self.plan.channel.github);
                        self.change(|promotion| publish(promotion, &said));
                    }
                    Ok(None) if self.over() && due => {
                        self.set(CheckId::Github, CheckState::Bad, "GitHub has no such release")
                    }
                    Ok(None) if self.over() => {
                        self.set(CheckId::Github, CheckState::NotApplicable, "the run ended before it; GitHub has none")
                    }
                    Ok(None) => self.waiting(CheckId::Github, "GitHub does not show it yet"),
                    Err(why) => self.set(CheckId::Github, CheckState::Unknown, why),
                }
            }
        }
    }

    /// The ImageStream's tag.
    async fn channel(&mut self) {
        if checks::asked(CheckId::Channel, &self.plan) {
            let due = self.seen.did("update-release-channel") || self.plan.way == Way::ImagestreamTag;
            if !due && !self.seen.may_have("update-release-channel") && !self.over() {
                return;
            }
            let Some(expected) = self.expected() else {
                if self.over() && self.is(CheckId::Mirrored, &CheckState::NotApplicable) {
                    self.set(CheckId::Channel, CheckState::NotApplicable, "nothing was mirrored");
                }
                return;
            };
            match checks::channel(&self.client, &self.plan, &expected).await {
                Ok(Some(Ok(words))) => {
                    self.set(CheckId::Channel, CheckState::Good, words);
                    let said = format!("the channel {}", self.plan.channel.name);
                    self.change(|promotion| publish(promotion, &said));
                }
                Ok(Some(Err(why))) => self.bad(CheckId::Channel, why, true).await,
                Ok(None) if !due && self.over() => self.set(
                    CheckId::Channel,
                    CheckState::NotApplicable,
                    "the run ended before it; the channel has none",
                ),
                Ok(None) => self.waiting(CheckId::Channel, "the ImageStream has not imported it yet"),
                Err(why) => self.set(CheckId::Channel, CheckState::Unknown, why),
            }
        }
    }

    /// What takes hours.
    async fn later(&mut self) {
        if !self.is(CheckId::Channel, &CheckState::Good) {
            if self.over() {
                for id in [CheckId::Phase, CheckId::Signature, CheckId::Graph] {
                    if checks::asked(id, &self.plan) && self.is(CheckId::Channel, &CheckState::NotApplicable) {
                        self.set(id, CheckState::NotApplicable, "the channel has none");
                    }
                }
            }
            return;
        }
        for id in [CheckId::Phase, CheckId::Signature, CheckId::Graph] {
            if !checks::asked(id, &self.plan) || self.is(id, &CheckState::Good) || self.is(id, &CheckState::Bad) {
                continue;
            }
            let answer = match id {
                CheckId::Phase => checks::phase(&self.client, &self.plan).await,
                CheckId::Signature => match self.expected() {
                    Some(digest) => checks::signature(&self.client, &self.plan, &digest).await,
                    None => continue,
                },
                _ => checks::graph(&self.client, &self.plan).await,
            };
            match answer {
                Ok((Some(true), words)) => self.set(id, CheckState::Good, words),
                Ok((Some(false), words)) => self.set(id, CheckState::Bad, words),
                Ok((None, words)) => self.waiting(id, &words),
                Err(why) => self.waiting(id, &format!("cannot be asked now: {why}")),
            }
        }
    }

    async fn end(&mut self) {
        if self.sender.borrow().ending.is_some() || (self.plan.way == Way::Pinned && !self.over()) {
            return;
        }
        let began = *self.ended.get_or_insert_with(Timestamp::now);
        let patient = Timestamp::now().duration_since(began).unsigned_abs() < PATIENCE;
        let ending = {
            let now = self.sender.borrow();
            let immediate: Vec<&Check> = now.checks.iter().filter(|c| c.id.immediate()).collect();
            let said = |check: &Check| format!("{}: {}", check.id.key(), check.evidence);
            if let Some(bad) = immediate.iter().find(|c| c.state == CheckState::Bad) {
                Ending::Failed(said(bad))
            } else if self.seen.gone {
                Ending::Unknown(format!("the run is gone; {}", self.left(&now)))
            } else if let Some(open) =
                immediate.iter().find(|c| matches!(c.state, CheckState::Waiting { .. } | CheckState::Unknown))
            {
                if patient {
                    return;
                }
                Ending::Unknown(said(open))
            } else if self.plan.way == Way::Pinned && !self.is(CheckId::Mirrored, &CheckState::Good) {
                Ending::Failed("nothing was mirrored".into())
            } else {
                Ending::Good
            }
        };
        let (outcome, answer) = match &ending {
            Ending::Good => (Outcome::Done, "the run and the immediate checks are good".to_string()),
            Ending::Failed(why) => (Outcome::Failed, why.clone()),
            Ending::Unknown(why) => (Outcome::Unknown, why.clone()),
        };
        let looks_only = self.sender.borrow().looks_only;
        // Another weir of this machine, or this one before a restart, may have written it.
        let written = entries(&self.client)
            .await
            .unwrap_or_default()
            .iter()
            .any(|e| e.id == self.accepted.id && matches!(e.outcome, Outcome::Done | Outcome::Failed));
        if !looks_only && !written {
            let entry = Entry { time: Timestamp::now(), outcome, answer, body: String::new(), ..self.accepted.clone() };
            if let Err(failure) = note(&self.client, entry).await {
                tracing::error!("{failure}");
            }
        }
        self.change(|promotion| promotion.ending = Some(ending));
    }

    fn left(&self, now: &Promotion) -> String {
        let open = now.checks.iter().filter(|c| c.id.immediate() && c.id != CheckId::Run);
        let unread = open.into_iter().any(|c| matches!(c.state, CheckState::Unknown | CheckState::Waiting { .. }));
        match (now.public.is_empty(), unread) {
            (true, true) => "what of it is public is not known".into(),
            (true, false) => "nothing of it is public".into(),
            (false, true) => format!("public at least: {}", now.public.join(", ")),
            (false, false) => format!("public: {}", now.public.join(", ")),
        }
    }
}

fn publish(promotion: &mut Promotion, what: &str) {
    if !promotion.public.iter().any(|known| &**known == what) {
        promotion.public.push(what.into());
    }
}
