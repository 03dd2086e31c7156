"""Uses the client that was generated from the OpenAPI document: lists, pages, gets, and meets an error.

client.py BASE_URL KEY, with the folder of the generated package in PYTHONPATH.
"""

import sys

from portcullis_client import AuthenticatedClient
from portcullis_client.api.models import get_unit, list_units
from portcullis_client.models import Problem

base_url, key = sys.argv[1:]
client = AuthenticatedClient(base_url=base_url, token=key)

seen, cursor = [], None
while True:
    paged = {} if cursor is None else {"cursor": cursor}
    page = list_units.sync(client=client, limit=25, order_by="created_at:asc", **paged)
    assert not isinstance(page, Problem), page
    seen += [unit.id for unit in page.results]
    cursor = page.meta.next_cursor
    if not page.meta.has_more:
        break
assert len(seen) == len(set(seen)) == page.meta.total and len(seen) > 25, (len(seen), page.meta.total)

one = get_unit.sync(seen[0], client=client)
assert one.results.id == seen[0], one
assert one.results.created_at.tzinfo is not None, one

missing = get_unit.sync("unit_none", client=client)
assert isinstance(missing, Problem) and missing.code == "record_not_found", missing
print(f"{len(seen)} units in pages of 25, one by its id, one problem")
