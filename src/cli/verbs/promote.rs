//! `promote`: the plan, and with `--confirm` and the plan's id exactly that plan, to its end.
//!
//! What is sent is planned anew; when its id is not the one that was seen, nothing is sent, and what differs is said.

mod follow;
mod kept;
mod show;

use super::change;
use crate::arguments::release::Promote;
use crate::code::{self, End};
use crate::desk::{Desk, word};
use crate::find;
use crate::words::nearest;
use weir_domain::gate::Severity;
use weir_domain::{
    Answer, Channel, Command, Consent, Failure, FailureKind, GateId, Plan, PlanRequest, Query, Verdict, Way,
};

pub(super) async fn promote(desk: &mut Desk<'_>, asked: &Promote) -> Result<i32, End> {
    let waivers = waivers(&asked.waive, &asked.reasons)?;
    let channel = channel(desk.client.channels(), &asked.to)?.name.to_string();
    if asked.confirm.is_some() {
        change::not_read_only(desk, "promote", &asked.release)?;
    }
    let release = find::release::release(desk, &asked.release).await?.id;
    let reason = asked.reasons.first().filter(|_| waivers.is_empty()).cloned();
    let request = PlanRequest { release, channel, way: asked.way, waivers, reason };
    let Answer::Plan(plan) = desk.client.fetch(Query::Plan(request.clone())).await? else {
        let what = format!("cannot plan {}", request.release);
        return Err(Failure::new(FailureKind::Broken, what, "the answer is to another question", "try again").into());
    };
    in_vain(desk, &plan);
    match (&asked.confirm, &asked.plan_id) {
        (Some(name), Some(id)) => {
            exactly(desk, &plan, name, id)?;
            send(desk, *plan, name).await
        }
        _ => {
            if let Err(why) = kept::keep(&desk.client.journal_path(), &plan) {
                desk.paper.note(&format!("the plan is not kept, so that a --confirm cannot say what differs: {why}"));
            }
            let printed = show::plan(desk, &plan);
            next(desk, &plan, asked);
            code::keeping(printed, if asked.plan && plan.goes() { code::YES } else { code::REFUSED })
        }
    }
}

/// The channel of that name, else which there are.
fn channel<'a>(channels: &'a [Channel], name: &str) -> Result<&'a Channel, Failure> {
    let names: Vec<&str> = channels.iter().map(|c| c.name.as_str()).collect();
    channels.iter().find(|c| c.name.as_str() == name).ok_or_else(|| {
        let (why, hint) = match (names.is_empty(), nearest(name, names.iter().copied())) {
            (true, _) => ("the config has none".into(), "write `[[channel]]`, see `weir config init`".into()),
            (false, Some(near)) => (format!("there are {}", names.join(", ")), format!("did you mean `{near}`?")),
            (false, None) => (format!("there are {}", names.join(", ")), String::new()),
        };
        Failure::new(FailureKind::Usage, format!("there is no channel `{name}`"), why, hint)
    })
}

/// Gates and their reasons in the order in which they were given, sorted by gate. Without a gate one reason is the promotion's own.
fn waivers(gates: &[GateId], reasons: &[String]) -> Result<Vec<(GateId, String)>, Failure> {
    let usage = |why: String, hint: &str| Err(Failure::new(FailureKind::Usage, "cannot tell the waivers", why, hint));
    if reasons.iter().any(|reason| reason.trim().is_empty()) {
        return usage("a reason is blank".into(), "say why");
    }
    if gates.is_empty() && reasons.len() <= 1 {
        return Ok(Vec::new());
    }
    if gates.len() != reasons.len() {
        let why = format!("{} of --waive and {} of --reason", gates.len(), reasons.len());
        return usage(why, "give each --waive GATE its own --reason TEXT");
    }
    let mut pairs: Vec<(GateId, String)> = gates.iter().copied().zip(reasons.iter().cloned()).collect();
    pairs.sort();
    match pairs.windows(2).find(|two| two[0].0 == two[1].0) {
        Some(twice) => usage(format!("`{}` is waived twice", twice[0].0), "waive it once"),
        None => Ok(pairs),
    }
}

/// Says which waivers change nothing.
fn in_vain(desk: &mut Desk<'_>, plan: &Plan) {
    for (id, _) in &plan.request.waivers {
        let Some(gate) = plan.gate(*id).filter(|gate| gate.waived.is_none()) else { continue };
        let words = match gate.severity {
            Severity::Absolute if gate.verdict != Verdict::Pass => format!("the gate `{id}` cannot be waived"),
            _ => format!("the gate `{id}` needs no waiver: it says {}", gate.verdict.word()),
        };
        desk.paper.note(&words);
    }
}

/// The plan is the one that was seen, and it may be sent.
fn exactly(desk: &mut Desk<'_>, plan: &Plan, name: &str, id: &str) -> Result<(), End> {
    let what = format!("cannot promote {} to {}", plan.from.release, plan.channel.name);
    let refused = |why: String, hint: String| -> End { Failure::new(FailureKind::Refused, &what, why, hint).into() };
    if plan.id != id {
        match kept::old(&desk.client.journal_path(), id, plan) {
            Some(old) if old.from.release != plan.from.release || old.channel.name != plan.channel.name => {
                desk.paper.note(&format!("the plan {id} promotes {} to {}", old.from.release, old.channel.name));
            }
            Some(old) => old.drift(plan).iter().for_each(|words| desk.paper.note(words)),
            None => desk.paper.note(&format!("the plan {id} was not made on this machine, or long ago")),
        }
        tell(desk, plan);
        let why = format!("the plan is {} now, not {id}", plan.id);
        return Err(refused(why, "nothing was sent; look at it with --plan".into()));
    }
    if plan.name != name {
        return Err(refused(format!("--confirm says `{name}`"), format!("it must be `{}`", plan.name)));
    }
    if !plan.goes() {
        tell(desk, plan);
        return Err(refused(stopped(plan), "nothing was sent; see --plan".into()));
    }
    Ok(())
}

/// Why it could not be sent: "2 gates block: `digest`, `alone`".
fn stopped(plan: &Plan) -> String {
    let gates: Vec<String> = plan.blocking().map(|gate| format!("`{}`", gate.id)).collect();
    match (gates.as_slice(), plan.obstacles.as_slice()) {
        ([], []) => "there is nothing to send".into(),
        ([], [obstacle]) => obstacle.clone(),
        ([], [obstacle, more @ ..]) => format!("{obstacle}; and {} more like this", more.len()),
        ([one], _) => format!("the gate {one} blocks"),
        (many, _) => format!("{} gates block: {}", many.len(), many.join(", ")),
    }
}

/// All that keeps the plan from being sent, a line each.
fn tell(desk: &mut Desk<'_>, plan: &Plan) {
    for gate in plan.blocking() {
        desk.paper.note(&format!("{}: {}, {}", gate.id, gate.verdict.word(), gate.evidence));
    }
    plan.obstacles.iter().for_each(|words| desk.paper.note(&format!("cannot be waived: {words}")));
}

async fn send(desk: &mut Desk<'_>, plan: Plan, name: &str) -> Result<i32, End> {
    let what = format!("cannot promote {} to {}", plan.from.release, plan.channel.name);
    let proposal = desk.client.propose(Command::Promote(Box::new(plan.clone())), None).await?;
    let confirmed = proposal.answer(Consent::Typed(name)).map_err(|proposal| {
        let hint = format!("it must be `{}`", proposal.phrase());
        Failure::new(FailureKind::Refused, &what, format!("--confirm says `{name}`"), hint)
    })?;
    // From here on an interrupt must not cut between the create and the journal's line after it.
    let mut leave = follow::Leave::listen(desk);
    let receipt = desk.client.execute(confirmed).await?;
    desk.paper.note(&receipt.words);
    follow::follow(desk, &plan, &receipt, &mut leave).await
}

/// Says how to go on from a plan.
fn next(desk: &mut Desk<'_>, plan: &Plan, asked: &Promote) {
    if !plan.goes() {
        let words = format!("cannot be promoted: {}", stopped(plan));
        desk.paper.note(&words);
        let waivable: Vec<&str> = plan.blocking().filter(|g| g.can_be_waived()).map(|g| g.id.key()).collect();
        if !waivable.is_empty() {
            desk.paper.note(&format!("can be waived with --waive GATE --reason TEXT: {}", waivable.join(", ")));
        }
        return;
    }
    if desk.surroundings.demo.is_some() {
        desk.paper
            .note("nothing was sent; the next --demo is another world: `weir demo serve` keeps one to send it to");
        return;
    }
    let mut words = format!("{} promote {} --to {}", desk.program(), asked.release, asked.to);
    words.extend(asked.way.map(|way: Way| format!(" --way {}", way.word())));
    for (gate, reason) in asked.waive.iter().zip(&asked.reasons) {
        words.push_str(&format!(" --waive {gate} --reason {}", word(reason)));
    }
    if let Some(reason) = &plan.request.reason {
        words.push_str(&format!(" --reason {}", word(reason)));
    }
    desk.paper.note(&format!("nothing was sent; to send it: {words} --confirm {} --plan-id {}", plan.name, plan.id));
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_domain::channel::known_channels;

    #[test]
    fn waivers_and_reasons_are_pairs_in_the_order_given() {
        let reasons = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        let both = [GateId::Jobs, GateId::Accepted];
        let pairs = waivers(&both, &reasons(&["flaky", "by phone"])).expect("pairs");
        assert_eq!(pairs, [(GateId::Accepted, "by phone".to_string()), (GateId::Jobs, "flaky".to_string())]);
        assert_eq!(waivers(&[], &reasons(&["the promotion's own"])), Ok(Vec::new()));
        for (gates, said) in [(&both[..], vec!["one"]), (&[][..], vec!["a", "b"]), (&both[..1], vec!["a", "b"])] {
            assert_eq!(waivers(gates, &reasons(&said)).expect_err("refused").kind, FailureKind::Usage);
        }
        let blank = waivers(&both[..1], &reasons(&[" "])).expect_err("refused");
        assert_eq!((blank.kind, blank.why.as_str()), (FailureKind::Usage, "a reason is blank"));
        let twice = waivers(&[GateId::Jobs, GateId::Jobs], &reasons(&["a", "b"])).expect_err("refused");
        assert_eq!(twice.why, "`jobs` is waived twice");
    }

    #[test]
    fn an_unknown_channel_names_those_there_are() {
        let channels = known_channels(&"moc".into(), &"app.ci".into());
        assert!(channel(&channels, "4-scos-next").is_ok());
        let failure = channel(&channels, "4-scos-nxt").expect_err("unknown");
        assert_eq!(failure.kind, FailureKind::Usage);
        assert_eq!(
            failure.to_string(),
            "there is no channel `4-scos-nxt`: there are 4-scos-next, 4-scos-stable, 5-scos-next, 5-scos-stable. \
             did you mean `4-scos-next`?"
        );
        assert_eq!(channel(&[], "x").expect_err("none").why, "the config has none");
    }
}
