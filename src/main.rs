//! The `cerebro` program: everything is in the library, see its documentation.

use std::process::ExitCode;

fn main() -> ExitCode {
    cerebro::cli::main()
}
