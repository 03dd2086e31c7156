-- The key that wraps all data keys, sealed by the operator's key. Null until a gateway that knows it has started.
alter table installation add column root_key bytea;
