//! The program `xunjie`: everything it does begins in `cli`.

fn main() -> std::process::ExitCode {
    xunjie::cli::main()
}
