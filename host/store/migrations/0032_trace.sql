-- The place in a trace at which the work goes on, as the W3C's `traceparent`; null where nobody collects traces.
alter table sync add column trace text;
alter table access_check add column trace text;
