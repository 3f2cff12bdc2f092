//! `payload`, `diff` and `verify`: what an image is made of, how two differ, and who signed it.

use crate::arguments::release::{Diff, Payload as Asked};
use crate::code::{self, End};
use crate::desk::Desk;
use crate::find::release::{self, Image};
use crate::paper::Paper;
use crate::shapes::payload::{Diff as DiffShape, Payload as Shape, weight};
use crate::shapes::signed::Signed as SignedShape;
use crate::table::Table;
use jiff::Timestamp;
use weir_domain::payload::{Changed, Changelog, Difference, Weight};
use weir_domain::{Answer, Component, Failure, FailureKind, ImageRef, Payload, PayloadDiff, Query, age_text};

pub(super) async fn payload(desk: &mut Desk<'_>, asked: &Asked) -> Result<i32, End> {
    let image = release::image(desk, &asked.image).await?.image;
    let payload = read(desk, &image).await?;
    let weights = if asked.sizes { weights(desk, &image).await? } else { Vec::new() };
    let refused: Vec<&Weight> = weights.iter().filter(|w| w.refused.is_some()).collect();
    if desk.paper.json {
        desk.paper.object(&Shape::of(&payload, &weights))?;
    } else {
        facts(desk, &payload)?;
        desk.paper.line("")?;
        components(&payload, asked.sizes.then_some(weights.as_slice())).print(&mut desk.paper)?;
    }
    payload.oddities.iter().for_each(|oddity| desk.paper.note(&format!("odd: {oddity}")));
    for weight in &refused {
        let why = weight.refused.as_deref().unwrap_or_default();
        desk.paper.note(&format!("{} cannot be pulled without credentials: {why}", weight.component));
    }
    Ok(if refused.is_empty() { code::YES } else { code::UNREACHABLE })
}

pub(super) async fn diff(desk: &mut Desk<'_>, asked: &Diff) -> Result<i32, End> {
    let (from, to) = tokio::join!(release::image(desk, &asked.from), release::image(desk, &asked.to));
    let (from, to) = (from?, to?);
    let (old, new) = tokio::join!(read(desk, &from.image), read(desk, &to.image));
    let (old, new) = (old?, new?);
    let diff = PayloadDiff::between(&old, &new);
    let log = if asked.changelog { Some(changelog(desk, &from, &to).await?) } else { None };
    if desk.paper.json {
        desk.paper.object(&DiffShape::of(&diff, (old.coreos(), new.coreos()), log.as_ref()))?;
        return Ok(code::YES);
    }
    let title = desk.paper.strong(&format!("{} → {}", diff.from, diff.to));
    desk.paper.line(&title)?;
    let mut lines = vec![("from", diff.from_digest.to_string()), ("to", diff.to_digest.to_string())];
    lines.push(("components", counts(&diff)));
    lines.extend(diff.coreos.as_ref().map(|(from, to)| {
        let word = |version: &Option<std::sync::Arc<str>>| version.as_deref().unwrap_or("none").to_string();
        ("CoreOS", format!("{} → {}", word(from), word(to)))
    }));
    for (label, words) in lines {
        desk.paper.line(&format!("{label:<11}{words}"))?;
    }
    if !diff.changes.is_empty() {
        desk.paper.line("")?;
        changes(&diff).print(&mut desk.paper)?;
    }
    if let Some(log) = log {
        merged(desk, &log)?;
    }
    Ok(code::YES)
}

pub(super) async fn verify(desk: &mut Desk<'_>, text: &str) -> Result<i32, End> {
    let image = release::image(desk, text).await?.image;
    let Answer::Signed(signed) = desk.client.fetch(Query::Signed(image.clone())).await? else {
        return Err(strange(&image).into());
    };
    let shape = SignedShape::of(&signed, &image);
    let printed = if desk.paper.json { desk.paper.object(&shape) } else { signatures(&mut desk.paper, &shape) };
    let named = ImageRef { digest: None, ..image };
    if let Some(reference) = shape.reference.filter(|reference| named.tag.is_some() && *reference != named.to_string())
    {
        desk.paper.note(&format!("the signature calls it {reference}, not {named}"));
    }
    code::keeping(printed, if shape.verdict == "good" { code::YES } else { code::FAILED })
}

fn signatures(paper: &mut Paper<'_>, shape: &SignedShape<'_>) -> Result<(), End> {
    let word = paper.tinted(shape.verdict, if shape.verdict == "good" { "32" } else { "31" });
    paper.line(&format!("{}  {word}", shape.image))?;
    let mut lines = vec![("why", shape.why.clone()), ("digest", shape.digest.to_string())];
    lines.extend(shape.key.map(|key| ("key", key.to_string())));
    lines.extend(shape.fingerprint.map(|fingerprint| ("fingerprint", fingerprint.to_string())));
    lines.extend(shape.reference.map(|reference| ("reference", reference.to_string())));
    lines.push(("store", shape.store.to_string()));
    for (label, words) in lines {
        paper.line(&format!("{label:<13}{words}"))?;
    }
    Ok(())
}

pub(super) async fn read(desk: &Desk<'_>, image: &ImageRef) -> Result<Payload, Failure> {
    match desk.client.fetch(Query::Payload(image.clone())).await? {
        Answer::Payload(payload) => Ok(*payload),
        _ => Err(strange(image)),
    }
}

async fn weights(desk: &Desk<'_>, image: &ImageRef) -> Result<Vec<Weight>, Failure> {
    match desk.client.fetch(Query::Weights(image.clone())).await? {
        Answer::Weights(weights) => Ok(weights),
        _ => Err(strange(image)),
    }
}

async fn changelog(desk: &Desk<'_>, from: &Image, to: &Image) -> Result<Changelog, Failure> {
    let (Some(from), Some(to)) = (&from.release, &to.release) else {
        return Err(Failure::new(
            FailureKind::Usage,
            "cannot ask for a changelog",
            "the release-controller compares releases by their names",
            "give both as TAG, or leave out --changelog",
        ));
    };
    let query = Query::Changelog { from: from.id.name.clone(), to: to.id.name.clone() };
    match desk.client.fetch(query).await? {
        Answer::Changelog(changelog) => Ok(*changelog),
        _ => {
            Err(Failure::new(FailureKind::Broken, "cannot read the changelog", "the answer is to another question", ""))
        }
    }
}

fn strange(image: &ImageRef) -> Failure {
    Failure::new(FailureKind::Broken, format!("cannot read {image}"), "the answer is to another question", "try again")
}

fn facts(desk: &mut Desk<'_>, payload: &Payload) -> Result<(), End> {
    let title = desk.paper.strong(&payload.name);
    desk.paper.line(&title)?;
    let list = if payload.list { ", by a list" } else { "" };
    let mut lines = vec![
        ("image", payload.image.to_string()),
        ("digest", payload.digest.to_string()),
        ("for", format!("{}{list}", payload.architectures.join(", "))),
    ];
    lines.extend(payload.created.map(|at| ("created", format!("{} ago ({at})", age_text(at, Timestamp::now())))));
    lines.extend(payload.coreos().map(|version| ("CoreOS", version.to_string())));
    lines.extend(payload.from_release.as_ref().map(|from| ("made from", from.to_string())));
    lines.extend((!payload.previous.is_empty()).then(|| ("upgrades", format!("from {}", payload.previous.join(", ")))));
    for ring in &payload.rings {
        lines.push(("key ring", format!("{}: {}", ring.name, ring.fingerprints.join(", "))));
    }
    lines.push(("components", payload.components.len().to_string()));
    for (label, words) in lines {
        desk.paper.line(&format!("{label:<11}{words}"))?;
    }
    Ok(())
}

/// With `weights`, when they were asked for.
fn components(payload: &Payload, weights: Option<&[Weight]>) -> Table {
    let Some(weights) = weights else {
        let mut table = Table::new(["COMPONENT", "VERSION", "COMMIT", "REPOSITORY", "DIGEST"]);
        for c in &payload.components {
            table.row([c.name.to_string(), version(c), commit(c), repository(c), c.digest.short()]);
        }
        return table;
    };
    let mut table = Table::new(["COMPONENT", ">SIZE", "FOR", "VERSION", "COMMIT", "REPOSITORY", "DIGEST"]);
    for c in &payload.components {
        let weight = weight(weights, &c.name);
        let size = weight.and_then(|w| w.size).map(weir_domain::size_text).unwrap_or_default();
        let arches = match weight {
            Some(weight) if weight.refused.is_some() => "refused".into(),
            Some(weight) => weight.architectures.join(","),
            None => String::new(),
        };
        table.row([c.name.to_string(), size, arches, version(c), commit(c), repository(c), c.digest.short()]);
    }
    table
}

fn version(component: &Component) -> String {
    component.version.as_deref().unwrap_or_default().to_string()
}

/// Twelve digits: enough for every forge.
fn commit(component: &Component) -> String {
    component.commit.as_deref().map(|c| c.get(..12).unwrap_or(c).to_string()).unwrap_or_default()
}

fn repository(component: &Component) -> String {
    component.repository.as_deref().unwrap_or_default().to_string()
}

/// "3 changed, 1 rebuilt, 0 added, 0 removed, 186 the same"
pub(super) fn counts(diff: &PayloadDiff) -> String {
    let n = |kind| diff.count(kind);
    format!(
        "{} changed, {} rebuilt, {} added, {} removed, {} the same",
        n(Difference::Changed),
        n(Difference::Rebuilt),
        n(Difference::Added),
        n(Difference::Removed),
        diff.same
    )
}

fn changes(diff: &PayloadDiff) -> Table {
    let mut table = Table::new(["COMPONENT", "IS", "COMMIT", "COMPARE"]);
    for changed in &diff.changes {
        table.row([changed.name.to_string(), kind(changed).into(), commits(changed), pages(changed)]);
    }
    table
}

fn kind(changed: &Changed) -> &'static str {
    match changed.kind {
        Difference::Added => "added",
        Difference::Removed => "removed",
        Difference::Changed => "changed",
        Difference::Rebuilt => "rebuilt",
    }
}

fn commits(changed: &Changed) -> String {
    let of = |component: &Option<Component>| component.as_ref().map(commit).filter(|c| !c.is_empty());
    match (of(&changed.from), of(&changed.to)) {
        (Some(from), Some(to)) if from != to => format!("{from} → {to}"),
        (_, Some(only)) | (Some(only), None) => only,
        (None, None) => String::new(),
    }
}

/// The commits between, else the commit of what is new or gone.
fn pages(changed: &Changed) -> String {
    let alone = || changed.to.as_ref().or(changed.from.as_ref()).and_then(Component::commit_page);
    changed.compare_page().or_else(alone).unwrap_or_default()
}

fn merged(desk: &mut Desk<'_>, log: &Changelog) -> Result<(), End> {
    desk.paper.line("")?;
    let title = desk.paper.strong(&format!("{} merged changes", log.pulls()));
    desk.paper.line(&title)?;
    for images in &log.images {
        desk.paper.line(&format!("  {}", images.names.join(", ")))?;
        for commit in &images.commits {
            let pull = commit.pull.map(|n| format!(" #{n}")).unwrap_or_default();
            let issues =
                if commit.issues.is_empty() { String::new() } else { format!(" ({})", commit.issues.join(", ")) };
            desk.paper.line(&format!("   {pull} {}{issues}", commit.subject))?;
        }
    }
    Ok(())
}
