//! Which data folder a command means, and who gives the command.

use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;
use clap::Args;
use jiff::tz::TimeZone;

use crate::access::AuditNote;
use crate::config::Config;
use crate::store::STORE_FILE;
use crate::store::Store;
use crate::time::Clock;

/// The data folder, by the configuration or by itself.
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// The configuration whose data folder is meant
    #[arg(long, global = true, value_name = "CITY.toml", conflicts_with = "data")]
    config: Option<PathBuf>,
    /// The data folder, where there is no configuration
    #[arg(long, global = true, value_name = "DIR", default_value = "data")]
    data: PathBuf,
}

impl DataArgs {
    fn folder(&self) -> Result<(PathBuf, TimeZone)> {
        Ok(match &self.config {
            Some(file) => {
                let config = Config::load(file)?;
                (config.data_dir, config.time_zone)
            }
            None => (self.data.clone(), TimeZone::system()),
        })
    }

    /// The store that is there, and the zone that times are shown in.
    pub(crate) fn store(&self) -> Result<(Store, TimeZone)> {
        let (folder, zone) = self.folder()?;
        Ok((Store::open_existing(&folder.join(STORE_FILE))?, zone))
    }

    /// The store; made if it is not there, as before the first start.
    pub(crate) fn new_store(&self) -> Result<Store> {
        let (folder, _) = self.folder()?;
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Store::open(&folder.join(STORE_FILE))?)
    }
}

/// Writes into the audit log what was done from here.
pub(crate) fn record(store: &Store, what: String, note: Option<String>) -> Result<()> {
    let line = AuditNote {
        at: Clock::system().now(),
        who: who(),
        address: "-".to_owned(),
        what,
        result: "done".to_owned(),
        note,
    };
    Ok(store.audit(&line)?)
}

/// Whoever gives the command, as the system's login calls them.
pub(crate) fn who() -> String {
    let name = ["SUDO_USER", "LOGNAME", "USER"].into_iter().find_map(|key| std::env::var(key).ok());
    name.map_or("command line".to_owned(), |name| format!("command line {name}"))
}
