//! The only way out of a Portcullis gateway: URL policy, address filter, secrets, masking, limits, HTTP.
//!
//! A guest asks for a [`Request`] and gets a [`Response`] or an [`HttpError`], all plain values. What happens in
//! between is a [`Session`]'s: it checks the URL against the [`Policy`] of one integration, waits for a permit of the
//! [`Limiter`], writes the named secrets into the request, sends it to an address that was checked, caps and decodes
//! the answer, takes captured secrets out of it, and masks every live secret in what is left.
//!
//! **Architecture invariant:** nothing in here knows of WebAssembly or of a database. The traits [`Limiter`],
//! [`SecretSource`] and [`SecretSink`] are what the rest of the gateway plugs in.

mod address;
mod capture;
mod client;
mod escape;
mod exchange;
mod host_rule;
mod inject;
mod limiter;
pub mod mask;
mod policy;
mod resolve;
mod secrets;
mod session;
mod tap;
mod trace;
mod types;
mod window;

pub use address::{is_loopback, is_public};
pub use client::{Client, ClientError, ClientSettings, tls_config};
pub use exchange::Exchange;
pub use host_rule::{HostRule, RuleError};
pub use limiter::{
    Buckets, Hold, Limit, LimitKey, Limiter, Permit, RateLimit, Throttled, Unlimited, Window,
};
pub use mask::Masker;
pub use policy::{AllowedUrl, Policy, PolicyBuilder};
pub use resolve::{Resolver, SystemResolver};
pub use secrets::{BoundSecret, CapturedSecret, SecretSink, SecretSource};
pub use session::{Budget, Session, SessionConfig};
pub use tap::{Answer, Tap};
pub use types::{
    Capture, Credential, Encoding, Escaping, Hash, HttpError, Lifetime, Method, Request, Response,
    Source, Text, TimeUnit,
};
pub use window::WindowLimiter;
