//! A figure with its spread, and with a control that compares it with itself.

use serde::Serialize;

/// A figure over several runs.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// The middle value.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// How far the medians of every other run lie apart, as a share: what looks like a difference below it is none.
    pub aa_control: f64,
    /// How many runs.
    pub runs: usize,
}

impl Figure {
    /// The figure of these values, in the order in which they were measured.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let half = |rest: usize| -> f64 {
            let every_other: Vec<f64> = values.iter().skip(rest).step_by(2).copied().collect();
            median(&every_other)
        };
        let (one, other) = (half(0), half(1));
        let apart = if values.len() < 2 || one == 0.0 {
            0.0
        } else {
            (one - other).abs() / one.abs()
        };
        Self {
            median: median(values),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            aa_control: apart,
            runs: values.len(),
        }
    }
}

/// The middle value; between two, their mean.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::Figure;

    #[test]
    fn a_figure_has_its_spread_and_its_control() {
        let figure = Figure::of(&[10.0, 12.0, 11.0, 15.0]);
        assert_eq!(
            (figure.median, figure.min, figure.max, figure.runs),
            (11.5, 10.0, 15.0, 4)
        );
        // 10 and 11 against 12 and 15.
        assert!((figure.aa_control - 3.0 / 10.5).abs() < 1e-9);
    }
}
