//! `ledger`: who promoted what to where, and where the sources disagree.

use crate::code::{self, End};
use crate::desk::Desk;
use crate::shapes::ledger::Row as Shape;
use crate::table::Table;
use jiff::Timestamp;
use weir_domain::{Answer, Failure, FailureKind, Query, age_text};

pub(super) async fn ledger(desk: &mut Desk<'_>) -> Result<i32, End> {
    let Answer::Ledger(rows, unseen) = desk.client.fetch(Query::Ledger).await? else {
        let why = "the answer is to another question";
        return Err(Failure::new(FailureKind::Broken, "cannot read the ledger", why, "try again").into());
    };
    let code = if unseen.is_empty() { code::YES } else { code::UNREACHABLE };
    if desk.paper.json {
        let shapes: Vec<Shape<'_>> = rows.iter().map(Shape::of).collect();
        desk.paper.object(&shapes)?;
    } else if rows.is_empty() {
        desk.paper.note("no promotions are known");
    } else {
        let now = Timestamp::now();
        let mut table = Table::new([">AGE", "CHANNEL", "NAME", "OUTCOME", "WHO", "FROM", "RUN"]);
        for row in &rows {
            table.row([
                row.time.map(|at| age_text(at, now)).unwrap_or_default(),
                row.channel.to_string(),
                row.name.to_string(),
                row.outcome.to_string(),
                row.who.words(),
                row.from.as_deref().unwrap_or_default().to_string(),
                row.run.as_ref().map(ToString::to_string).unwrap_or_default(),
            ]);
        }
        let mut lines = table.lines().into_iter();
        desk.paper.line(&lines.next().unwrap_or_default())?;
        for (line, row) in lines.zip(&rows) {
            desk.paper.line(&line)?;
            let said = row.reason.iter().map(|reason| format!("because: {reason}"));
            for words in said.chain(row.disagreements.iter().map(|words| format!("beware: {words}"))) {
                desk.paper.line(&format!("      {words}"))?;
            }
        }
    }
    unseen.iter().for_each(|sentence| desk.paper.note(&format!("not seen: {sentence}")));
    Ok(code)
}
