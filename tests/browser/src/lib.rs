//! The console in a real browser: headless Chromium through ChromeDriver, against the gateway as a process.
//!
//! [`Browser`] is one browser window, [`Stage`] a gateway with a vendor and somebody who is signed in. A browser notes
//! what it complains about: breaches of the policy, errors of scripts, requests to other hosts.

mod browser;
mod clean;
mod driver;
mod page;
mod stage;

pub use browser::{Browser, Theme};
pub use clean::Complaints;
pub use page::{ENTER, ESCAPE, TAB};
pub use stage::{EMAIL, PASSWORD, Stage};
