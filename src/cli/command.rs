//! What a person types: the commands, their help, and how an error is told.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use jiff::tz::TimeZone;

use crate::config::Config;

use super::audit;
use super::bench;
use super::case;
use super::case_figures;
use super::check;
use super::city;
use super::config;
use super::dataset;
use super::demo;
use super::duty;
use super::eval;
use super::log;
use super::model;
use super::replay;
use super::report;
use super::run;
use super::sim;
use super::sink;
use super::token;
use super::user;

/// What a newcomer types first, and what holds for every command.
const EXAMPLES: &str = "\
To begin:
  xunjie demo                             see it work, without a camera
  xunjie config example > city.toml       a commented configuration to change
  xunjie check city.toml                  is everything right? one picture of each camera
  xunjie run city.toml                    watch; http://127.0.0.1:8320 shows how it goes

What a command finds goes to the standard output, what it logs to the standard error.
XUNJIE_LOG sets what is logged: error, warn, info, debug, trace or off, for all or for a part,
as in XUNJIE_LOG=warn,xunjie::ingest=debug.

Exit code: 0 done, 1 could not (the last lines say why), 2 wrong arguments.";

/// Watches a city's street cameras and turns what they see into cases.
#[derive(Debug, Parser)]
#[command(name = "xunjie", version, max_term_width = 100, after_help = EXAMPLES)]
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
    /// People who may log in
    User(user::UserArgs),
    /// Tokens of programs that use the API
    Token(token::TokenArgs),
    Audit(audit::AuditArgs),
    /// Where cases go: what waits, what was given up, and sending it again
    Sink(sink::SinkArgs),
    Report(report::ReportArgs),
    /// What the city knows of itself: classes, grids, people, clocks
    #[command(subcommand)]
    City(CityCommand),
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
    Export(dataset::ExportArgs),
    /// Check that evidence is what it was when it was written
    Verify(case::VerifyArgs),
    Precision(case_figures::PrecisionArgs),
    Register(case_figures::RegisterArgs),
}

const INSPECT_EXAMPLE: &str = "\
Example:
  xunjie model inspect street.onnx > models/street.toml
  Look the manifest over, then `xunjie model try street picture.jpg -o seen.jpg`.";

const TRY_EXAMPLE: &str = "\
Example:
  xunjie model try yolox_nano picture.jpg -o seen.jpg
Each line is a thing: what, how sure (0 to 1), whether that is enough to begin a stay (strong) or
only to go on with one (weak), and its box in fractions of the picture: left, top, right, bottom.";

#[derive(Debug, Subcommand)]
enum ModelCommand {
    /// Say what an ONNX file is and print a manifest to start from
    #[command(after_help = INSPECT_EXAMPLE)]
    Inspect {
        /// The model's file
        #[arg(value_name = "FILE.onnx")]
        file: PathBuf,
    },
    /// Draw what a model sees in a picture
    #[command(after_help = TRY_EXAMPLE)]
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
enum CityCommand {
    Check(city::CheckArgs),
    Duty(duty::DutyArgs),
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    Capacity(bench::CapacityArgs),
    Model(bench::ModelArgs),
    /// The measured process of `capacity`, which starts it
    #[command(hide = true)]
    Pipeline,
}

#[derive(Debug, Subcommand)]
enum SimCommand {
    Serve(sim::ServeArgs),
    Scenarios(sim::ScenariosArgs),
    Render(sim::RenderArgs),
    Pictures(sim::PicturesArgs),
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
    let done = log::start(usual_log(&arguments.command)).and_then(|()| run(arguments.command));
    match done {
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
        Command::Bench(BenchCommand::Model(args)) => bench::model(&args),
        Command::Bench(BenchCommand::Pipeline) => bench::pipeline(),
        Command::Case(args) => case(&args),
        Command::User(args) => user::user(&args),
        Command::Token(args) => token::token(&args),
        Command::Audit(args) => audit::audit(&args),
        Command::Sink(args) => sink::sink(&args),
        Command::Report(args) => report::report(&args),
        Command::City(CityCommand::Check(args)) => city::check(&args),
        Command::City(CityCommand::Duty(args)) => duty::duty(&args),
        Command::Model(ModelCommand::Inspect { file }) => model::inspect(&file),
        Command::Model(ModelCommand::Try { name, picture, out }) => {
            model::try_model(&name, &picture, &out)
        }
        Command::Sim(SimCommand::Serve(args)) => sim::serve(&args),
        Command::Sim(SimCommand::Scenarios(args)) => sim::scenarios(&args),
        Command::Sim(SimCommand::Render(args)) => sim::render(&args),
        Command::Sim(SimCommand::Pictures(args)) => sim::pictures(&args),
        Command::Config(ConfigCommand::Example) => Ok(config::example()?),
    }
}

fn case(args: &CaseArgs) -> anyhow::Result<()> {
    let (data, zone, city) = match &args.config {
        Some(file) => {
            let config = Config::load(file)?;
            (config.data_dir, config.time_zone, config.city)
        }
        None => (args.data.clone(), TimeZone::system(), None),
    };
    match &args.command {
        CaseCommand::List(list) => case::list(&data, &zone, list),
        CaseCommand::Show(show) => case::show(&data, &zone, show),
        CaseCommand::Export(export) => match &export.dataset {
            Some(folder) => dataset::export(&data, &zone, folder, export),
            None => case::export(&data, &zone, export),
        },
        CaseCommand::Verify(verify) => case::verify(&data, &zone, verify),
        CaseCommand::Precision(precision) => case_figures::precision(&data, &zone, precision),
        CaseCommand::Register(entry) => {
            case_figures::register(&data, city.as_deref(), &zone, entry)
        }
    }
}

/// What is logged unless `XUNJIE_LOG` says otherwise.
fn usual_log(command: &Command) -> &'static str {
    match command {
        Command::Demo(_) | Command::Run(_) => {
            "info,ort=warn,retina=error,async_nats=off,rumqttc=off"
        }
        // Its table tells of every camera what the log would, once and in order.
        Command::Check(_) => "off",
        _ => "warn,ort=error,retina=error,async_nats=off,rumqttc=off",
    }
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
