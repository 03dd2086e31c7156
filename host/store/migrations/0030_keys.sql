-- What a key is limited to, how fast it may ask, and which key follows it.
--
-- The integrations stand in a table of their own, so that erasing one leaves no word of it; the column says that a key
-- is limited even when nothing of what it was limited to is left.
alter table api_key
    add column limited_to_integrations boolean not null default false,
    add column models                  text[] check (cardinality(models) > 0),
    add column requests_per_minute     integer check (requests_per_minute between 1 and 1000000),
    add column replaced_by             text collate "C";

create table api_key_integration (
    account_id     text collate "C" not null,
    key_id         text collate "C" not null,
    integration_id text collate "C" not null,
    primary key (account_id, key_id, integration_id),
    foreign key (account_id, key_id) references api_key (account_id, id),
    foreign key (account_id, integration_id) references integration (account_id, id)
);
create index api_key_integration_of on api_key_integration (account_id, integration_id);
