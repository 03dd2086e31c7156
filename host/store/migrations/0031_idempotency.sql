-- Requests that came with a key of the caller's choice, so that sending one again is not doing it again. Neither the
-- caller's key nor the request is kept, only keyed hashes of them; the answer is sealed, since it may hold a secret.

create table idempotent_request (
    account_id     text collate "C" not null references account (id),
    api_key_id     text collate "C" not null,
    -- Keyed hash of the caller's key.
    name           bytea not null,
    -- Keyed hash of method, path, query and body.
    request        bytea not null,
    -- What it is about, so that it goes when that is erased.
    integration_id text collate "C",
    -- Whoever holds it says so again and again; what nobody holds and has no answer died under way.
    held_until     timestamptz not null,
    fence          bigint not null default 1,
    answer         bytea,
    created_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    primary key (account_id, api_key_id, name)
);
-- It is sealed: nothing to compress.
alter table idempotent_request alter column answer set storage external;
create index idempotent_request_expired on idempotent_request (expires_at);
create index idempotent_request_integration on idempotent_request (account_id, integration_id) where integration_id is not null;
