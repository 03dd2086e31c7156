-- Texts of documents that lists are filtered by and that tell few records from many others. The expressions are those
-- that filters are written as, word for word, else the planner does not see them.

create index record_units_number on record_units (account_id, ((doc #>> '{number}') collate "C"));
create index record_leases_unit_number on record_leases (account_id, ((doc #>> '{unit_number}') collate "C"));
create index record_residents_email on record_residents (account_id, ((doc #>> '{email_1}') collate "C"));
create index record_residents_phone on record_residents (account_id, ((doc #>> '{phone_1}') collate "C"));
create index record_applicants_email on record_applicants (account_id, ((doc #>> '{email_1}') collate "C"));
create index record_applicants_phone on record_applicants (account_id, ((doc #>> '{phone_1}') collate "C"));
