-- Every table of Portcullis. The account leads every key, so that the data can be split by account.
-- Ids are compared byte by byte (collate "C"): their order never depends on the operating system's locale.

create table installation (
    only_row     boolean primary key default true check (only_row),
    id           text collate "C" not null,
    vault_key_id text collate "C" not null,
    key_check    bytea not null,
    created_at   timestamptz not null default now()
);

create table account (
    id         text collate "C" primary key,
    name       text not null,
    created_at timestamptz not null default now()
);

create table api_key (
    account_id   text collate "C" not null references account (id),
    id           text collate "C" not null,
    name         text not null,
    hash         bytea not null check (octet_length(hash) = 32),
    hint         text not null,
    environment  text not null check (environment in ('sandbox', 'production')),
    role         text not null check (role in ('read', 'admin')),
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    changed_at   timestamptz not null default now(),
    primary key (account_id, id)
);
create unique index api_key_hash on api_key (hash);
create index api_key_changed on api_key (changed_at);

create table integration (
    account_id          text collate "C" not null references account (id),
    id                  text collate "C" not null,
    name                text not null,
    vendor              text not null,
    connector_id        text not null,
    environment         text not null check (environment in ('sandbox', 'production')),
    base_url            text,
    settings            jsonb not null default '{}',
    id_salt             bytea not null check (octet_length(id_salt) = 16),
    enabled             boolean not null default false,
    credentials         text not null default 'unchecked' check (credentials in ('unchecked', 'valid', 'rejected')),
    credentials_message text,
    credentials_code    text,
    vendor_account_id   text,
    vendor_account_name text,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    archived_at         timestamptz,
    primary key (account_id, id),
    check (not (enabled and archived_at is not null))
);

create table data_key (
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    version        integer not null,
    wrapped        bytea not null,
    created_at     timestamptz not null default now(),
    primary key (account_id, integration_id, version),
    foreign key (account_id, integration_id) references integration (account_id, id)
);

create table secret (
    account_id       text collate "C" not null,
    integration_id   text collate "C" not null,
    name             text collate "C" not null,
    data_key_version integer not null,
    blob             bytea not null,
    primary key (account_id, integration_id, name),
    foreign key (account_id, integration_id, data_key_version) references data_key (account_id, integration_id, version)
);

create table connector_version (
    connector_id text collate "C" not null,
    digest       text collate "C" not null,
    version      text not null,
    vendor       text not null,
    name         text not null,
    status       text not null check (status in ('active', 'pending_approval', 'superseded', 'removed')),
    manifest     jsonb not null,
    imports      jsonb not null,
    grants       jsonb not null,
    difference   jsonb,
    file         text not null,
    loaded_at    timestamptz not null default now(),
    changed_at   timestamptz not null default now(),
    primary key (connector_id, digest)
);
create unique index connector_version_active on connector_version (connector_id) where status = 'active';

create table connector_refusal (
    file         text primary key,
    digest       text collate "C" not null,
    connector_id text,
    vendor       text,
    code         text not null,
    detail       text not null,
    at           timestamptz not null default now()
);

create table connector_approval (
    connector_id text collate "C" primary key,
    grants       jsonb not null,
    approved_at  timestamptz not null default now(),
    approved_by  text not null
);

create table access_check (
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    id             text collate "C" not null,
    status         text not null default 'queued' check (status in ('queued', 'running', 'finished')),
    outcome        text,
    message        text,
    created_at     timestamptz not null default now(),
    started_at     timestamptz,
    deadline_at    timestamptz,
    finished_at    timestamptz,
    worker         text,
    lease_until    timestamptz,
    fence          bigint not null default 0,
    primary key (account_id, id),
    foreign key (account_id, integration_id) references integration (account_id, id)
);
create unique index access_check_unfinished on access_check (account_id, integration_id) where status <> 'finished';
create index access_check_by_integration on access_check (account_id, integration_id, created_at desc);

create table data_access (
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    verdict        text not null check (verdict in
        ('granted', 'empty', 'partial', 'denied', 'not_licensed', 'unsupported', 'unknown', 'error')),
    message        text,
    record_count   bigint,
    sample         jsonb,
    restrictions   jsonb not null default '[]',
    evidence       jsonb not null default '[]',
    checked_at     timestamptz not null default now(),
    check_id       text collate "C" not null,
    primary key (account_id, integration_id, model),
    foreign key (account_id, integration_id) references integration (account_id, id)
);

create table sync (
    account_id       text collate "C" not null,
    integration_id   text collate "C" not null,
    id               text collate "C" not null,
    kind             text not null check (kind in ('first', 'manual', 'scheduled')),
    status           text not null default 'queued',
    created_at       timestamptz not null default now(),
    started_at       timestamptz,
    finished_at      timestamptz,
    cancel_requested boolean not null default false,
    primary key (account_id, id),
    foreign key (account_id, integration_id) references integration (account_id, id)
);
create unique index sync_unfinished on sync (account_id, integration_id) where finished_at is null;
create index sync_by_integration on sync (account_id, integration_id, created_at desc);

create table run (
    account_id        text collate "C" not null,
    integration_id    text collate "C" not null,
    sync_id           text collate "C" not null,
    id                text collate "C" not null,
    model             text collate "C" not null,
    lead_run_id       text collate "C",
    after             text[] not null default '{}',
    status            text not null,
    span              jsonb not null,
    cursor            text,
    state_format      integer not null,
    started_at        timestamptz,
    attempt           integer not null default 0,
    failures          integer not null default 0,
    next_at           timestamptz not null default now(),
    worker            text,
    lease_until       timestamptz,
    fence             bigint not null default 0,
    pages             bigint not null default 0,
    rows_new          bigint not null default 0,
    rows_changed      bigint not null default 0,
    rows_unchanged    bigint not null default 0,
    rows_dead         bigint not null default 0,
    requests          bigint not null default 0,
    total             bigint,
    error_code        text,
    error_message     text,
    who_must_act      text,
    connector_digest  text,
    connector_version text,
    created_at        timestamptz not null default now(),
    finished_at       timestamptz,
    primary key (account_id, id),
    unique (account_id, sync_id, model),
    foreign key (account_id, sync_id) references sync (account_id, id)
);
-- What a worker looks at to find work: it stays as small as the work that is open.
create index run_due on run (next_at) where finished_at is null and lead_run_id is null;
create index run_latest on run (account_id, integration_id, model, created_at desc);

create table checkpoint (
    account_id            text collate "C" not null,
    integration_id        text collate "C" not null,
    model                 text collate "C" not null,
    partition             text collate "C" not null default '',
    watermark             text,
    state_format          integer not null,
    last_complete_full_at timestamptz,
    primary key (account_id, integration_id, model, partition),
    foreign key (account_id, integration_id) references integration (account_id, id)
);

-- The unified documents. A model without a partition of its own lands in the default one: no DDL at run time.
create table record (
    account_id     text collate "C" not null,
    model          text collate "C" not null,
    id             text collate "C" not null,
    integration_id text collate "C" not null,
    scope          text collate "C" not null default '',
    external_id    text collate "C" not null,
    environment    text collate "C" not null,
    vendor         text collate "C" not null,
    doc            jsonb not null,
    hash           bytea not null,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    x_updated_at   timestamptz,
    deleted_at     timestamptz,
    -- When it last came back after a deletion; lets the upsert tell such a row from one that merely changed.
    revived_at     timestamptz,
    property_id    text collate "C",
    x_property_id  text collate "C",
    unit_id        text collate "C",
    x_unit_id      text collate "C",
    related        text[] not null default '{}',
    primary key (account_id, model, id),
    unique (account_id, model, integration_id, scope, external_id)
) partition by list (model);
create table record_properties   partition of record for values in ('properties');
create table record_units        partition of record for values in ('units');
create table record_leases       partition of record for values in ('leases');
create table record_residents    partition of record for values in ('residents');
create table record_applicants   partition of record for values in ('applicants');
create table record_applications partition of record for values in ('applications');
create table record_default      partition of record default;
create index record_newest on record (account_id, model, environment, created_at desc, id);
create index record_property on record (account_id, model, property_id);
create index record_related on record using gin (related);

create table dead_letter (
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    id             bigint generated always as identity,
    run_id         text collate "C" not null,
    scope          text not null default '',
    external_id    text,
    kind           text not null,
    message        text not null,
    at             timestamptz not null default now(),
    primary key (account_id, integration_id, id)
);

-- One row per integration and model: what the response cache must know, and how many live rows there are.
create table model_state (
    account_id            text collate "C" not null,
    integration_id        text collate "C" not null,
    model                 text collate "C" not null,
    generation            bigint not null default 0,
    generation_at         timestamptz not null default now(),
    -- Rows changed and the generation did not move yet; it moves with the next unit or the end of the attempt.
    generation_owed       boolean not null default false,
    live_rows             bigint not null default 0,
    settled               boolean not null default false,
    last_complete_full_at timestamptz,
    last_result           text,
    last_finished_at      timestamptz,
    changed_at            timestamptz not null default now(),
    primary key (account_id, integration_id, model),
    foreign key (account_id, integration_id) references integration (account_id, id)
);
create index model_state_changed on model_state (changed_at);

create table audit (
    id         bigint generated always as identity primary key,
    at         timestamptz not null default now(),
    account_id text collate "C",
    actor      text not null,
    action     text not null,
    subject    text not null,
    detail     jsonb not null default '{}'
);
create index audit_by_account on audit (account_id, id desc);
