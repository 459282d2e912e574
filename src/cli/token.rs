//! `xunjie token`: what programs show to be let in.

use std::io::Write;
use std::time::Duration;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use clap::Args;
use clap::Subcommand;
use jiff::tz::TimeZone;

use crate::access::Scope;
use crate::access::Scopes;
use crate::access::Token;
use crate::access::TokenHash;
use crate::access::TokenId;
use crate::access::TokenName;
use crate::access::token_text;
use crate::store::Store;
use crate::time::Clock;
use crate::time::Timestamp;

use super::data::DataArgs;
use super::data::record;
use super::data::who;

const DAY: Duration = Duration::from_secs(24 * 3600);

const EXAMPLES: &str = "\
Examples:
  xunjie token add prometheus --scopes read --config city.toml
  xunjie token add desk --scopes read,cases,verdicts --days 90 --config city.toml
  curl -H \"Authorization: Bearer $(cat desk.token)\" http://127.0.0.1:8320/api/cases

Scopes: read (look at everything, evidence and metrics included), cases (take steps), verdicts,
requests (hand in citizens' reports), cameras, city (take up city data), admin (tokens, audit log).
The token is shown once; only a hash of it is kept.";

/// Which tokens, and what to do with them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token and print it; it is not shown again
    Add {
        /// The program that it is for
        #[arg(value_name = "NAME", value_parser = name)]
        name: TokenName,
        /// What it is good for, as in read,cases
        #[arg(long, value_name = "SCOPES", value_parser = scopes)]
        scopes: Scopes,
        /// For how long
        #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
    /// List tokens, and for half a year those that are over
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token at once and for ever
    Revoke {
        /// The id that `xunjie token list` shows
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// # Errors
/// When the store cannot be used, or refuses the change.
pub(crate) fn token(args: &TokenArgs) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let now = Clock::system().now();
    match &args.command {
        TokenCommand::Add { name, scopes, days } => {
            add(&args.data.new_store()?, name, scopes, now + DAY * *days, &mut out)
        }
        TokenCommand::List { json } => {
            let (store, zone) = args.data.store()?;
            list(&store, &zone, now, *json, &mut out)
        }
        TokenCommand::Revoke { id } => revoke(&args.data.store()?.0, id, now, &mut out),
    }
}

fn add(
    store: &Store,
    name: &TokenName,
    scopes: &Scopes,
    expires_at: Timestamp,
    out: &mut impl Write,
) -> Result<()> {
    let token = Token {
        id: TokenId::new()?,
        name: name.clone(),
        scopes: scopes.clone(),
        made_by: who(),
        made_at: Clock::system().now(),
        expires_at,
        revoked_at: None,
    };
    let text = token_text()?;
    store.add_token(&token, &TokenHash::of(text.expose()))?;
    record(store, format!("token add {} {name}", token.id), Some(scopes.to_string()))?;
    writeln!(out, "{}", text.expose())?;
    Ok(())
}

fn revoke(store: &Store, id: &str, now: Timestamp, out: &mut impl Write) -> Result<()> {
    let known = TokenId::parse(id).with_context(|| format!("{id:?} is no token's id"))?;
    let Some(token) = store.revoke_token(&known, now)? else {
        bail!("there is no token {id:?}");
    };
    record(store, format!("token revoke {} {}", token.id, token.name), None)?;
    writeln!(out, "{} of {} is good for nothing any more", token.id, token.name)?;
    Ok(())
}

fn list(
    store: &Store,
    zone: &TimeZone,
    now: Timestamp,
    json: bool,
    out: &mut impl Write,
) -> Result<()> {
    let tokens = store.tokens()?;
    if json {
        for token in &tokens {
            writeln!(out, "{}", serde_json::to_string(token)?)?;
        }
        return Ok(());
    }
    if tokens.is_empty() {
        writeln!(out, "no tokens; `xunjie token add` makes one")?;
        return Ok(());
    }
    let width = |token: &Token| token.name.as_str().chars().count();
    let width = tokens.iter().map(width).max().unwrap_or(0).max("name".len());
    writeln!(out, "{:<12}  {:width$}  {:<18}  scopes", "id", "name", "until")?;
    for token in &tokens {
        let day = |at: Timestamp| at.zoned(zone).strftime("%Y-%m-%d").to_string();
        let until = match token.revoked_at {
            Some(at) => format!("revoked {}", day(at)),
            None if token.is_valid(now) => day(token.expires_at),
            None => format!("expired {}", day(token.expires_at)),
        };
        let (id, name, scopes) = (token.id.as_str(), token.name.as_str(), &token.scopes);
        writeln!(out, "{id}  {name:width$}  {until:<18}  {scopes}")?;
    }
    Ok(())
}

fn name(text: &str) -> Result<TokenName, String> {
    TokenName::new(text).map_err(|fault| fault.to_string())
}

fn scopes(text: &str) -> Result<Scopes, String> {
    let names = Scope::ALL.map(Scope::name).join(", ");
    Scopes::parse(text).map_err(|word| format!("{word:?} is none of {names}"))
}

#[cfg(test)]
mod tests {
    use crate::store::STORE_FILE;

    use super::*;

    #[test]
    fn a_token_is_shown_when_it_is_made_and_never_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        let (name, scopes) =
            (TokenName::new("desk").unwrap(), Scopes::parse("read,cases").unwrap());
        let now = Clock::system().now();
        let mut out = Vec::new();
        add(&store, &name, &scopes, now + DAY, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let token = store.token(&TokenHash::of(text.trim())).unwrap().unwrap();
        assert_eq!((&token.name, &token.scopes), (&name, &scopes));

        let mut out = Vec::new();
        revoke(&store, token.id.as_str(), now, &mut out).unwrap();
        list(&store, &TimeZone::UTC, now, false, &mut out).unwrap();
        list(&store, &TimeZone::UTC, now, true, &mut out).unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert!(shown.contains("desk") && shown.contains("revoked 20"), "{shown}");
        assert!(!shown.contains(text.trim()), "{shown}");
        let log = format!("{:?}", store.audit_log(None, None, 9).unwrap());
        assert!(log.contains("token add") && !log.contains(text.trim()), "{log}");
    }
}
