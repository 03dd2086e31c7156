//! Every code that an answer of this API can carry, in one table: status, title, who must act, and what to do.
//!
//! The pages under `/docs/errors/` are made from it, and a test sees to it that every code of the
//! service has a row.

use portcullis_service::WhoMustAct;

/// One row of the table.
#[derive(Debug)]
pub struct CodeEntry {
    /// The stable name.
    pub code: &'static str,
    /// The HTTP status of an answer whose own code this is.
    pub status: u16,
    /// Who has to do something.
    pub who: WhoMustAct,
    /// A few words, the same for every occurrence.
    pub title: &'static str,
    /// What to do about it.
    pub action: &'static str,
}

const fn row(
    code: &'static str,
    status: u16,
    who: WhoMustAct,
    title: &'static str,
    action: &'static str,
) -> CodeEntry {
    CodeEntry {
        code,
        status,
        who,
        title,
        action,
    }
}

use WhoMustAct::{Caller, Customer, Gateway, Operator};

/// The table.
#[rustfmt::skip]
pub const CODES: &[CodeEntry] = &[
    // Who asks.
    row("api_key_missing", 401, Caller, "No API key", "Send the header `Authorization: Bearer <API key>`."),
    row("api_key_malformed", 401, Caller, "Not an API key", "Send the whole key, as it was shown when it was created, after `Bearer ` and a single space."),
    row("api_key_unknown", 401, Caller, "Unknown API key", "Check that the key belongs to this gateway. Keys are created with `portcullis key create`."),
    row("api_key_revoked", 401, Caller, "API key revoked", "Use another key. A revoked key never works again."),
    row("api_key_expired", 401, Caller, "API key expired", "Create a new key with `portcullis key create` and use it."),
    row("role_insufficient", 403, Caller, "The key's role is too small", "Use a key with the role `admin`. A key with the role `read` reads the models only."),
    // What is asked for.
    row("route_not_found", 404, Caller, "No such path", "`/openapi.json` lists every path; `/docs` shows them."),
    row("record_not_found", 404, Caller, "No such record", "Check the id, and that the key belongs to the account and the environment of the record."),
    row("integration_not_found", 404, Caller, "No such integration", "`GET /v1/admin/integrations/` lists the integrations of the key's account and environment."),
    row("sync_not_found", 404, Caller, "No such sync", "`GET /v1/admin/integrations/{id}/syncs` lists the syncs of an integration."),
    row("vendor_not_found", 404, Caller, "No such vendor", "`GET /v1/admin/vendors/` lists the vendors that the loaded connectors offer."),
    row("connector_not_found", 404, Caller, "No such connector", "`GET /v1/admin/vendors/` names the connectors that are loaded."),
    row("error_code_not_found", 404, Caller, "No such error code", "`/docs/errors` lists every code."),
    row("method_not_allowed", 405, Caller, "Method not allowed", "Use a method that the `Allow` header names."),
    // The request's form.
    row("invalid_request", 400, Caller, "The request is not valid", "Correct what `errors` names and send the request again."),
    row("path_not_utf8", 400, Caller, "The path is not UTF-8", "Percent-encode the path's bytes as UTF-8."),
    row("query_not_utf8", 400, Caller, "The query is not UTF-8", "Percent-encode the query's bytes as UTF-8."),
    row("body_too_large", 413, Caller, "The body is too large", "Send at most 1,048,576 bytes."),
    row("unsupported_media_type", 415, Caller, "Not a JSON body", "Send the body as JSON with `Content-Type: application/json`."),
    row("body_not_utf8", 400, Caller, "The body is not UTF-8", "Encode the JSON document as UTF-8."),
    row("body_unreadable", 400, Caller, "The body did not arrive whole", "Send the request again."),
    row("malformed_json", 400, Caller, "The body is not JSON", "Correct the JSON document at the place that `detail` names."),
    row("unknown_member", 400, Caller, "Unknown JSON member", "Leave the member out, or correct its name; `detail` lists those that are known."),
    row("missing_member", 400, Caller, "A JSON member is missing", "Add the member that `errors` points to."),
    row("invalid_type", 400, Caller, "A JSON member has the wrong type", "Send the type that `detail` names."),
    row("invalid_length", 400, Caller, "Too short or too long", "Keep to the length that `detail` names."),
    row("invalid_value", 400, Caller, "A value is not allowed", "Send one of the values that `detail` names."),
    // Query parameters.
    row("unknown_parameter", 400, Caller, "Unknown query parameter", "Leave the parameter out, or correct its name; `detail` lists those that are allowed."),
    row("duplicate_parameter", 400, Caller, "Query parameter given twice", "Give each parameter once."),
    row("invalid_limit", 400, Caller, "`limit` is out of range", "Send a whole number from 1 to 250."),
    row("invalid_cursor", 400, Caller, "Not a cursor of this list", "Send `next_cursor` of the page before unchanged, with the same filters and order, and without `offset`."),
    row("invalid_fields", 400, Caller, "`fields` names an unknown field", "Name fields of the model, separated by commas; the detail lists them."),
    row("invalid_since", 400, Caller, "Not a place in this feed", "Send `next_since` of the page before unchanged, with a key of the same account and environment, or `now`."),
    row("feed_restarted", 400, Caller, "The feed was restarted", "Read the records anew, then go on with `since=now`: the database was restored from a state before this place."),
    row("invalid_format", 400, Caller, "Not a format of this list", "Send `json`, `ndjson` or `csv`; the latter two without `limit`, `offset` and `cursor`."),
    row("invalid_offset", 400, Caller, "`offset` is out of range", "Send a whole number from 0 to 10,000,000."),
    row("invalid_order_by", 400, Caller, "`order-by` cannot be read", "Send `field:asc` or `field:desc`, several separated by commas, with fields that `detail` lists."),
    row("invalid_filter_value", 400, Caller, "A filter's value cannot be read", "Send a value of the kind that `detail` names."),
    row("x_filter_needs_integration", 400, Caller, "A vendor's id needs its integration", "Add `integration_id`: vendors number their records alike, so a vendor's id means nothing alone."),
    row("unknown_integration", 400, Caller, "No such integration", "`GET /v1/admin/integrations/` lists the integrations of the key's account and environment."),
    // Syncs and schedules.
    row("unknown_model", 400, Caller, "No such model", "Name a model of the integration's connector; `detail` lists them."),
    row("model_switched_off", 400, Caller, "The model is switched off", "Switch it on with `PUT /v1/admin/integrations/{id}/models`, or leave it out."),
    row("model_follows_lead", 400, Caller, "The model arrives with another", "Give the schedule to the model that `detail` names."),
    row("invalid_window", 400, Caller, "Not a window of time", "Send a `start` in the past and an `end` after it, or leave both out to read everything again."),
    row("interval_out_of_range", 400, Caller, "The interval is too short or too long", "Send an interval between one minute and 366 days."),
    row("cron_invalid", 400, Caller, "The pattern cannot be read", "Send the five fields minute, hour, day of month, month and day of week, such as `30 2 * * *`."),
    row("cron_never_due", 400, Caller, "The pattern names no time", "Send a pattern of which a time will come; the 30th of February does not."),
    row("timezone_unknown", 400, Caller, "No such time zone", "Send a name of the IANA database, such as `America/New_York` or `UTC`."),
    // Creating an integration.
    row("unknown_vendor", 400, Caller, "No such vendor", "`GET /v1/admin/vendors/` lists the vendors that the loaded connectors offer."),
    row("unknown_field", 400, Caller, "Unknown credential field", "Send the fields that the vendor's connector declares; `GET /v1/admin/vendors/{vendor}` lists them."),
    row("missing_field", 400, Caller, "A credential field is missing", "Add the field that `errors` points to."),
    row("pattern_mismatch", 400, Caller, "A credential field has the wrong form", "Check the value where the vendor shows it; it may have been cut off when it was copied."),
    row("field_group_incomplete", 400, Caller, "A group of credential fields is incomplete", "Fill in every field of one of the groups that `detail` names."),
    row("field_group_ambiguous", 400, Caller, "Two alternative groups of credential fields", "Fill in one of the groups that `detail` names, and leave the others out."),
    row("base_url_not_allowed", 400, Operator, "A base URL may not be given", "Leave `base_url` out. It is only accepted where the gateway runs with `egress.allow_loopback`, which is for tests."),
    row("base_url_invalid", 400, Caller, "Not a usable base URL", "Send an absolute `http` or `https` URL of a loopback address, without user, query or fragment."),
    row("environment_not_offered", 400, Caller, "The vendor has no such environment", "Use a key of an environment that `GET /v1/admin/vendors/{vendor}` lists."),
    row("environment_mismatch", 400, Caller, "The key belongs to the other environment", "Leave `environment` out, or use a key of that environment."),
    // The present state forbids it.
    row("access_check_running", 409, Caller, "An access check is running", "Wait for it to end: `GET /v1/admin/integrations/{id}/data-access` shows how far it is. It ends within 60 seconds."),
    row("access_not_checked", 409, Caller, "The access was not checked yet", "Start a check with `POST /v1/admin/integrations/{id}/data-access` and wait for its end."),
    row("credentials_rejected", 409, Customer, "The vendor refuses the credentials", "Ask the customer for working credentials and send them with `PUT /v1/admin/integrations/{id}/credentials`."),
    row("nothing_readable", 409, Customer, "The credentials can read nothing", "Ask the customer to grant the permissions that `GET /v1/admin/integrations/{id}/data-access` names, then check again."),
    row("integration_archived", 409, Caller, "The integration is archived", "Create a new integration. An archived one does not come back; its data stays readable."),
    row("connector_missing", 409, Operator, "No connector for this vendor is loaded", "Put the vendor's connector back into the connectors folder. The data that was synced stays readable."),
    row("already_enabled", 409, Caller, "The integration is enabled already", "Nothing needs to be done. `POST /v1/admin/integrations/{id}/manual-sync` syncs now."),
    row("integration_disabled", 409, Caller, "The integration is disabled", "Enable it with `POST /v1/admin/integrations/{id}/enable`; that starts a sync by itself."),
    row("sync_running", 409, Caller, "A sync is running", "Wait for it to end: `GET /v1/admin/integrations/{id}/syncs` shows how far it is; or stop it with `POST /v1/admin/syncs/{sync_id}/cancel`."),
    row("sync_ended", 409, Caller, "The sync has ended", "Nothing needs to be done: `GET /v1/admin/syncs/{sync_id}` shows how it ended."),
    row("nothing_held", 409, Caller, "No deletion waits", "`GET /v1/admin/integrations/{id}/held-deletes` lists the deletions that wait for somebody."),
    row("nothing_to_retry", 409, Caller, "No dead letter is open", "`GET /v1/admin/integrations/{id}/dead-letters?open=true` lists those that are open. Models that are switched off are not read."),
    row("nothing_pending", 409, Caller, "Nothing waits for approval", "`GET /v1/admin/vendors/` shows which connectors wait for approval."),
    row("digest_mismatch", 409, Caller, "Another version waits for approval", "Read the difference again with `GET /v1/admin/vendors/{vendor}` and approve the digest that is shown there."),
    // The gateway itself.
    row("too_many_streams", 503, Gateway, "Too many event streams", "Close streams that are not read any more, or try again later; `GET /v1/admin/syncs/{sync_id}` tells the same."),
    row("too_many_exports", 503, Caller, "Too many exports at once", "Try again in a minute, or read pages with `cursor` meanwhile."),
    row("database_unavailable", 503, Operator, "The database does not answer", "Try again in a few seconds. If it goes on, look at the gateway's database."),
    row("not_ready", 503, Gateway, "The gateway is not ready", "Wait until `/readyz` answers 200."),
    row("internal_error", 500, Gateway, "A fault of the gateway", "Try again. If it goes on, look in the gateway's log for the request id."),
];

/// The row of a code. An unknown code is a fault of the gateway, and is shown as one.
pub fn entry(code: &str) -> &'static CodeEntry {
    CODES
        .iter()
        .find(|entry| entry.code == code)
        .unwrap_or(&CODES[CODES.len() - 1])
}

/// The row of a code, if there is one.
pub fn find(code: &str) -> Option<&'static CodeEntry> {
    CODES.iter().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use portcullis_service::{INPUT_CODES, Refusal, Thing};
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_of_the_service_has_a_row_with_a_fitting_status() {
        for code in INPUT_CODES {
            assert_eq!(find(code).map(|e| e.status), Some(400), "{code}");
        }
        for refusal in Refusal::ALL {
            let entry = find(refusal.code());
            assert_eq!(entry.map(|e| e.status), Some(409), "{refusal:?}");
            assert_eq!(
                entry.map(|e| e.who),
                Some(refusal.who_must_act()),
                "{refusal:?}"
            );
        }
        for thing in Thing::ALL {
            assert_eq!(find(thing.code()).map(|e| e.status), Some(404), "{thing:?}");
        }
        for code in [
            "role_insufficient",
            "database_unavailable",
            "internal_error",
        ] {
            assert!(find(code).is_some(), "{code}");
        }
    }

    #[test]
    fn codes_are_unique_and_the_last_row_is_the_fault_of_the_gateway() {
        let unique: HashSet<_> = CODES.iter().map(|e| e.code).collect();
        assert_eq!(unique.len(), CODES.len());
        assert_eq!(entry("no_such_code").code, "internal_error");
    }
}
