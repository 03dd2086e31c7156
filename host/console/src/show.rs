//! Numbers, times and durations as people read them.

use chrono::{DateTime, SecondsFormat, Utc};
use maud::{Markup, html};

/// A number with its thousands apart, by a space that does not break.
pub(crate) fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// `2 min 14 s`.
pub(crate) fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

fn ago_text(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds();
    let span = |seconds: i64| match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    };
    match seconds {
        ..0 => format!("in {}", span(-seconds)),
        0..2 => "just now".to_owned(),
        _ => format!("{} ago", span(seconds)),
    }
}

fn exact(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M:%S UTC").to_string()
}

fn machine(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// How long ago something was, with the exact time on hover; a script keeps it true.
pub(crate) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! { time datetime=(machine(at)) title=(exact(at)) data-as="ago" { (ago_text(at, now)) } }
}

/// How long ago, or a word for never.
pub(crate) fn ago_or(at: Option<DateTime<Utc>>, now: DateTime<Utc>, never: &str) -> Markup {
    match at {
        Some(at) => ago(at, now),
        None => html! { span.muted { (never) } },
    }
}

/// A time of day.
pub(crate) fn clock(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(machine(at)) title=(exact(at)) data-as="clock" { (at.format("%H:%M UTC")) } }
}

/// A time with its date: here in UTC, in the viewer's zone by a script.
pub(crate) fn moment(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(machine(at)) title=(exact(at)) data-as="moment" { (at.format("%Y-%m-%d %H:%M:%S UTC")) } }
}

/// How long something has been going on.
pub(crate) fn since(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! {
        time datetime=(machine(at)) title=(exact(at)) data-as="since" { (duration((now - at).num_seconds())) }
    }
}

/// `1 customer`, `2 customers`.
pub(crate) fn plural(n: u64, one: &str, many: &str) -> String {
    let shown = number(i64::try_from(n).unwrap_or(i64::MAX));
    format!("{shown} {}", if n == 1 { one } else { many })
}

/// The first characters of a long text.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let mut letters = text.chars();
    let mut shown: String = letters.by_ref().take(most).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(number(-1000), "−1\u{202f}000");
        assert!(number(i64::MIN).len() > 19);
        assert_eq!(duration(134), "2 min 14 s");
        assert_eq!(duration(3700), "1 h 1 min");
        let now = Utc::now();
        assert_eq!(ago_text(now - TimeDelta::seconds(12), now), "12 s ago");
        assert_eq!(ago_text(now + TimeDelta::minutes(5), now), "in 5 min");
        assert_eq!(cut("añb", 2), "añ…");
        assert_eq!(plural(1, "customer", "customers"), "1 customer");
    }
}
