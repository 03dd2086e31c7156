-- Dead letters make the next run a full one, less and less often while they stay: full runs in a row that left some
-- open, and the newest letter that such a run has tried.
alter table checkpoint
    add column letter_runs integer not null default 0,
    add column letters_tried bigint not null default 0;

-- The sync read every model that goes by the integration's own schedule, so that its interval counts from the end.
alter table sync add column whole boolean not null default true;
update sync set whole = models is null;

-- Another one after each restore: transactions count anew in another server, and places in the feed mean nothing there.
alter table installation add column feed_epoch bigint not null default 0;
