//! The compiling child on its own, as the tests of the cache start it: the gateway has
//! the same behind a hidden subcommand.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [wasm, out] = &arguments[..] else {
        return ExitCode::from(2);
    };
    match portcullis_runtime::compile_child(Path::new(wasm), Path::new(out)) {
        Ok(()) => ExitCode::SUCCESS,
        #[expect(
            clippy::print_stderr,
            reason = "standard error is how the child answers"
        )]
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
