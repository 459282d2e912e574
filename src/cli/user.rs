//! `xunjie user`: who may log in.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use clap::Subcommand;
use jiff::tz::TimeZone;

use crate::access::PasswordHash;
use crate::access::Role;
use crate::access::User;
use crate::access::UserName;
use crate::store::Store;
use crate::time::Clock;

use super::data::DataArgs;
use super::data::record;
use super::password::new_password;

const EXAMPLES: &str = "\
Examples:
  xunjie user add li --role administrator --config city.toml
  pwgen 16 1 | tee li.password | xunjie user add li --role dispatcher --config city.toml
  xunjie user list --config city.toml

The first user must be an administrator. As soon as there is one, everybody must log in; the
program need not be started again. Roles: viewer (looks), dispatcher (works with cases),
administrator (the rest).";

/// Which users, and what to do with them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UserArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add a user; the password is asked for, or read from the standard input
    Add {
        #[arg(value_name = "NAME", value_parser = name)]
        name: UserName,
        /// viewer, dispatcher or administrator
        #[arg(long, value_name = "ROLE", value_parser = role)]
        role: Role,
    },
    /// List users
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Give a user another password; ends their sessions
    Passwd {
        #[arg(value_name = "NAME", value_parser = name)]
        name: UserName,
    },
    /// Give a user another role; ends their sessions
    Role {
        #[arg(value_name = "NAME", value_parser = name)]
        name: UserName,
        /// viewer, dispatcher or administrator
        #[arg(value_name = "ROLE", value_parser = role)]
        role: Role,
    },
    /// Keep a user from logging in; ends their sessions
    Disable {
        #[arg(value_name = "NAME", value_parser = name)]
        name: UserName,
    },
    /// Let a user log in again
    Enable {
        #[arg(value_name = "NAME", value_parser = name)]
        name: UserName,
    },
    /// Remove a user; what they did stays on record
    Remove {
        #[arg(value_name = "NAME", value_parser = name)]
        name: UserName,
    },
}

/// # Errors
/// When the store cannot be used, or refuses the change.
pub(crate) fn user(args: &UserArgs) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match &args.command {
        UserCommand::List { json } => {
            let (store, zone) = args.data.store()?;
            list(&store, &zone, *json, &mut out)
        }
        UserCommand::Add { name, role } => {
            let store = args.data.new_store()?;
            add(&store, name, *role, &mut out)
        }
        change => alter(&args.data.store()?.0, change, &mut out),
    }
}

fn add(store: &Store, name: &UserName, role: Role, out: &mut impl Write) -> Result<()> {
    let first = !store.has_users()?;
    let hash = PasswordHash::of(name, &new_password()?)?;
    store.add_user(name, role, &hash, Clock::system().now())?;
    record(store, format!("user add {name}"), Some(role.name().to_owned()))?;
    writeln!(out, "{name} may log in as {}", role.name())?;
    if first {
        writeln!(out, "from now on everybody must log in")?;
    }
    Ok(())
}

fn alter(store: &Store, change: &UserCommand, out: &mut impl Write) -> Result<()> {
    let (what, note) = match change {
        UserCommand::Passwd { name } => {
            let hash = PasswordHash::of(name, &new_password()?)?;
            store.set_password(name, &hash, Clock::system().now())?;
            (format!("user passwd {name}"), None)
        }
        UserCommand::Role { name, role } => {
            store.set_role(name, *role)?;
            (format!("user role {name}"), Some(role.name().to_owned()))
        }
        UserCommand::Disable { name } => {
            store.set_enabled(name, false)?;
            (format!("user disable {name}"), None)
        }
        UserCommand::Enable { name } => {
            store.set_enabled(name, true)?;
            (format!("user enable {name}"), None)
        }
        UserCommand::Remove { name } => {
            store.remove_user(name)?;
            (format!("user remove {name}"), None)
        }
        UserCommand::Add { .. } | UserCommand::List { .. } => return Ok(()),
    };
    record(store, what, note)?;
    writeln!(out, "done")?;
    if !store.has_users()? {
        writeln!(
            out,
            "there are no users left: whoever sits at this machine may do everything, and a \
             program that listens elsewhere lets nobody in"
        )?;
    }
    Ok(())
}

fn list(store: &Store, zone: &TimeZone, json: bool, out: &mut impl Write) -> Result<()> {
    let users = store.users()?;
    if json {
        for user in &users {
            writeln!(out, "{}", serde_json::to_string(user)?)?;
        }
        return Ok(());
    }
    if users.is_empty() {
        writeln!(out, "no users: whoever sits at this machine may do everything")?;
        return Ok(());
    }
    let width = |user: &User| user.name.as_str().chars().count();
    let width = users.iter().map(width).max().unwrap_or(0).max("name".len());
    writeln!(out, "{:width$}  {:<13}  {:<8}  password of", "name", "role", "may")?;
    for user in &users {
        let may = if user.enabled { "log in" } else { "not" };
        let (name, role) = (user.name.as_str(), user.role.name());
        let since = user.password_at.zoned(zone).strftime("%Y-%m-%d").to_string();
        writeln!(out, "{name:width$}  {role:<13}  {may:<8}  {since}")?;
    }
    Ok(())
}

fn name(text: &str) -> Result<UserName, String> {
    UserName::new(text).map_err(|fault| fault.to_string())
}

fn role(text: &str) -> Result<Role, String> {
    let names = Role::ALL.map(Role::name).join(", ");
    Role::from_name(text).ok_or_else(|| format!("must be one of {names}"))
}

#[cfg(test)]
mod tests {
    use crate::store::STORE_FILE;
    use crate::time::Timestamp;

    use super::*;

    #[test]
    fn users_are_listed_and_every_change_is_on_record() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        let listed = |json| {
            let mut out = Vec::new();
            list(&store, &TimeZone::UTC, json, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(listed(false).starts_with("no users"));
        let at = Timestamp::from_secs(1_777_593_600);
        let hash = PasswordHash::stored("$argon2id$hash".to_owned());
        for (user, role) in [("li", Role::Administrator), ("wang.xiaoming", Role::Viewer)] {
            store.add_user(&UserName::new(user).unwrap(), role, &hash, at).unwrap();
        }
        let name = UserName::new("wang.xiaoming").unwrap();
        let mut out = Vec::new();
        alter(&store, &UserCommand::Disable { name: name.clone() }, &mut out).unwrap();
        insta::assert_snapshot!(listed(false), @r"
        name           role           may       password of
        li             administrator  log in    2026-05-01
        wang.xiaoming  viewer         not       2026-05-01
        ");
        assert!(!listed(true).contains("argon2id"));
        alter(&store, &UserCommand::Remove { name }, &mut out).unwrap();
        let log = store.audit_log(None, None, 9).unwrap();
        let whats: Vec<_> = log.iter().map(|entry| entry.what.as_str()).collect();
        assert_eq!(whats, ["user remove wang.xiaoming", "user disable wang.xiaoming"]);
        assert!(log[0].who.starts_with("command line"), "{log:?}");
    }
}
