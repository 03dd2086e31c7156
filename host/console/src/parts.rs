//! Small parts that many pages are made of.

use maud::{Markup, html};
use portcullis_service::{At, InputProblem};

use crate::icon::icon;
use crate::words::Tone;

/// Something that people must know before all else.
pub(crate) fn notice(
    tone: Tone,
    picture: &str,
    title: &str,
    text: &Markup,
    actions: &Markup,
) -> Markup {
    titled(tone, picture, &html! { (title) }, text, actions)
}

/// The same with a title that is more than a text, such as one with a time in it.
pub(crate) fn titled(
    tone: Tone,
    picture: &str,
    title: &Markup,
    text: &Markup,
    actions: &Markup,
) -> Markup {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    html! {
        div.notice.(tone.class()) role=(role) {
            (icon(picture))
            div.body { p { strong { (title) } } (text) }
            div.actions { (actions) }
        }
    }
}

/// A form shows nothing of what was typed before, though its address names it.
pub(crate) fn lost() -> Markup {
    notice(
        Tone::Warn,
        "history",
        "What you typed before is gone",
        &html! { p { "It is kept for half an hour. Type it once more." } },
        &html! {},
    )
}

/// What is said while a list is asked for anew; a script shows it when that takes long.
pub(crate) fn looking(text: &str) -> Markup {
    html! { p.floating.looking #looking role="status" { (crate::icon::turning("loader")) (text) } }
}

/// What was changed is stored. The address said so, and a script takes the word out of it.
pub(crate) fn saved(text: &str) -> Markup {
    html! { p.saved role="status" data-saved { (icon("check")) strong { "Saved. " } span { (text) } } }
}

/// What stands where there is nothing yet, and what to do about it.
pub(crate) fn empty(picture: &str, title: &str, text: &str, actions: &Markup) -> Markup {
    html! {
        div.empty {
            (icon(picture))
            p.empty-title { (title) }
            p { (text) }
            div.actions { (actions) }
        }
    }
}

/// The hidden field that shows a form to be ours.
pub(crate) fn csrf(token: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(token); }
}

/// A form that is one button.
pub(crate) fn button_form(action: &str, token: &str, class: &str, content: &Markup) -> Markup {
    html! {
        form.inline method="post" action=(action) {
            (csrf(token))
            button class=(format!("btn {class}")) { (content) }
        }
    }
}

/// What is wrong at a place of a form, by its JSON pointer.
pub(crate) fn problem_at<'a>(problems: &'a [InputProblem], pointer: &str) -> Option<&'a str> {
    problems
        .iter()
        .find(|problem| matches!(&problem.at, At::Pointer(at) if at == pointer))
        .map(|problem| problem.detail.as_str())
}

/// A sentence of the service in the words of a form: it names members of a request, which people do not see.
fn in_words(sentence: &str) -> String {
    sentence
        .replace("`name` must have", "The name must have")
        .replace("`base_url`", "the address")
        .replace('`', "")
}

/// One field of a form.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Field<'a> {
    /// Its name in the form.
    pub(crate) name: &'a str,
    /// What people read before it.
    pub(crate) label: &'a str,
    /// `text`, `password`, `email`, …
    pub(crate) kind: &'a str,
    /// What it holds; never a secret.
    pub(crate) value: &'a str,
    /// What people read beneath it.
    pub(crate) help: Option<&'a str>,
    /// A page that explains it.
    pub(crate) help_url: Option<&'a str>,
    /// What is wrong with it.
    pub(crate) problem: Option<&'a str>,
    /// Whether it must be filled in.
    pub(crate) required: bool,
    /// A secret that was typed before and is kept on this side.
    pub(crate) kept: bool,
    /// What browsers may fill in.
    pub(crate) autocomplete: &'a str,
    /// The id of a list of what is often typed.
    pub(crate) list: Option<&'a str>,
}

/// A field with its label, help and error.
pub(crate) fn field(it: Field<'_>) -> Markup {
    let id = format!(
        "field-{}",
        it.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    );
    let help_id = format!("{id}-help");
    let error_id = format!("{id}-error");
    let mut described = Vec::new();
    if it.problem.is_some() {
        described.push(error_id.as_str());
    }
    if it.help.is_some() || it.kept {
        described.push(help_id.as_str());
    }
    let described = described.join(" ");
    let is_secret = it.kind == "password";
    // A secret is never sent back, so a browser must not demand it again where it is kept.
    let required = it.required && !it.kept;
    let value = (!is_secret).then_some(it.value);
    let placeholder = it.kept.then_some("Kept from before. Type to replace it");
    html! {
        div.field {
            label for=(id) { (it.label) @if !it.required { span.optional { "optional" } } }
            div.with-button[is_secret] {
                input id=(id) name=(it.name) type=(it.kind) value=[value] required[required]
                    placeholder=[placeholder] autocomplete=(it.autocomplete) list=[it.list] spellcheck="false" autocapitalize="off"
                    aria-invalid=[it.problem.map(|_| "true")]
                    aria-describedby=[(!described.is_empty()).then_some(described)];
                @if is_secret {
                    button.btn.quiet type="button" data-reveal=(id) aria-pressed="false"
                        aria-label=(format!("Show {} while typing", it.label)) { (icon("eye")) }
                }
            }
            @if let Some(problem) = it.problem {
                p.error id=(error_id) { (icon("circle-alert")) span { (in_words(problem)) } }
            }
            @if it.help.is_some() || it.kept {
                div id=(help_id) {
                    @if it.kept { p.kept { (icon("check")) "Kept on the server; it is not sent back to this page." } }
                    @if let Some(help) = it.help { p.help { (help) } }
                    @if let Some(url) = it.help_url {
                        p.help { a href=(url) rel="noreferrer" target="_blank" { "How to find it" span.visually-hidden { " (" (it.label) ")" } } }
                    }
                }
            }
        }
    }
}

/// A vendor's logo, or the first letter of its name.
pub(crate) fn vendor_mark(name: &str, logo: Option<&str>) -> Markup {
    let initial: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
    let logo = logo.filter(|logo| logo.starts_with("data:image/"));
    html! {
        span.mark aria-hidden="true" {
            @if let Some(logo) = logo { img src=(logo) alt=""; } @else { (initial) }
        }
    }
}

/// Parts of a whole as one bar. The text says what the bar shows.
pub(crate) fn bar(parts: &[(u32, Tone)], text: &str, is_thin: bool) -> Markup {
    let whole: u32 = parts.iter().map(|(n, _)| n).sum();
    let mut at = 0.0;
    let mut drawn = Vec::with_capacity(parts.len());
    for (n, tone) in parts {
        let width = if whole == 0 {
            0.0
        } else {
            f64::from(*n) * 100.0 / f64::from(whole)
        };
        drawn.push((format!("{at:.2}"), format!("{width:.2}"), tone.class()));
        at += width;
    }
    html! {
        svg.bar.thin[is_thin] viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=(text) {
            @for (x, width, class) in &drawn { rect.(class) x=(x) y="0" width=(width) height="8" {} }
        }
    }
}
