//! How a figure is printed: name, what was measured, aim.

pub fn title(place: &str) {
    println!("on {place}; medians of {} runs, lowest to highest in brackets\n", crate::TIMES);
    println!("{:<58} {:<34} aim", "figure", "measured");
}

pub fn figure(name: &str, measured: &str, aim: &str) {
    println!("{name:<58} {measured:<34} {aim}");
}

/// A figure taken several times.
pub fn figures(name: &str, mut values: Vec<f64>, unit: &str, aim: &str) {
    values.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (values.first(), values.last()) else {
        return figure(name, "nothing was measured", aim);
    };
    let places = if *high >= 100.0 || values.iter().all(|value| value.fract() == 0.0) { 0 } else { 2 };
    let middle = median(&values);
    figure(name, &format!("{middle:.places$} {unit} [{low:.places$}–{high:.places$}]"), aim);
}

/// Of sorted or unsorted values; 0 of none.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        many => (values[(many - 1) / 2] + values[many / 2]) / 2.0,
    }
}
