-- The feed is read in the order in which transactions became visible to everybody, not in the order of numbers given.
create index change_feed on change (account_id, xid, seq);
