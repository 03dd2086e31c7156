//! The frame around pages: the rail, breadcrumbs, titles; and pages without it, for the way in.

use maud::{DOCTYPE, Markup, html};

use crate::assets;
use crate::icon::{icon, mark};
use crate::visitor::{Look, Visitor};

/// Where a page belongs in the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Integrations,
    Data,
    Connectors,
    Keys,
    Settings,
}

const PLACES: [(Place, &str, &str, &str); 5] = [
    (Place::Integrations, "/", "plug", "Integrations"),
    (Place::Data, "/data", "database", "Data"),
    (Place::Connectors, "/connectors", "puzzle", "Connectors"),
    (Place::Keys, "/keys", "key-round", "API keys"),
    (Place::Settings, "/settings", "settings", "Settings"),
];

/// A page within the frame.
pub(crate) struct Page<'a> {
    /// What the browser's tab says.
    pub(crate) title: &'a str,
    /// Where it belongs.
    pub(crate) place: Place,
    /// Its ancestors: what they are called, and where they are.
    pub(crate) crumbs: Vec<(String, String)>,
    /// It shows real customers' data.
    pub(crate) is_production: bool,
    /// Where its live panels come from.
    pub(crate) live: Option<String>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(title: &'a str, place: Place) -> Self {
        Self {
            title,
            place,
            crumbs: Vec::new(),
            is_production: false,
            live: None,
        }
    }

    pub(crate) fn crumb(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.crumbs.push((name.into(), path.into()));
        self
    }

    pub(crate) fn production(mut self, is_production: bool) -> Self {
        self.is_production = is_production;
        self
    }

    pub(crate) fn live(mut self, path: Option<String>) -> Self {
        self.live = path;
        self
    }

    /// The whole document.
    pub(crate) fn show(self, visitor: &Visitor, content: &Markup) -> Markup {
        let body = html! {
            a.skip href="#content" { "Skip to the content" }
            div.shell {
                (rail(visitor, self.place))
                div {
                    @if self.is_production {
                        div.band role="region" aria-label="Production" { (icon("shield-check")) "Production: real customers' data" }
                    }
                    main.content #content tabindex="-1" data-live=[self.live.as_deref()] {
                        @if !self.crumbs.is_empty() { (crumbs(&self.crumbs, self.title)) }
                        (content)
                    }
                }
            }
            div #dialog {}
            div.floating.lost #connection role="status" hidden {}
            div.visually-hidden #said role="status" aria-live="polite" {}
        };
        document(self.title, visitor.look, &body)
    }
}

fn rail(visitor: &Visitor, place: Place) -> Markup {
    let user = &visitor.user;
    let initial: String = user
        .name
        .chars()
        .take(1)
        .flat_map(char::to_uppercase)
        .collect();
    html! {
        header.rail {
            a.brand href="/" { (mark()) span { "Portcullis" } }
            nav aria-label="Main" {
                ul.rail-links {
                    @for (its, path, picture, name) in PLACES {
                        li { a href=(path) aria-current=[(its == place).then_some("page")] { (icon(picture)) span { (name) } } }
                    }
                }
            }
            div.rail-foot {
                @if user.accounts.len() > 1 {
                    form.switch method="post" action="/account" {
                        input type="hidden" name="csrf" value=(user.csrf);
                        label.visually-hidden for="account" { "Account" }
                        select #account name="account" data-submit {
                            @for account in &user.accounts {
                                option value=(account.id) selected[account.id == user.account.id] { (account.name) }
                            }
                        }
                        noscript { button.btn.small { "Switch account" } }
                    }
                }
                a #help-link.btn.quiet.small href="/help" hx-get="/help" hx-target="#dialog" { (icon("circle-help")) span.who-text { "Keys and help" } }
                div.who {
                    span.avatar aria-hidden="true" { (initial) }
                    span.who-text { span.clip { (user.name) } span.small.muted.clip { (role(user.role)) } }
                    form method="post" action="/sign-out" {
                        input type="hidden" name="csrf" value=(user.csrf);
                        button.btn.quiet.icon-only aria-label="Sign out" title="Sign out" { (icon("log-out")) }
                    }
                }
            }
        }
    }
}

/// A role as people read it.
pub(crate) fn role(role: portcullis_service::UserRole) -> &'static str {
    match role {
        portcullis_service::UserRole::Admin => "Admin",
        portcullis_service::UserRole::Support => "Support",
        portcullis_service::UserRole::ReadOnly => "Read-only",
    }
}

fn crumbs(crumbs: &[(String, String)], title: &str) -> Markup {
    html! {
        nav aria-label="Breadcrumbs" {
            ol.crumbs {
                @for (name, path) in crumbs {
                    li { a.clip href=(path) { (crate::show::cut(name, 60)) } (icon("chevron-right")) }
                }
                li aria-current="page" { span.clip { (crate::show::cut(title, 60)) } }
            }
        }
    }
}

/// A page without the frame: signing in, errors.
pub(crate) fn door(title: &str, look: Look, content: &Markup) -> Markup {
    let body = html! {
        div.door {
            main {
                div.brand { (mark()) span { "Portcullis" } }
                (content)
            }
        }
    };
    document(title, look, &body)
}

/// What a dialog shows. Where no script asked for a dialog, the same stands on a page of its own.
pub(crate) fn dialog(title: &str, is_side: bool, content: &Markup) -> Markup {
    html! {
        dialog.side[is_side] aria-labelledby="dialog-title" {
            div.dialog-head {
                h2 #dialog-title { (title) }
                form method="dialog" { button.btn.quiet.icon-only data-close aria-label="Close" { (icon("x")) } }
            }
            div.dialog-body { (content) }
        }
    }
}

/// What a page is read without: loaded once it has been painted, since it looks through all of the page.
const LATER: [&str; 2] = ["htmx.js", "idiomorph.js"];

fn document(title: &str, look: Look, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[look.theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="htmx-config" content=r#"{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyCacheSize":0,"refreshOnHistoryMiss":true,"defaultSwapStyle":"innerHTML"}"#;
                title { (crate::show::cut(title, 120)) " · Portcullis" }
                link rel="icon" type="image/svg+xml" href=(assets::url("mark.svg"));
                link rel="stylesheet" href=(assets::url("console.css"));
                script src=(assets::url("console.js")) defer data-later=(LATER.map(assets::url).join(" ")) {}
            }
            body { (body) }
        }
    }
}
