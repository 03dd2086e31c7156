-- The vendor's own records, beside the unified ones, for integrations that keep them. Compressed, and on a hash of their
-- own: a field that the unified model does not have may change alone.

alter table integration add column keeps_originals boolean not null default false;

create table record_original (
    account_id     text collate "C" not null,
    model          text collate "C" not null,
    id             text collate "C" not null,
    integration_id text collate "C" not null,
    hash           bytea not null,
    body           bytea not null,
    stored_at      timestamptz not null default now(),
    primary key (account_id, model, id)
);
-- It is compressed already.
alter table record_original alter column body set storage external;
create index record_original_integration on record_original (account_id, integration_id);
