//! A plan for people: the verdict and what blocks first, then the gates, then all that would be sent.

use super::super::payload::counts;
use crate::code::End;
use crate::desk::Desk;
use crate::paper::Paper;
use crate::shapes::plan::Plan as Shape;
use crate::table::Table;
use weir_domain::plan::DiffLine;
use weir_domain::{Gate, Plan, Verdict, Way, yaml};

/// Lines of the Pipeline around a difference.
const AROUND: usize = 2;

pub(super) fn plan(desk: &mut Desk<'_>, plan: &Plan) -> Result<(), End> {
    let paper = &mut desk.paper;
    if paper.json {
        return paper.object(&Shape::of(plan));
    }
    let title = paper.strong(&format!("promote {} → {} as {}", plan.from.release, plan.channel.name, plan.name));
    paper.line(&title)?;
    for (label, words) in facts(paper, plan) {
        paper.line(&format!("{label:<11}{words}"))?;
    }
    paper.line("")?;
    gates(paper, &plan.gates)?;
    pipeline(paper, &plan.pipeline_diff)?;
    for call in &plan.calls {
        paper.line("")?;
        paper.line(&format!("{} {}  ({})", call.method, call.path, call.content_type))?;
        for line in yaml::text(&call.body).lines() {
            paper.line(format!("  {line}").trim_end())?;
        }
    }
    for (index, sentence) in plan.follows.iter().enumerate() {
        if index == 0 {
            paper.line("")?;
            let title = paper.strong("Then");
            paper.line(&title)?;
        }
        paper.line(&format!("  {sentence}"))?;
    }
    Ok(())
}

fn facts(paper: &Paper<'_>, plan: &Plan) -> Vec<(&'static str, String)> {
    let verdict = if plan.goes() {
        paper.tinted("could be promoted", "32")
    } else {
        paper.tinted(&format!("cannot be promoted: {}", super::stopped(plan)), "31")
    };
    let mut facts = vec![
        ("plan", format!("{}, {verdict}", plan.id)),
        ("gates", plan.tally()),
        ("from", plan.from.pinned().to_string()),
        ("stream", plan.from.release.stream.to_string()),
        ("way", format!("{}: {}", plan.way.word(), makes(plan))),
        ("server", plan.server.clone()),
    ];
    facts.push((
        "channel",
        match &plan.holds {
            Some(holds) => format!("holds {holds}"),
            None => "holds nothing".into(),
        },
    ));
    facts.push(match &plan.diff {
        Ok(diff) => ("changes", format!("{} since {}", counts(diff), diff.from)),
        Err(why) => ("changes", format!("not known: {why}")),
    });
    if !plan.previous.is_empty() {
        facts.push(("upgrades", format!("from {}", plan.previous.join(", "))));
    }
    facts.push(("who", format!("{} on {}", plan.operator, plan.host)));
    facts.extend(plan.request.because().map(|reason| ("reason", reason)));
    facts
}

fn makes(plan: &Plan) -> String {
    match plan.way {
        Way::Pinned => format!("makes the run {}", plan.object),
        Way::ImagestreamTag => format!("makes the ImageStreamTag {}", plan.object),
        Way::RegistryTag => format!("writes the tag {}", plan.object),
    }
}

/// A gate a line; what does not simply pass has its details below.
fn gates(paper: &mut Paper<'_>, gates: &[Gate]) -> Result<(), End> {
    let mut table = Table::new(["GATE", "VERDICT", "EVIDENCE"]);
    for gate in gates {
        table.row([gate.id.key().to_string(), verdict(paper, gate), gate.evidence.clone()]);
    }
    let mut lines = table.lines().into_iter();
    paper.line(&lines.next().unwrap_or_default())?;
    for (line, gate) in lines.zip(gates) {
        paper.line(&line)?;
        if !matches!(gate.verdict, Verdict::Pass | Verdict::NotApplicable) {
            for detail in &gate.details {
                paper.line(&format!("    {detail}"))?;
            }
        }
        if let Some(why) = &gate.waived {
            paper.line(&format!("    waived: {why}"))?;
        }
    }
    Ok(())
}

fn verdict(paper: &Paper<'_>, gate: &Gate) -> String {
    let sgr = match gate.verdict {
        _ if gate.blocks() => "31",
        Verdict::Pass => "32",
        Verdict::NotApplicable => "2",
        Verdict::Warn | Verdict::Block | Verdict::Unknown => "33",
    };
    let word = if gate.waived.is_some() { "waived" } else { gate.verdict.word() };
    paper.tinted(word, sgr)
}

fn pipeline(paper: &mut Paper<'_>, lines: &[DiffLine]) -> Result<(), End> {
    if lines.is_empty() {
        return Ok(());
    }
    paper.line("")?;
    let title = paper.strong("The live Pipeline → what the run carries");
    paper.line(&title)?;
    for line in shortened(lines) {
        let line = match line {
            Some(DiffLine::Same(text)) => format!("    {text}"),
            Some(DiffLine::Out(text)) => paper.tinted(&format!("  - {text}"), "31"),
            Some(DiffLine::In(text)) => paper.tinted(&format!("  + {text}"), "32"),
            None => "  …".into(),
        };
        paper.line(line.trim_end())?;
    }
    Ok(())
}

/// The differences with a few lines around; `None` stands for what is left out.
fn shortened(lines: &[DiffLine]) -> Vec<Option<&DiffLine>> {
    let same = |line: &DiffLine| matches!(line, DiffLine::Same(_));
    let near = |at: usize| {
        let window = &lines[at.saturating_sub(AROUND)..lines.len().min(at + AROUND + 1)];
        window.iter().any(|line| !same(line))
    };
    let mut out: Vec<Option<&DiffLine>> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if near(at) {
            out.push(Some(line));
        } else if !matches!(out.last(), Some(None)) {
            out.push(None);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_neighbours_of_a_difference_are_shown() {
        let mut lines: Vec<DiffLine> = (0..10).map(|n| DiffLine::Same(n.to_string())).collect();
        lines[5] = DiffLine::Out("x".into());
        let shown: Vec<String> = shortened(&lines)
            .into_iter()
            .map(|line| match line {
                Some(DiffLine::Same(text) | DiffLine::Out(text) | DiffLine::In(text)) => text.clone(),
                None => "…".into(),
            })
            .collect();
        assert_eq!(shown, ["…", "3", "4", "x", "6", "7", "…"]);
    }
}
