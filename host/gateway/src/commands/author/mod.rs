//! What authors of connectors use: `portcullis connector new | build | dev`.

mod build;
mod dev;
mod lock;
mod manifests;
mod names;
mod project;
mod tools;
mod watch;

use std::path::Path;

use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;

pub(super) use build::run as build;
pub(super) use dev::run as dev;

/// `connector new`: the folder of a new connector, all of it or nothing.
pub(super) fn new(name: &str, output: Output) -> Result<(), Failure> {
    let names = names::Names::of(name)?;
    let folder = Path::new(name);
    if folder.symlink_metadata().is_ok() {
        return Err(Failure::new(
            "file_exists",
            format!("{name} exists already; choose another name, or another folder to work in"),
        ));
    }
    let files = project::files(&names)
        .map_err(|error| Failure::new("internal_error", error.to_string()))?;
    let unwritable = |error: std::io::Error| {
        Failure::new("file_unwritable", format!("cannot write {name}: {error}"))
    };
    // Made beside its place and renamed into it: a disk that is full leaves no half of a project.
    let draft = tempfile::Builder::new()
        .prefix(".new-connector-")
        .tempdir_in(".")
        .map_err(unwritable)?;
    let whole = draft.path().join(name);
    for (path, text) in &files {
        let path = whole.join(path);
        let parent = path.parent().unwrap_or(&whole);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, text))
            .map_err(unwritable)?;
    }
    std::fs::rename(&whole, folder).map_err(unwritable)?;
    output.answer(
        &json!({"folder": name, "id": names.id, "vendor": names.vendor, "files": files.len()}),
        || {
            format!(
                "Made the connector {} for the vendor {} in {name}.\n\nNext:\n  cd {name}\n  cargo test --workspace\n  portcullis connector build",
                names.id, names.vendor
            )
        },
    );
    Ok(())
}
