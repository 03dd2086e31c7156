//! The pages in their states, each as the steps that lead there.

use portcullis_browser::EMAIL;

use crate::sample::Sample;

/// What is done on a page before its picture is taken.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Clicks on what stays on the page.
    Click(&'static str),
    /// Clicks on what brings another page.
    Submit(&'static str),
    /// Types.
    Fill(&'static str, &'static str),
    /// Chooses an option by its value.
    Choose(&'static str, &'static str),
    /// Waits for a text.
    See(&'static str, &'static str),
    /// Has nothing be answered any more: what is seen from here on is seen while it is waited for.
    Slow,
}

use Step::{Choose, Click, Fill, See, Slow, Submit};

/// A page in a state.
#[derive(Debug, Clone)]
pub(crate) struct Shot {
    pub(crate) page: &'static str,
    pub(crate) state: &'static str,
    pub(crate) path: String,
    pub(crate) steps: Vec<Step>,
}

fn shot(page: &'static str, state: &'static str, path: impl Into<String>, steps: &[Step]) -> Shot {
    Shot {
        page,
        state,
        path: path.into(),
        steps: steps.to_vec(),
    }
}

pub(crate) fn without_connector() -> Vec<Shot> {
    vec![
        shot("integrations", "no-connector", "/", &[]),
        shot("connectors", "none", "/connectors", &[]),
        shot("data", "no-customer", "/data", &[]),
    ]
}

pub(crate) fn welcome(link: &str) -> Vec<Shot> {
    vec![
        shot("sign-in", "welcome", link, &[]),
        shot(
            "sign-in",
            "welcome-errors",
            link,
            &[
                Fill("input[name=email]", EMAIL),
                Fill("input[name=name]", "Ana Díaz"),
                Fill("input[name=password]", "short"),
                Submit("form button.primary"),
                See("form", "at least 12 characters"),
            ],
        ),
    ]
}

pub(crate) fn refused() -> Vec<Shot> {
    vec![
        shot("integrations", "refused", "/", &[]),
        shot("connectors", "refused", "/connectors", &[]),
    ]
}

pub(crate) fn pending() -> Vec<Shot> {
    vec![
        shot("integrations", "pending", "/", &[]),
        shot("connectors", "pending", "/connectors", &[]),
    ]
}

pub(crate) fn pending_and_refused() -> Vec<Shot> {
    vec![
        shot("integrations", "pending-and-refused", "/", &[]),
        shot("connectors", "pending-and-refused", "/connectors", &[]),
    ]
}

pub(crate) async fn signed_in(sample: &Sample) -> Vec<Shot> {
    let at = |id: &str| format!("/integrations/{id}");
    let list = "/vendors/BUILDIUM/sandbox";
    let new = format!("{list}/new");
    let data =
        |id: &str, rest: &str| format!("/data?environment=sandbox&integration_id={id}{rest}");
    let dialog = "main .page-head a.primary";
    vec![
        shot("integrations", "cards", "/", &[]),
        shot("integrations", "search", "/?q=acme", &[]),
        shot("integrations", "nothing-found", "/?q=zzzz", &[]),
        shot(
            "integrations",
            "loading",
            "/",
            &[
                Slow,
                Fill("#q", "acme"),
                See("#looking.htmx-request", "Looking for vendors"),
            ],
        ),
        shot("vendor", "sandbox", list, &[]),
        shot(
            "vendor",
            "production-empty",
            "/vendors/BUILDIUM/production",
            &[],
        ),
        shot(
            "vendor",
            "needs-attention",
            format!("{list}?state=needs_attention"),
            &[],
        ),
        shot("vendor", "nothing-matches", format!("{list}?q=zzzz"), &[]),
        shot(
            "new-customer",
            "dialog",
            list,
            &[Click(dialog), See("#dialog dialog", "Client secret")],
        ),
        shot(
            "new-customer",
            "demo-filled",
            list,
            &[
                Click(dialog),
                Click("#dialog form.notice button"),
                See("#dialog dialog", "Filled with the demo"),
            ],
        ),
        shot(
            "new-customer",
            "working",
            list,
            &[
                Click(dialog),
                Click("#dialog form.notice button"),
                See("#dialog dialog", "Filled with the demo"),
                Slow,
                Click("#dialog form.form button[type=submit]"),
                See("#dialog form.form button[type=submit]", "Adding"),
            ],
        ),
        shot("new-customer", "page", new.clone(), &[]),
        shot(
            "new-customer",
            "errors",
            new,
            &[
                Fill("input[name='field.secret']", "a-secret-of-some-length"),
                Submit("form.form button[type=submit]"),
                See("main", "Nothing was added yet"),
            ],
        ),
        shot(
            "new-customer",
            "production",
            "/vendors/BUILDIUM/production/new",
            &[],
        ),
        shot("integration", "active", at(&sample.active), &[]),
        shot(
            "integration",
            "menu",
            at(&sample.active),
            &[Click("#integration-head details.menu summary")],
        ),
        shot("integration", "disabled", at(&sample.disabled), &[]),
        shot("integration", "rejected", at(&sample.rejected), &[]),
        shot(
            "integration",
            "first-sync",
            at(&sample.running),
            &[See("#jobs", "left")],
        ),
        shot("integration", "waiting", at(&sample.waiting), &[]),
        shot("integration", "held-deletions", at(&sample.cancelled), &[]),
        shot(
            "integration",
            "held-deletions-decide",
            at(&sample.cancelled),
            &[
                Click("#integration-notices a[href$='/deletions/units']"),
                See("#dialog dialog", "Keep them"),
            ],
        ),
        shot("integration", "failed", at(&sample.failed), &[]),
        shot("integration", "stale", at(&sample.stale), &[]),
        shot("integration", "empty", at(&sample.empty), &[]),
        shot(
            "integration",
            "unusual-events",
            format!("{}/events", at(&sample.unusual)),
            &[],
        ),
        shot("integration", "archived", at(&sample.archived), &[]),
        shot("integration", "unusual-name", at(&sample.unusual), &[]),
        shot(
            "integration",
            "settings",
            format!("{}/settings", at(&sample.active)),
            &[],
        ),
        shot(
            "integration",
            "schedule-error",
            format!("{}/settings", at(&sample.active)),
            &[
                Choose("select[name='own.kind']", "cron"),
                Fill("input[name='own.cron']", "61 2 * * *"),
                Submit("#schedule form button.primary"),
                See("#schedule", "Nothing was changed yet"),
            ],
        ),
        shot(
            "integration",
            "replace-credentials",
            at(&sample.rejected),
            &[
                Click("#integration-notices a[href$='/credentials']"),
                See("#dialog dialog", "Check and replace"),
            ],
        ),
        shot(
            "integration",
            "events",
            format!("{}/events", at(&sample.mixed)),
            &[],
        ),
        shot(
            "integration",
            "disable",
            at(&sample.active),
            &[
                Click("#integration-head details.menu summary"),
                Click("#integration-head a[href$='/disable']"),
                See("#dialog dialog", "What was read stays"),
            ],
        ),
        shot(
            "data-access",
            "probing",
            at(&sample.probing),
            &[See("#data-access", "Checking")],
        ),
        shot(
            "data-access",
            "mixed",
            at(&sample.mixed),
            &[
                Click("#access-applicants summary"),
                See("#access-applicants", "HTTP 403"),
            ],
        ),
        shot(
            "data-access",
            "for-customer",
            at(&sample.mixed),
            &[Click("#data-access details.menu summary")],
        ),
        shot("data-access", "vendor-down", at(&sample.down), &[]),
        shot("data-access", "all-denied", at(&sample.denied), &[]),
        shot("data-access", "connector-error", at(&sample.broken), &[]),
        shot(
            "job",
            "running-and-resumed",
            sample.job(&sample.running).await,
            &[],
        ),
        shot("job", "waiting", sample.job(&sample.waiting).await, &[]),
        shot("job", "success", sample.job(&sample.active).await, &[]),
        shot("job", "partial", sample.job(&sample.mixed).await, &[]),
        shot("job", "failed", sample.job(&sample.failed).await, &[]),
        shot(
            "job",
            "dead-letters",
            sample.job(&sample.unusual).await,
            &[],
        ),
        shot("job", "empty", sample.job(&sample.empty).await, &[]),
        shot(
            "job",
            "queued-and-blocked",
            sample.job(&sample.queued).await,
            &[],
        ),
        shot("job", "abandoned", sample.job(&sample.abandoned).await, &[]),
        shot("job", "cancelled", sample.job(&sample.cancelled).await, &[]),
        shot(
            "job",
            "no-warnings",
            format!("{}?problems=true", sample.job(&sample.active).await),
            &[],
        ),
        shot("job", "list", format!("{}/jobs", at(&sample.active)), &[]),
        shot("data", "all", "/data?environment=sandbox&model=units", &[]),
        shot(
            "data",
            "residents",
            data(&sample.active, "&model=residents"),
            &[],
        ),
        shot(
            "data",
            "not-synced",
            data(&sample.disabled, "&model=units"),
            &[],
        ),
        shot(
            "data",
            "synced-and-empty",
            data(&sample.empty, "&model=units"),
            &[],
        ),
        shot(
            "data",
            "with-deleted",
            data(&sample.active, "&model=units&include_deleted=true"),
            &[],
        ),
        shot(
            "data",
            "unusual",
            data(&sample.unusual, "&model=units"),
            &[],
        ),
        shot(
            "data",
            "unusual-record",
            data(&sample.unusual, "&model=units"),
            &[
                Click("#records tbody a.name"),
                See("#dialog dialog", "As stored"),
            ],
        ),
        shot(
            "data",
            "record-with-raw",
            data(&sample.active, "&model=leases"),
            &[
                Click("#records tbody a.name"),
                See("#dialog #original", "Id"),
            ],
        ),
        shot(
            "data",
            "filtered-to-nothing",
            data(&sample.active, "&model=units&unit_number=none"),
            &[],
        ),
        shot(
            "data",
            "bad-filter",
            data(&sample.active, "&model=units&updated_at_gte=yesterday"),
            &[],
        ),
        shot(
            "data",
            "record",
            "/data?environment=sandbox&model=leases",
            &[
                Click("#records tbody a.name"),
                See("#dialog dialog", "As stored"),
            ],
        ),
        shot(
            "data",
            "deleted-record",
            sample.deleted_record.clone(),
            &[See("main", "Deleted at the vendor")],
        ),
        shot("data", "record-page", sample.record("leases").await, &[]),
        shot("connectors", "loaded", "/connectors", &[]),
        shot("api-keys", "list", "/keys", &[]),
        shot(
            "api-keys",
            "new",
            "/keys",
            &[Click(dialog), See("#dialog dialog", "Valid for")],
        ),
        shot(
            "api-keys",
            "created",
            "/keys/new",
            &[
                Fill("input[name=name]", "reporting"),
                Submit("form.form button.primary"),
                See("main", "only time"),
            ],
        ),
        shot(
            "api-keys",
            "revoke",
            "/keys",
            &[
                Click("table a[href$='/revoke']"),
                See("#dialog dialog", "refused from now on"),
            ],
        ),
        shot("users", "list", "/users", &[]),
        shot("users", "invite", "/users/new", &[]),
        shot("settings", "you", "/settings", &[]),
        shot("settings", "help", "/help", &[]),
        shot("error", "not-here", "/integrations/int_none", &[]),
    ]
}

pub(crate) fn doors(used: &str) -> Vec<Shot> {
    vec![
        shot("sign-in", "blank", "/sign-in", &[]),
        shot(
            "sign-in",
            "wrong",
            "/sign-in",
            &[
                Fill("input[name=email]", EMAIL),
                Fill("input[name=password]", "not the password"),
                Submit("form button.primary"),
                See("main", "do not belong together"),
            ],
        ),
        shot("sign-in", "link-used-up", used, &[]),
    ]
}
