//! How many lines each block of the overview gets: one pure function of the height and the lengths of the lists.

/// Lines of each block, top to bottom. A block of no lines is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Blocks {
    /// Rows of items, the line "+3 more" not counted.
    pub(super) items: u16,
    /// Whether that line is there.
    pub(super) more: bool,
    pub(super) streams: u16,
    pub(super) running: u16,
    pub(super) ended: u16,
    pub(super) cleaned: u16,
    /// Whether blank lines separate the blocks.
    pub(super) airy: bool,
}

/// Headings: what needs you, streams, their columns, runs.
const HEADINGS: u16 = 4;

/// `going`: lines of promotions, then of all that runs, these among them.
pub(super) fn blocks(height: u16, items: usize, streams: usize, going: (usize, usize), cleaned: usize) -> Blocks {
    let short = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
    let airy = height >= 16;
    let mut left = height.saturating_sub(HEADINGS + if airy { 2 } else { 0 });
    let mut take = |wish: u16| {
        let taken = wish.min(left);
        left -= taken;
        taken
    };
    // The words "nothing needs you" and "no streams" need a line too.
    let least_streams = short(streams).clamp(1, (height / 4).max(1));
    let cleaned = if height < 12 { 0 } else { short(cleaned).min(2) };
    let kept = take(least_streams);
    let cleaned = take(cleaned);
    // What goes out to everybody is in sight, however much else there is.
    let promoting = if height < 12 { 0 } else { take(short(going.0).min(2)) };
    let wished = short(items).max(1);
    let given = take(wished.min((height / 3).max(3)));
    let more = given < wished;
    let given_streams = kept + take(short(streams).saturating_sub(least_streams));
    let running = promoting + take(short(going.1).saturating_sub(promoting));
    // What nobody else wants goes to the items after all.
    let given = given + if more { take(wished - given) } else { 0 };
    // A line on its own is the worst item, never a count.
    let more = given > 1 && given < wished;
    let ended = take(u16::MAX);
    Blocks { items: given - u16::from(more), more, streams: given_streams, running, ended, cleaned, airy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_height_gives_more_lines_than_there_are() {
        for height in 0..60u16 {
            for (items, streams, going, cleaned) in
                [(0, 0, (0, 0), 0), (3, 7, (1, 2), 0), (40, 60, (3, 9), 1), (1, 60, (0, 0), 3)]
            {
                let found = blocks(height, items, streams, going, cleaned);
                let lines =
                    found.items + u16::from(found.more) + found.streams + found.running + found.ended + found.cleaned;
                let air = if found.airy { 2 } else { 0 };
                if height >= HEADINGS + 2 {
                    assert!(lines + air + HEADINGS <= height, "{height}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn at_eighty_by_twenty_four_items_streams_and_running_runs_are_all_in_sight() {
        let found = blocks(22, 4, 7, (0, 2), 0);
        assert_eq!(found, Blocks { items: 4, more: false, streams: 7, running: 2, ended: 3, cleaned: 0, airy: true });
        let found = blocks(22, 30, 60, (0, 9), 0);
        assert!(found.more && found.items >= 5 && found.streams >= 5, "{found:?}");
    }

    #[test]
    fn a_promotion_is_in_sight_on_the_worst_day() {
        let found = blocks(22, 30, 60, (1, 9), 2);
        assert!(found.running >= 1 && found.streams >= 5, "{found:?}");
    }
}
