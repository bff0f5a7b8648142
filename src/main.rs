//! The `lifeboat` program. Everything is in the library.

fn main() -> color_eyre::Result<std::process::ExitCode> {
    lifeboat::cli::main()
}
