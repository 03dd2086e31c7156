//! The gateway as a real process, with a real Postgres, a real vendor over HTTP and real components: one program, since
//! linking is what costs.

mod access;
mod author;
mod backup;
mod cache;
mod canary;
mod cli;
mod codes;
mod components;
mod corpus;
mod coverage;
mod crash;
mod demo;
mod docs;
mod enable;
mod erase;
mod export;
mod failing;
mod front;
mod guards;
mod hot_load;
mod incremental;
mod keys;
mod ledgers;
mod limits;
mod originals;
mod quota;
mod reactions;
mod roles;
mod sessions;
mod spans;
mod toolbox;
mod traces;
mod upgrade;
mod vault_key;
mod vendors;
