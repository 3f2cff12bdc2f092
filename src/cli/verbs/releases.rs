//! `streams` and `releases`: what the release-controller says.

use crate::code::{self, End};
use crate::desk::Desk;
use crate::paper::Paper;
use crate::shapes::release::{Release as Shape, Stream as StreamShape};
use crate::table::Table;
use crate::{find, list};
use jiff::Timestamp;
use weir_domain::{EndpointKind, News, Phase, Release, StreamName, Watch, age_text};

pub(super) async fn streams(desk: &mut Desk<'_>) -> Result<i32, End> {
    find::release::there_is_one(desk)?;
    let streams = list::streams(desk.client).await?;
    let unread: Vec<String> = desk
        .client
        .endpoints()
        .into_iter()
        .filter(|e| e.kind == EndpointKind::Releases)
        .flat_map(|endpoint| endpoint.unseen)
        .collect();
    unread.iter().for_each(|sentence| desk.paper.note(&format!("not read: {sentence}")));
    let code = if unread.is_empty() { code::YES } else { code::UNREACHABLE };
    if desk.paper.json {
        let shapes: Vec<StreamShape<'_>> = streams.iter().map(StreamShape::of).collect();
        desk.paper.object(&shapes)?;
        return Ok(code);
    }
    let now = Timestamp::now();
    let mut table = Table::new(["STREAM", "NEWEST", "PHASE", ">AGE", "NEWEST ACCEPTED", ">AGE"]);
    for stream in &streams {
        let (newest, accepted) = (stream.newest(), stream.newest_accepted());
        table.row([
            stream.name.to_string(),
            newest.map(|r| r.name.to_string()).unwrap_or_default(),
            newest.map(|r| phase(&desk.paper, r)).unwrap_or_default(),
            newest.map(|r| age(r, now)).unwrap_or_default(),
            accepted.map(|r| r.name.to_string()).unwrap_or_default(),
            accepted.map(|r| age(r, now)).unwrap_or_default(),
        ]);
    }
    match (table.is_empty(), unread.is_empty()) {
        (true, true) => desk.paper.note("the release-controller has no streams"),
        (true, false) => {}
        (false, _) => table.print(&mut desk.paper)?,
    }
    Ok(code)
}

pub(super) async fn releases(desk: &mut Desk<'_>, name: &str) -> Result<i32, End> {
    find::release::there_is_one(desk)?;
    let what = format!("cannot list the releases of `{name}`");
    let watch = Watch::Releases(StreamName::new(name));
    let stream = list::first(desk.client, watch, &what, |news| match news {
        News::Releases(_, loaded) => Some(loaded),
        _ => None,
    })
    .await?;
    if desk.paper.json {
        let shapes: Vec<Shape<'_>> = stream.releases.iter().map(|r| Shape::of(r, name)).collect();
        desk.paper.object(&shapes)?;
        return Ok(code::YES);
    }
    let now = Timestamp::now();
    let mut table = Table::new(["RELEASE", "PHASE", ">AGE", "WHY"]);
    for release in &stream.releases {
        let why = release.verdict.as_ref().and_then(|v| v.sentence()).unwrap_or_default();
        table.row([release.name.to_string(), phase(&desk.paper, release), age(release, now), why]);
    }
    if table.is_empty() {
        desk.paper.note(&format!("`{name}` has no releases"));
    } else {
        table.print(&mut desk.paper)?;
    }
    Ok(code::YES)
}

fn age(release: &Release, now: Timestamp) -> String {
    release.created.map(|at| age_text(at, now)).unwrap_or_default()
}

fn phase(paper: &Paper<'_>, release: &Release) -> String {
    word(paper, release.phase)
}

pub(super) fn word(paper: &Paper<'_>, phase: Phase) -> String {
    let sgr = match phase {
        Phase::Failed | Phase::Rejected => "31",
        Phase::Pending => "33",
        Phase::Ready => "36",
        Phase::Accepted => "32",
        Phase::Unknown => "2",
    };
    paper.tinted(phase.word(), sgr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_no_source_gives_stays_empty() {
        let release = Release {
            name: "4.21.0-okd-scos.7".into(),
            phase: Phase::Accepted,
            pull_spec: "".into(),
            created: None,
            verdict: None,
        };
        assert_eq!(age(&release, Timestamp::UNIX_EPOCH), "");
    }
}
