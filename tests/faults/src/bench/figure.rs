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
    /// How far apart the medians of runs of the same lie that were made by turns, as a share: what looks like a
    /// difference below it is none.
    pub aa_control: f64,
    /// How many runs.
    pub runs: usize,
}

impl Figure {
    /// The figure of these values, and of those of the control.
    #[must_use]
    pub fn of(values: &[f64], control: &[f64]) -> Self {
        let (one, other) = (median(values), median(control));
        let apart = if control.is_empty() || one == 0.0 {
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

    /// The figure of all these runs of the same, in their order: every other one is the control of those between.
    #[must_use]
    pub fn by_turns(values: &[f64]) -> Self {
        let every_other =
            |first: usize| -> Vec<f64> { values.iter().skip(first).step_by(2).copied().collect() };
        Self {
            aa_control: Self::of(&every_other(0), &every_other(1)).aa_control,
            ..Self::of(values, &[])
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
    fn a_figure_is_held_against_as_many_runs_of_the_same() {
        let figure = Figure::of(&[10.0, 12.0, 11.0, 15.0], &[11.0, 13.0, 12.0, 9.0]);
        assert_eq!(
            (figure.median, figure.min, figure.max, figure.runs),
            (11.5, 10.0, 15.0, 4)
        );
        assert_eq!(figure.aa_control, 0.0);
        assert_eq!(Figure::of(&[10.0], &[12.0]).aa_control, 0.2);
        let turns = Figure::by_turns(&[10.0, 12.0, 10.0, 12.0, 11.0]);
        assert_eq!((turns.median, turns.runs), (11.0, 5));
        assert_eq!(turns.aa_control, 0.2);
    }
}
