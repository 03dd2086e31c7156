-- The views follow the model from now on: `migrate` makes them again whenever they differ (views.sql, src/views.rs).
drop view v_properties, v_units, v_leases, v_residents, v_applicants, v_applications;

-- Which views the database holds.
create table derived_views (
    only_row boolean primary key default true check (only_row),
    hash     bytea not null,
    names    text[] not null
);

-- A partition for each model that is unified since the first release.
create table record_resident_charges           partition of record for values in ('resident_charges');
create table record_resident_payments          partition of record for values in ('resident_payments');
create table record_recurring_resident_charges partition of record for values in ('recurring_resident_charges');
create table record_lease_balances             partition of record for values in ('lease_balances');
create table record_financial_accounts         partition of record for values in ('financial_accounts');
create table record_owners                     partition of record for values in ('owners');
create table record_vendors                    partition of record for values in ('vendors');
create table record_employees                  partition of record for values in ('employees');
create table record_service_requests           partition of record for values in ('service_requests');
create table record_listings                   partition of record for values in ('listings');
