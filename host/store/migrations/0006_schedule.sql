-- Schedules, the queue of syncs, switches per model, candidates for credentials, and the log of syncs.

-- A back-sync stands in a lane of its own: beside it, and before it, an integration syncs as usual.
alter table sync drop constraint sync_kind_check;
alter table sync add constraint sync_kind_check check (kind in ('first', 'manual', 'scheduled', 'back_sync'));
alter table sync add column back_sync boolean not null generated always as (kind = 'back_sync') stored;
-- When a worker should look at this sync for runs to claim: the queue of all work. Whoever makes a run claimable moves
-- it forward; whoever looked in vain moves it to when there may be something.
alter table sync add column due_at timestamptz not null default now();
-- The models that were asked for, or null for all that are switched on.
alter table sync add column models text[];
drop index sync_unfinished;
create unique index sync_unfinished on sync (account_id, integration_id, back_sync) where finished_at is null;
create index sync_due on sync (back_sync, due_at) where finished_at is null;

-- Claims go through the queue of syncs. What is left to be found by integration is small: the open runs.
drop index run_due;
create index run_open on run (account_id, integration_id) where finished_at is null;

-- When an integration syncs by itself. The row without a model is the integration's own and always there; a row with a
-- model takes that model out of it and gives it a time of its own.
create table schedule (
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    model          text collate "C" not null default '',
    kind           text not null check (kind in ('on_demand', 'interval', 'cron')),
    every_s        bigint check (every_s > 0),
    cron           text,
    zone           text,
    -- Null: not known yet. Known at the end of a sync for an interval, within seconds for a cron pattern.
    next_due_at    timestamptz,
    -- While a replica prepares the sync, others leave it alone.
    taken_until    timestamptz,
    updated_at     timestamptz not null default now(),
    primary key (account_id, integration_id, model),
    foreign key (account_id, integration_id) references integration (account_id, id),
    check ((kind = 'interval') = (every_s is not null)),
    check ((kind = 'cron') = (cron is not null and zone is not null))
);
create index schedule_due on schedule (next_due_at) where next_due_at is not null;
create index schedule_unknown on schedule (account_id) where next_due_at is null and kind <> 'on_demand';

-- Twelve hours after the end of the last sync; in a sandbox only when somebody asks.
insert into schedule (account_id, integration_id, kind, every_s)
select account_id, id, case environment when 'production' then 'interval' else 'on_demand' end,
       case environment when 'production' then 43200 end
from integration;

-- Models that somebody switched on or off; without a row the connector's manifest decides.
create table model_switch (
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    enabled        boolean not null,
    changed_at     timestamptz not null default now(),
    primary key (account_id, integration_id, model),
    foreign key (account_id, integration_id) references integration (account_id, id)
);

-- New credentials of an integration until a check has found them to be good. The old ones stay in use meanwhile.
alter table access_check add column candidate boolean not null default false;
create table credential_candidate (
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    check_id       text collate "C" not null,
    settings       jsonb not null,
    wrapped        bytea not null,
    names          text[] not null,
    blobs          bytea[] not null,
    created_at     timestamptz not null default now(),
    primary key (account_id, integration_id),
    foreign key (account_id, check_id) references access_check (account_id, id)
);

-- What happened in a sync, in lines. Its writer tells few of many attempts, and old lines are forgotten.
create table sync_log (
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    id             bigint generated always as identity,
    sync_id        text collate "C" not null,
    run_id         text collate "C",
    model          text collate "C",
    at             timestamptz not null,
    level          text not null check (level in ('debug', 'info', 'warn', 'error')),
    event          text not null,
    message        text not null,
    detail         jsonb not null default '{}',
    primary key (account_id, integration_id, id)
);
create index sync_log_by_sync on sync_log (account_id, sync_id, id);
create index sync_log_age on sync_log (at);
