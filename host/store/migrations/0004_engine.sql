-- What the sync engine remembers: how far a pass came and which keys it saw, what is missing since when, what changed,
-- which properties are wanted, and which deletions wait for a person.

alter table run
    add column rows_deleted       bigint not null default 0,
    -- New or revived records that may have appeared at the vendor while this run read: they hide what an offset skipped.
    add column rows_fresh         bigint not null default 0,
    -- Null for a model that is read as a whole.
    add column partitions_done    bigint,
    add column partitions_total   bigint,
    add column partitions_skipped bigint not null default 0,
    add column skip_message       text,
    add column waited_ms          bigint not null default 0;

alter table record
    -- Our id of the parent over which it was read, '' for models that are read as a whole.
    add column partition     text collate "C" not null default '',
    -- Since when complete passes have missed it, and when it was last known to exist before that.
    add column missing_since timestamptz,
    add column last_seen_at  timestamptz,
    -- How much speaks for its absence; a pass that proves it counts 4, and 4 are a deletion.
    add column absence       smallint not null default 0;
create index record_partition on record (account_id, partition) where partition <> '';

alter table checkpoint
    -- Incremental runs that ended well since the last complete full one.
    add column incrementals integer not null default 0,
    -- How many records a full run brought that was suspiciously empty; the next full run confirms or corrects it.
    add column suspect_rows bigint;

-- One pass over a model or over one partition of it, within a full run.
create table pass (
    account_id  text collate "C" not null,
    run_id      text collate "C" not null,
    model       text collate "C" not null,
    partition   text collate "C" not null default '',
    -- What the vendor told as total on the first page that had one, and on the last.
    total_first bigint,
    total_last  bigint,
    -- Records that could not be read and whose keys are unknown.
    keyless     bigint not null default 0,
    complete    boolean not null default false,
    primary key (account_id, run_id, model, partition)
);

-- The keys that a full run saw, as 64-bit hashes of our ids: a tenth of the ids' size, and a collision can only keep
-- a record that is gone, never delete one that is there. Emptied when the run ends.
create table seen (
    account_id text collate "C" not null,
    run_id     text collate "C" not null,
    unit       bigint generated always as identity,
    model      text collate "C" not null,
    partition  text collate "C" not null default '',
    keys       bigint[] not null,
    primary key (account_id, run_id, unit)
);
-- Hashes do not compress.
alter table seen alter column keys set storage external;

-- Feed and outbox in one. A reader stops below pg_snapshot_xmin, so that it misses nothing.
create table change (
    account_id     text collate "C" not null,
    seq            bigint generated always as identity,
    xid            xid8 not null default pg_current_xact_id(),
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    -- Null for a reset: everything of the model may have changed.
    record_id      text collate "C",
    kind           text not null check (kind in ('upsert', 'delete', 'reset')),
    -- Names of the members of the document that differ from before; null where there was nothing before.
    fields         text[],
    at             timestamptz not null default now(),
    primary key (account_id, seq)
);
create index change_of_record on change (account_id, record_id, seq) where record_id is not null;

create table held_deletes (
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    run_id         text collate "C" not null,
    -- How many records would be deleted, and of how many.
    doomed         bigint not null,
    live_rows      bigint not null,
    held_at        timestamptz not null default now(),
    primary key (account_id, integration_id, model),
    foreign key (account_id, integration_id) references integration (account_id, id)
);

-- Properties that are switched on or off by hand; the others follow the integration.
create table partition_setting (
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    -- The vendor's id of the property.
    property       text collate "C" not null,
    enabled        boolean not null,
    changed_at     timestamptz not null default now(),
    primary key (account_id, integration_id, property),
    foreign key (account_id, integration_id) references integration (account_id, id)
);
alter table integration add column new_properties_are_enabled boolean not null default true;

-- One open letter per key.
alter table dead_letter add column resolved_at timestamptz;
update dead_letter d set resolved_at = now()
where exists (select from dead_letter n where n.account_id = d.account_id and n.integration_id = d.integration_id
                and n.model = d.model and n.scope = d.scope and n.external_id = d.external_id and n.id > d.id);
create unique index dead_letter_open on dead_letter (account_id, integration_id, model, scope, external_id)
    where resolved_at is null and external_id is not null;
