//! `xunjie audit`: who did what.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use jiff::tz::TimeZone;

use crate::store::Store;

use super::data::DataArgs;

const EXAMPLES: &str = "\
Examples:
  xunjie audit --config city.toml
  xunjie audit --who li --limit 20 --config city.toml
  xunjie audit --json --limit 1000 --config city.toml | jq 'select(.what | contains(\"evidence\"))'

A line is kept for 180 days, or until five million came after it.";

/// Show who changed something or looked at evidence, the newest first.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Only of this user, `token NAME`, `this machine` or `nobody`
    #[arg(long, value_name = "WHO")]
    who: Option<String>,
    /// Only lines before the one of this number
    #[arg(long, value_name = "NUMBER")]
    before: Option<i64>,
    /// At most so many lines, up to 1000
    #[arg(long, value_name = "LINES", default_value_t = 50)]
    limit: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// # Errors
/// When the store cannot be read.
pub(crate) fn audit(args: &AuditArgs) -> Result<()> {
    let (store, zone) = args.data.store()?;
    print(&store, &zone, args, &mut std::io::stdout().lock())
}

fn print(store: &Store, zone: &TimeZone, args: &AuditArgs, out: &mut impl Write) -> Result<()> {
    for entry in store.audit_log(args.before, args.who.as_deref(), args.limit)? {
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&entry)?)?;
            continue;
        }
        let at = entry.at.zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let note = entry.note.map(|note| format!("  ({note})")).unwrap_or_default();
        let (number, who, from) = (entry.number, entry.who, entry.address);
        writeln!(
            out,
            "{number:>8}  {at}  {who:<20}  {from:<15}  {:<4}  {}{note}",
            entry.result, entry.what
        )?;
    }
    Ok(())
}
