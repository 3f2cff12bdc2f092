//! The sections in display order: which line has which number, and the reading of windows.

use crate::part::Part;
use crate::{Line, LineId, SectionId};
use std::sync::Arc;

/// A log's sections in display order, and where each id stands.
#[derive(Clone, Default)]
pub(crate) struct Parts {
    pub(crate) list: Vec<Arc<Part>>,
    /// By section id.
    pub(crate) place: Vec<usize>,
}

impl Parts {
    /// Each section with the number of its line 0.
    pub(crate) fn based(&self) -> impl Iterator<Item = (u64, &Part)> {
        self.list.iter().scan(0, |base, part| {
            let own = *base;
            *base += part.lines();
            Some((own, part.as_ref()))
        })
    }

    pub(crate) fn part(&self, section: SectionId) -> Option<&Part> {
        let place = *self.place.get(section.0 as usize)?;
        self.list.get(place).map(Arc::as_ref)
    }

    pub(crate) fn base(&self, section: SectionId) -> Option<u64> {
        let place = *self.place.get(section.0 as usize)?;
        Some(self.list[..place].iter().map(|part| part.lines()).sum())
    }

    pub(crate) fn id(&self, number: u64) -> Option<LineId> {
        self.based()
            .find(|(base, part)| number < base + part.lines())
            .map(|(base, part)| LineId { section: part.id, index: number - base })
    }

    pub(crate) fn number(&self, line: LineId) -> Option<u64> {
        let part = self.part(line.section)?;
        (line.index < part.lines()).then(|| self.base(line.section))?.map(|base| base + line.index)
    }

    /// Up to `count` lines from number `first` on; a gap counts as one.
    pub(crate) fn window(&self, first: u64, count: usize) -> Vec<Line> {
        let mut lines = Vec::with_capacity(count.min(4096));
        for (base, part) in self.based() {
            if lines.len() >= count {
                break;
            }
            if base + part.lines() <= first {
                continue;
            }
            let mut index = first.saturating_sub(base);
            let mut cursor = part.cursor(base);
            if index < part.dropped() {
                lines.push(cursor.gap());
                index = part.dropped();
            }
            while lines.len() < count {
                let Some(line) = cursor.line(index) else {
                    break;
                };
                lines.push(line);
                index += 1;
            }
        }
        lines
    }
}
