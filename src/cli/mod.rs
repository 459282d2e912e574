//! The command line: what a person types, and what is said back.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use jiff::tz::TimeZone;
use tracing_subscriber::EnvFilter;

use crate::config::Config;

mod bench;
mod case;
mod check;
mod config;
mod demo;
mod eval;
mod model;
mod numbers;
mod replay;
mod run;
mod sim;

/// Watches a city's street cameras and turns what they see into cases.
#[derive(Debug, Parser)]
#[command(name = "xunjie", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Run(run::RunArgs),
    Check(check::CheckArgs),
    Replay(replay::ReplayArgs),
    Eval(eval::EvalArgs),
    /// Find out how many cameras this machine carries
    #[command(subcommand)]
    Bench(BenchCommand),
    /// List, show, export and verify cases
    Case(CaseArgs),
    /// Look into a model, or try it on a picture
    #[command(subcommand)]
    Model(ModelCommand),
    /// Cameras that are not there
    #[command(subcommand)]
    Sim(SimCommand),
    /// Configuration files
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// Where the cases lie, and what to do with them.
#[derive(Debug, Args)]
struct CaseArgs {
    /// The configuration whose cases are meant
    #[arg(long, global = true, value_name = "CITY.toml", conflicts_with = "data")]
    config: Option<PathBuf>,
    /// The data folder, where there is no configuration
    #[arg(long, global = true, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    #[command(subcommand)]
    command: CaseCommand,
}

#[derive(Debug, Subcommand)]
enum CaseCommand {
    /// List cases, the newest first
    List(case::ListArgs),
    /// Show all that is known of a case
    Show(case::ShowArgs),
    /// Copy evidence and case.json out of the data folder
    Export(case::ExportArgs),
    /// Check that evidence is what it was when it was written
    Verify(case::VerifyArgs),
}

#[derive(Debug, Subcommand)]
enum ModelCommand {
    /// Say what an ONNX file is and print a manifest to start from
    Inspect {
        #[arg(value_name = "FILE.onnx")]
        file: PathBuf,
    },
    /// Draw what a model sees in a picture
    Try {
        /// Name of a manifest in models/, or the path of one
        #[arg(value_name = "NAME")]
        name: String,
        /// A JPEG or PNG
        #[arg(value_name = "PICTURE")]
        picture: PathBuf,
        /// Where to draw it (.jpg or .png)
        #[arg(short, long, value_name = "OUT.jpg")]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    Capacity(bench::CapacityArgs),
    /// The measured process of `capacity`, which starts it
    #[command(hide = true)]
    Pipeline,
}

#[derive(Debug, Subcommand)]
enum SimCommand {
    Serve(sim::ServeArgs),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print a commented configuration that shows every key
    Example,
}

/// Runs the command that the program's arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(args) => demo::demo(&args),
        Command::Run(args) => run::run(&args),
        Command::Check(args) => check::check(&args),
        Command::Replay(args) => replay::replay_clip(&args),
        Command::Eval(args) => eval::eval(&args),
        Command::Bench(BenchCommand::Capacity(args)) => bench::capacity(&args),
        Command::Bench(BenchCommand::Pipeline) => bench::pipeline(),
        Command::Case(args) => case(&args),
        Command::Model(ModelCommand::Inspect { file }) => model::inspect(&file),
        Command::Model(ModelCommand::Try { name, picture, out }) => {
            model::try_model(&name, &picture, &out)
        }
        Command::Sim(SimCommand::Serve(args)) => sim::serve(&args),
        Command::Config(ConfigCommand::Example) => Ok(config::example()?),
    }
}

fn case(args: &CaseArgs) -> anyhow::Result<()> {
    let (data, zone) = match &args.config {
        Some(file) => {
            let config = Config::load(file)?;
            (config.data_dir, config.time_zone)
        }
        None => (args.data.clone(), TimeZone::system()),
    };
    match &args.command {
        CaseCommand::List(list) => case::list(&data, &zone, list),
        CaseCommand::Show(show) => case::show(&data, &zone, show),
        CaseCommand::Export(export) => case::export(&data, &zone, export),
        CaseCommand::Verify(verify) => case::verify(&data, &zone, verify),
    }
}

/// Logs go to standard error, so that standard output is the command's own.
fn start_log() {
    let filter = EnvFilter::try_from_env("XUNJIE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,ort=warn,retina=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

/// Tells the error and its causes, one a line.
fn complain(error: &anyhow::Error) {
    use std::io::Write;
    let mut err = std::io::stderr().lock();
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(err, "xunjie: {error}");
    for cause in error.chain().skip(1) {
        let _ = writeln!(err, "  because {cause}");
    }
}
