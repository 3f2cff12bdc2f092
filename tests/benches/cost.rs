//! What a process has cost so far, as Linux counts it.

/// Linux counts a process's time in hundredths of a second, on every architecture weir is built for.
const TICKS: f64 = 100.0;

/// User and system time of a process in seconds, all its threads together.
pub fn cpu(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The second field, the program's name in brackets, may hold blanks.
    let Some((_, rest)) = stat.rsplit_once(") ") else { return 0.0 };
    let field =
        |number: usize| rest.split(' ').nth(number - 3).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (field(14) + field(15)) / TICKS
}

/// The most memory it ever had resident, in MB (10⁶ bytes).
pub fn peak(process: u32) -> f64 {
    megabytes(process, "VmHWM:")
}

/// What it has resident now, in MB.
pub fn resident(process: u32) -> f64 {
    megabytes(process, "VmRSS:")
}

/// From now on [`peak`] of this very process counts anew; on a kernel without that it stays what it was, which is more.
pub fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn megabytes(process: u32, what: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    let kibibytes: f64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0.0);
    kibibytes * 1024.0 / 1e6
}
