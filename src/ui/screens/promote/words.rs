//! What the promotion says: verdicts with their signs, requests in words, the four places, the plan as text.

use crate::parts::glyphs::Glyphs;
use crate::parts::text::width;
use crate::theme::Role;
use weir_domain::payload::Difference;
use weir_domain::proposal::Call;
use weir_domain::{Channel, Gate, Plan, PlanRequest, RunId, Severity, Verdict, Way, yaml};

pub(super) fn glyph(gate: &Gate, glyphs: &Glyphs) -> &'static str {
    match gate.verdict {
        _ if gate.waived.is_some() => glyphs.lost,
        Verdict::Pass => glyphs.ok,
        Verdict::Warn => glyphs.lost,
        Verdict::Block => glyphs.failed,
        Verdict::Unknown => glyphs.unknown,
        Verdict::NotApplicable => glyphs.skipped,
    }
}

pub(super) fn role(gate: &Gate) -> Role {
    match gate.verdict {
        _ if gate.blocks() => Role::Failed,
        _ if gate.warns() => Role::Warning,
        Verdict::NotApplicable => Role::Dim,
        _ => Role::Ok,
    }
}

pub(super) fn verdict(gate: &Gate) -> &'static str {
    if gate.waived.is_some() { "waived" } else { gate.verdict.word() }
}

/// Why a reason does not let it pass.
pub(super) fn unwaivable(gate: &Gate) -> &'static str {
    match (gate.verdict, gate.severity) {
        (Verdict::Pass, _) => "it passes",
        (Verdict::NotApplicable, _) => "it does not apply here",
        (_, Severity::Absolute) => "it can never be waived",
        _ => "it only warns, and keeps nothing from going",
    }
}

/// A request in words.
pub(super) fn call(plan: &Plan, call: &Call) -> String {
    let object = &plan.object;
    match plan.way {
        Way::Pinned => {
            let (name, namespace, cluster) = (&object.name, &object.namespace, &object.cluster);
            format!("create PipelineRun {name} in {namespace} on {cluster} as {}", plan.operator)
        }
        Way::ImagestreamTag => {
            let digest = plan.digest.as_ref().unwrap_or(&plan.from.digest).short();
            let from = &plan.channel.release_repository;
            let (tag, namespace, cluster) = (&object.name, &object.namespace, &object.cluster);
            format!("create ImageStreamTag {tag} in {namespace} on {cluster}, from {from}@{digest}")
        }
        Way::RegistryTag => {
            let tag = format!("{}/{}:{}", object.cluster, object.namespace, object.name);
            let digest = plan.digest.as_ref().unwrap_or(&plan.from.digest).short();
            format!("{} {tag} as {digest}", if call.method == "PUT" { "tag" } else { call.method })
        }
    }
}

/// "6 changed, 1 rebuilt, 1 added, CoreOS a → b", or why that is not known.
pub(super) fn changes(plan: &Plan, columns: usize) -> String {
    let diff = match &plan.diff {
        Ok(diff) => diff,
        Err(why) => return format!("changes not known: {why}"),
    };
    let kinds = [
        (Difference::Changed, "changed"),
        (Difference::Rebuilt, "rebuilt"),
        (Difference::Added, "added"),
        (Difference::Removed, "removed"),
    ];
    let counted = kinds.map(|(kind, word)| (diff.count(kind), word));
    let said: Vec<String> =
        counted.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let words = if said.is_empty() { "no component changes".into() } else { said.join(", ") };
    let Some((from, to)) = &diff.coreos else { return words };
    let or = |version: &Option<std::sync::Arc<str>>| version.as_deref().unwrap_or("none").to_string();
    let long = format!("{words}, CoreOS {} → {}", or(from), or(to));
    // The new version tells more than the old one.
    if width(&long) <= columns { long } else { format!("{words}, CoreOS → {}", or(to)) }
}

/// Where a promotion leaves its marks: whoever does not know what happened looks there.
pub(super) fn places(channel: &Channel, name: &str, object: &RunId) -> Vec<String> {
    let mut places = Vec::new();
    if channel.way == Way::Pinned {
        places.push(format!("run     {} in {} on {}", object.name, object.namespace, object.cluster));
    }
    places.push(format!("tag     {}:{name}", channel.release_repository));
    if !channel.github.is_empty() {
        places.push(format!("GitHub  https://github.com/{}/releases/tag/{name}", channel.github));
    }
    if let Some(stream) = &channel.imagestream {
        places.push(format!("channel ImageStream {}/{}:{name} on {}", stream.namespace, stream.name, stream.cluster));
    }
    places.push(format!("page    {name} in {} of the release-controller", channel.name));
    places
}

/// Release and channel while there is no plan yet.
pub(super) fn wanted(request: &PlanRequest) -> [String; 2] {
    [request.release.name.to_string(), format!("  → {}", request.channel)]
}

/// The whole plan as text, for the clipboard.
pub(super) fn whole(plan: &Plan) -> String {
    let mut text = format!(
        "plan {}\n{} {}\n→ {} as {}\n{}\n\n{}\n",
        plan.id,
        plan.from.release.name,
        plan.from.digest,
        plan.channel.name,
        plan.name,
        changes(plan, usize::MAX),
        plan.tally()
    );
    for gate in &plan.gates {
        text.push_str(&format!("{:<8}{:<14}{}\n", verdict(gate), gate.id.key(), gate.evidence));
        for line in &gate.details {
            text.push_str(&format!("{:22}{line}\n", ""));
        }
        if let Some(reason) = &gate.waived {
            text.push_str(&format!("{:22}waived: {reason}\n", ""));
        }
    }
    text.extend(plan.obstacles.iter().map(|obstacle| format!("block   {obstacle}\n")));
    for call in &plan.calls {
        text.push_str(&format!("\n{} {}{}\n{}", call.method, plan.server, call.path, yaml::text(&call.body)));
    }
    text.trim_end().to_string()
}
