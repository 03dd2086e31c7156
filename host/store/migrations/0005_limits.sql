-- What replicas share about vendors' limits and log-ins. Neither table holds a credential: `scope` and `fingerprint`
-- are keyed hashes, and a session's secrets are sealed like all others.

-- One row per limit. The state is the limiter's own; a version guards it, so that a replica that read an older one
-- writes nothing. It is rewritten several times a second while a vendor is busy: the free space keeps that in place.
create table limiter (
    scope   text collate "C" not null,
    bucket  text collate "C" not null,
    version bigint not null,
    state   text not null,
    -- From then on the row says nothing any more.
    idle_at timestamptz not null,
    primary key (scope, bucket)
) with (fillfactor = 50);

-- Log-ins at vendors, one row each from before the vendor is asked until nobody needs to count it any more.
create table session (
    id             text collate "C" primary key,
    -- Credentials, settings and address: integrations that agree in all of them use the same session.
    fingerprint    text collate "C" not null,
    -- The credentials alone: what the vendor counts log-ins and living sessions by.
    scope          text collate "C" not null,
    -- The integration that gives it back, and all that used it.
    account_id     text collate "C" not null,
    integration_id text collate "C" not null,
    users          text[] not null,
    status         text not null check (status in ('opening', 'live', 'leaving', 'over')),
    -- Who opens it or gives it back, and until when nobody else may.
    holder         text,
    held_until     timestamptz,
    minted_at      timestamptz not null default now(),
    expires_at     timestamptz,
    idle           interval,
    used_at        timestamptz,
    -- Whether the vendor ever took it, and how many before it were never taken.
    proved         boolean not null default false,
    barren         integer not null default 0,
    note           text,
    wrapped        bytea,
    blob           bytea
);
-- The single flight: at most one log-in at a time, and one session to use.
create unique index session_current on session (fingerprint) where status in ('opening', 'live');
create index session_scope on session (scope, minted_at);
create index session_leaving on session (held_until) where status = 'leaving';
