//! The shortest way to move the cursor. Nothing here depends on how the line discipline treats a newline: the only
//! newlines follow a carriage return.

/// Writes the move to column and row `to` (from 0); without a known start it is absolute.
pub(super) fn write(from: Option<(u16, u16)>, to: (u16, u16), out: &mut Vec<u8>) {
    if from == Some(to) {
        return;
    }
    let (x, y) = to;
    let mut best = match (x, y) {
        (0, 0) => "\x1b[H".to_owned(),
        (0, _) => format!("\x1b[{}H", y + 1),
        _ => format!("\x1b[{};{}H", y + 1, x + 1),
    };
    if let Some((from_x, from_y)) = from {
        let down = steps(y, from_y, 'B', 'A');
        let mut ways =
            vec![format!("{down}{}", steps(x, from_x, 'C', 'D')), format!("{down}\r{}", steps(x, 0, 'C', 'D'))];
        if x < from_x {
            ways.push(format!("{down}{}", "\x08".repeat(usize::from(from_x - x))));
        }
        if y > from_y && y - from_y <= 4 {
            ways.push(format!("\r{}{}", "\n".repeat(usize::from(y - from_y)), steps(x, 0, 'C', 'D')));
        }
        for way in ways {
            if way.len() < best.len() {
                best = way;
            }
        }
    }
    out.extend_from_slice(best.as_bytes());
}

fn steps(to: u16, from: u16, more: char, less: char) -> String {
    match (to.abs_diff(from), if to > from { more } else { less }) {
        (0, _) => String::new(),
        (1, way) => format!("\x1b[{way}"),
        (count, way) => format!("\x1b[{count}{way}"),
    }
}
