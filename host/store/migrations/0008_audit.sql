-- The audit says how an action ended, in which environment, and in which request.
alter table audit add column environment text collate "C" check (environment in ('sandbox', 'production'));
alter table audit add column outcome text collate "C" not null default 'done';
alter table audit add column request_id text collate "C";
