//! What the product promises of each figure.

use std::fmt;

use crate::Spine;

/// The bound of a figure.
#[derive(Debug, Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// A figure beside its bound.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The figure's name in the file.
    pub(crate) figure: &'static str,
    value: f64,
    bound: Bound,
    /// Whether the bound holds.
    pub(crate) met: bool,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, bound) = match self.bound {
            Bound::AtLeast(bound) => ("≥", bound),
            Bound::AtMost(bound) => ("≤", bound),
        };
        let word = if self.met { "met" } else { "NOT MET" };
        write!(
            f,
            "{:<20} {:>10.2} {sign} {bound:<8} {word}",
            self.figure, self.value
        )
    }
}

/// All figures that were taken, beside their bounds.
pub(crate) fn judge(spine: &Spine) -> Vec<Verdict> {
    let figures = [
        (
            "records_per_second",
            Some(spine.records_per_second),
            Bound::AtLeast(8_000.0),
        ),
        (
            "rss_growth_mib",
            Some(spine.rss_growth_mib),
            Bound::AtMost(64.0),
        ),
        (
            "guest_page_ms",
            Some(spine.guest_page_ms),
            Bound::AtMost(5.0),
        ),
        (
            "component_kb",
            Some(spine.component_kb),
            Bound::AtMost(500.0),
        ),
        ("demo_cold_s", spine.demo_cold_s, Bound::AtMost(1_200.0)),
        ("demo_warm_s", spine.demo_warm_s, Bound::AtMost(15.0)),
    ];
    figures
        .into_iter()
        .filter_map(|(figure, value, bound)| {
            let value = value?;
            let met = match bound {
                Bound::AtLeast(bound) => value >= bound,
                Bound::AtMost(bound) => value <= bound,
            };
            Some(Verdict {
                figure,
                value,
                bound,
                met,
            })
        })
        .collect()
}
