//! Packs what `portcullis connector new` writes: the contract, the SDK and the template, as they stand in this workspace.
//!
//! What is packed is the text of the files and nothing else; `commands/author` says where each goes.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Files and folders of the workspace, from its root.
const PACKED: [&str; 11] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "rust-toolchain.toml",
    "sdk/model/Cargo.toml",
    "sdk/model/src",
    "sdk/rust/Cargo.toml",
    "sdk/rust/src",
    "sdk/template",
    "wit",
];

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let root = here.ancestors().nth(2).ok_or("the workspace has a root")?;
    let mut files = Vec::new();
    for name in PACKED {
        let path = root.join(name);
        println!("cargo::rerun-if-changed={}", path.display());
        collect(&path, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(root)?.to_string_lossy();
        writeln!(
            table,
            "    ({name:?}, include_str!({:?})),",
            file.display().to_string()
        )?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("packed.rs"), table)?;
    Ok(())
}

/// The files at or below a path, hidden ones left out.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}
