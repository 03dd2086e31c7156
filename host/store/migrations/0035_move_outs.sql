-- The day on which a lease ends in fact, or else is to end: few leases of many are asked for by it. The expression is the
-- filter's, word for word, else the planner does not see it.
create index record_leases_move_out on record_leases
    (account_id, coalesce((doc #>> '{realized_move_out_date}') collate "C", (doc #>> '{scheduled_move_out_date}') collate "C"));
