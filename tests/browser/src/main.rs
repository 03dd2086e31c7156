//! `portcullis-browser screenshots | bench`: pictures of every page in every state, and how fast pages are.

mod bench;
mod sample;
mod shots;
mod states;
mod still;

use std::path::PathBuf;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let into = PathBuf::from(arguments.next().unwrap_or_else(|| "target".to_owned()));
    match what.as_str() {
        "screenshots" => shots::take(&into.join("screenshots")).await,
        "bench" => bench::run(&into.join("bench/console.json")).await,
        _ => anyhow::bail!("usage: portcullis-browser screenshots | bench [TARGET FOLDER]"),
    }
}
