//! `xunjie sink`: where cases go, and sending again what was given up.

use std::io::Write;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use clap::Args;
use clap::Subcommand;
use jiff::tz::TimeZone;

use crate::store::DeliveryId;
use crate::store::SinkId;
use crate::store::Store;
use crate::time::Clock;
use crate::time::Timestamp;

use super::data::DataArgs;
use super::data::record;

const EXAMPLES: &str = "\
Examples:
  xunjie sink list --config city.toml
  xunjie sink dead desk --config city.toml      what the sink `desk` was not given, and why
  xunjie sink resend desk --config city.toml    send all of it again
  xunjie sink resend desk --delivery 0123456789abcdef0123456789abcdef-1 --config city.toml

News is given up when a sink has refused it twelve times, or taken none for days.
A running program sends within half a minute what is sent again from here.";

/// Which sinks, and what to do with them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SinkArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    command: SinkCommand,
}

#[derive(Debug, Subcommand)]
enum SinkCommand {
    /// List sinks with what waits for them and what was given up
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// List what was given up at a sink, the newest first
    Dead {
        /// The sink's id
        #[arg(value_name = "NAME", value_parser = sink_id)]
        name: SinkId,
        /// At most so many
        #[arg(long, value_name = "COUNT", default_value_t = 50)]
        limit: usize,
        /// Only numbers below this one
        #[arg(long, value_name = "NUMBER")]
        before: Option<i64>,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Send again what was given up at a sink
    Resend {
        /// The sink's id
        #[arg(value_name = "NAME", value_parser = sink_id)]
        name: SinkId,
        /// Only this one, as `dead` shows it
        #[arg(long, value_name = "ID")]
        delivery: Option<String>,
    },
}

/// # Errors
/// When the store cannot be used, or there is no such sink or delivery.
pub(crate) fn sink(args: &SinkArgs) -> Result<()> {
    let (store, zone) = args.data.store()?;
    carry_out(&store, &zone, &args.command, &mut std::io::stdout().lock())
}

fn carry_out(
    store: &Store,
    zone: &TimeZone,
    command: &SinkCommand,
    out: &mut impl Write,
) -> Result<()> {
    match command {
        SinkCommand::List { json } => list(store, zone, *json, out),
        SinkCommand::Dead { name, limit, before, json } => {
            for dead in store.dead_letters_of(name, *before, *limit)? {
                if *json {
                    writeln!(out, "{}", serde_json::to_string(&dead)?)?;
                    continue;
                }
                let (number, at) = (dead.number, shown(dead.created_at, zone));
                let why = dead.last_error.unwrap_or_default();
                writeln!(out, "{number:>8}  {at}  {}  {why}", dead.delivery)?;
            }
            Ok(())
        }
        SinkCommand::Resend { name, delivery } => {
            let resent = resend(store, name, delivery.as_deref())?;
            let what = format!("sink resend {name}");
            record(store, what, Some(format!("{resent} sent again")))?;
            writeln!(out, "{resent} sent again")?;
            Ok(())
        }
    }
}

fn list(store: &Store, zone: &TimeZone, json: bool, out: &mut impl Write) -> Result<()> {
    let counts = store.delivery_counts()?;
    if json {
        for count in &counts {
            writeln!(out, "{}", serde_json::to_string(count)?)?;
        }
        return Ok(());
    }
    writeln!(out, "{:<20}  {:>8}  {:>8}  {:>9}  oldest", "sink", "waiting", "dead", "delivered")?;
    for count in &counts {
        let oldest = count.oldest_pending_at.map(|at| shown(at, zone)).unwrap_or_default();
        let (sink, waiting, dead) = (count.sink_id.as_str(), count.pending, count.dead);
        writeln!(out, "{sink:<20}  {waiting:>8}  {dead:>8}  {:>9}  {oldest}", count.delivered)?;
    }
    Ok(())
}

fn resend(store: &Store, sink: &SinkId, delivery: Option<&str>) -> Result<usize> {
    let now = Clock::system().now();
    let Some(key) = delivery else {
        if !store.delivery_counts()?.iter().any(|count| count.sink_id == *sink) {
            bail!("nothing was ever put up for a sink {sink}");
        }
        return Ok(store.resend_dead(Some(sink), now)?);
    };
    let id = DeliveryId::of_key(key, sink.clone());
    let id = id.with_context(|| format!("{key:?} names no delivery"))?;
    if !store.resend_one(&id, now)? {
        bail!("{key} was not given up at {sink}");
    }
    Ok(1)
}

fn shown(at: Timestamp, zone: &TimeZone) -> String {
    at.zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn sink_id(text: &str) -> Result<SinkId, String> {
    SinkId::new(text).map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod tests {
    use crate::cases::sample;
    use crate::store::STORE_FILE;

    use super::*;

    #[test]
    fn what_was_given_up_is_listed_sent_again_and_on_record() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        let name = SinkId::new("desk").unwrap();
        for stay in 1..=2 {
            store.file_case(&sample::case(stay), std::slice::from_ref(&name)).unwrap();
            let case_id = sample::case(stay).id;
            let id = DeliveryId { case_id, revision: 1, sink_id: name.clone() };
            store.dead(&id, "answered 401").unwrap();
        }
        let ask = |command: &SinkCommand| {
            let mut out = Vec::new();
            let done = carry_out(&store, &TimeZone::UTC, command, &mut out);
            done.map(|()| String::from_utf8(out).unwrap())
        };
        let dead = || {
            let (name, before) = (name.clone(), None);
            ask(&SinkCommand::Dead { name, limit: 9, before, json: false }).unwrap()
        };
        assert_eq!(dead().lines().filter(|line| line.ends_with("answered 401")).count(), 2);
        let key = dead().split_whitespace().nth(3).map(str::to_owned);
        let resend =
            |delivery: Option<String>| ask(&SinkCommand::Resend { name: name.clone(), delivery });
        assert_eq!(resend(key.clone()).unwrap(), "1 sent again\n");
        resend(key).unwrap_err();
        resend(Some("all".to_owned())).unwrap_err();
        assert_eq!(resend(None).unwrap(), "1 sent again\n");
        assert_eq!(dead(), "");
        let list = ask(&SinkCommand::List { json: false }).unwrap();
        assert!(list.contains("desk"), "{list}");
        let log = store.audit_log(None, None, 9).unwrap();
        assert_eq!((log.len(), log[0].what.as_str()), (2, "sink resend desk"));
    }
}
