-- People who sign in to the console: they belong to the installation and may be limited to accounts.

create table console_user (
    id                  text collate "C" primary key,
    email               text not null,
    name                text not null,
    role                text not null check (role in ('admin', 'support', 'read_only')),
    all_accounts        boolean not null,
    accounts            text[] not null default '{}',
    password_hash       text not null,
    created_at          timestamptz not null default now(),
    password_changed_at timestamptz not null default now(),
    last_signed_in_at   timestamptz,
    disabled_at         timestamptz
);
create unique index console_user_email on console_user (lower(email));

-- One-time links: for the first admin, for new users, and to choose a new password. Only their hashes are kept.
create table console_invitation (
    hash         bytea primary key check (octet_length(hash) = 32),
    user_id      text collate "C" references console_user (id),
    email        text,
    role         text not null check (role in ('admin', 'support', 'read_only')),
    all_accounts boolean not null,
    accounts     text[] not null default '{}',
    invited_by   text not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    used_at      timestamptz
);

-- A row is a browser that is signed in; signing out deletes it. Only the hash of its token is kept.
create table web_session (
    hash         bytea primary key check (octet_length(hash) = 32),
    user_id      text collate "C" not null references console_user (id),
    account_id   text collate "C" not null references account (id),
    csrf         text not null,
    created_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at   timestamptz not null
);
create index web_session_by_user on web_session (user_id);
create index web_session_expired on web_session (expires_at);

-- Lists of customers, newest first, page by page; the events of one subject.
create index integration_newest on integration (account_id, environment, vendor, created_at desc, id desc);
create index audit_by_subject on audit (account_id, subject, id desc);
