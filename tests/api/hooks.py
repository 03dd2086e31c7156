"""What an OpenAPI document cannot say, for cases that are meant to be accepted.

Parameters that exclude each other, ids that must be of something that exists, tokens that were given out, words that
only the vendor's connector knows. Cases that are meant to be refused are sent as they were made, and no check is off.
"""

import json
import os
import uuid

import schemathesis

FACTS = json.loads(os.environ["PORTCULLIS_API_CHECK"])


def by_name(query, name, value):
    if name in query:
        query[name] = value


def list_of_records(query):
    # A cursor belongs to one list, and says where the page begins in place of `offset`.
    query.pop("cursor", None)
    if query.get("format", "json") != "json":
        query.pop("limit", None)
        query.pop("offset", None)
        query.pop("expand", None)
    # A vendor's id means something within an integration alone.
    by_name(query, "integration_id", FACTS["integration_id"])
    if any(name.startswith("x_") for name in query):
        query["integration_id"] = FACTS["integration_id"]
    order = query.get("order-by")
    if isinstance(order, str):
        fields = {}
        for part in order.split(","):
            fields.setdefault(part.split(":")[0], part)
        query["order-by"] = ",".join(fields.values())


def changes(query):
    by_name(query, "since", "now")
    by_name(query, "integration_id", FACTS["integration_id"])


def models_of(body, name):
    if isinstance(body, dict) and isinstance(body.get(name), list):
        body[name] = FACTS["models"][:1]


def cadence(body):
    if isinstance(body, dict) and body.get("type") == "cron":
        body["cron"] = "30 2 * * *"
        if body.get("timezone") is not None:
            body["timezone"] = "Europe/Berlin"


def schedule(body):
    if not isinstance(body, dict):
        return
    cadence(body)
    models = body.get("models")
    if isinstance(models, dict):
        given = list(models.values())[:1]
        body["models"] = {FACTS["models"][0]: it for it in given}
        for it in given:
            cadence(it)


def span(body):
    models_of(body, "models_to_sync")
    if isinstance(body, dict) and (body.get("start") or body.get("end")):
        body["start"], body["end"] = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def create(body):
    if isinstance(body, dict):
        body["integration_vendor"] = FACTS["vendor"]
        body["credentials"] = FACTS["credentials"]
        by_name(body, "base_url", FACTS["base_url"])
        by_name(body, "environment", "sandbox")


def create_key(body):
    if isinstance(body, dict):
        by_name(body, "environment", "sandbox")
        by_name(body, "expires_at", "2099-01-01T00:00:00Z")
        by_name(body, "integrations", [FACTS["integration_id"]])
        by_name(body, "models", FACTS["models"][:1])


BODIES = {
    "create_api_key": create_key,
    "create_integration": create,
    "replace_schedule": schedule,
    "start_sync": lambda body: models_of(body, "models_to_sync"),
    "start_back_sync": span,
}


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw["operationId"]
    if operation in ("revoke_api_key", "rotate_api_key") and isinstance(case.path_parameters, dict):
        # One of the keys that are listed is the one that all calls are made with.
        case.path_parameters["id"] = "key_none"
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if isinstance(case.headers, dict) or hasattr(case.headers, "get"):
        # A key belongs to one request, and the generator is fond of short ones.
        for name in ("Idempotency-Key", "idempotency-key"):
            if case.headers.get(name) is not None:
                case.headers[name] = str(uuid.uuid4())
    query = case.query
    if isinstance(query, dict):
        if operation.startswith("list_") and case.operation.path.count("/") == 3 and operation != "list_audit":
            list_of_records(query)
        elif operation == "list_changes":
            changes(query)
        elif operation == "list_changes_per_day":
            # The first day must not come after the last one, nor lie too far before it.
            by_name(query, "from", "2026-01-01")
            by_name(query, "to", "2026-01-31")
    body = case.body
    if operation in BODIES:
        BODIES[operation](body)
    elif isinstance(body, dict):
        if operation == "replace_credentials":
            body["credentials"] = FACTS["credentials"]
        elif operation == "switch_models":
            body["models"] = {FACTS["models"][0]: True}
        elif operation == "erase_integration":
            # Whoever does not type the integration's name is refused; nobody can know it from the document.
            body["name"] = FACTS["name"]
            case.path_parameters["id"] = "int_none"
        elif operation == "retry_dead_letters":
            by_name(body, "model", FACTS["models"][0])
