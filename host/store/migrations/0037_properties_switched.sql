-- When a property was last switched on: what runs that began before have read lacks its records.
alter table integration add column properties_switched_at timestamptz;
