//! Who may come in, and over what: nobody from elsewhere, unless there are users.

use std::net::TcpListener;
use std::sync::Arc;

use crate::api::Access;
use crate::api::Door;
use crate::api::Tls;
use crate::config::Config;
use crate::store::STORE_FILE;
use crate::store::Store;
use crate::time::Clock;

use super::City;
use super::Machine;
use super::StartError;
use super::city::tls_files;

/// The certificate that the configuration names, read and found to be of use.
///
/// # Errors
/// When one of the files cannot be read, or they do not fit.
pub(super) fn tls(city: &City) -> Result<Option<Arc<Tls>>, StartError> {
    let Some(files) = &city.tls else { return Ok(None) };
    Ok(Some(Arc::new(Tls::load(files.clone())?)))
}

/// Finds out before the start what would keep the server from it.
///
/// # Errors
/// When the certificate is of no use, or everybody from everywhere would be let in.
pub fn check_door(config: &Config) -> Result<(), StartError> {
    if let Some(tls) = &config.tls {
        Tls::load(tls_files(tls))?;
    }
    let Some(address) = config.listen.filter(|address| !address.ip().is_loopback()) else {
        return Ok(());
    };
    let file = config.data_dir.join(STORE_FILE);
    if file.is_file() && Store::open_existing(&file)?.has_users()? {
        return Ok(());
    }
    Err(StartError::NoUsers { address })
}

/// Who may come in where this listens; refuses to let in everybody from everywhere.
pub(super) fn access(
    listener: Option<&TcpListener>,
    tls: bool,
    store: &Arc<Store>,
    clock: &Clock,
) -> Result<Arc<Access>, StartError> {
    let address = listener.and_then(|listener| listener.local_addr().ok());
    let loopback = address.is_none_or(|address| address.ip().is_loopback());
    if let Some(address) = address.filter(|_| !loopback) {
        if !store.has_users()? {
            return Err(StartError::NoUsers { address });
        }
        if !tls {
            tracing::warn!(%address, "passwords and pictures cross the network unencrypted: set [tls]");
        }
    }
    let door = Door { loopback, tls };
    Ok(Arc::new(Access::new(Arc::clone(store), clock.clone(), door)))
}

impl Machine {
    /// Reads the certificate again, where there is one, and the city data;
    /// what has faults stays as it was, and the log tells them.
    pub fn reload(&self) {
        match self.tls.as_ref().map(|tls| tls.reload()) {
            None => {}
            Some(Ok(())) => {
                tracing::info!("new connections are shown the certificate as it is now");
            }
            Some(Err(fault)) => {
                let cause = std::error::Error::source(&fault).map(ToString::to_string);
                tracing::error!(%fault, cause, "the certificate stays as it was");
            }
        }
        if self.running.lives.is_some() {
            self.reload_city();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::access::PasswordHash;
    use crate::access::Role;
    use crate::access::UserName;
    use crate::time::Timestamp;

    use super::*;

    #[test]
    fn listens_elsewhere_only_when_somebody_can_log_in() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&folder.path().join(STORE_FILE)).unwrap());
        let text = "listen = \"0.0.0.0:8320\"\ndata_dir = \".\"\n";
        let config = Config::parse(&folder.path().join("city.toml"), text).unwrap();
        let clock = Clock::system();
        let everywhere = TcpListener::bind("0.0.0.0:0").unwrap();
        let here = TcpListener::bind("127.0.0.1:0").unwrap();
        let starts = |listener| access(Some(listener), false, &store, &clock).is_ok();
        assert!(starts(&here) && !starts(&everywhere));
        let told = check_door(&config).unwrap_err().to_string();
        assert!(told.contains("xunjie user add NAME --role administrator"), "{told}");

        let hash = PasswordHash::stored("$argon2id$none".to_owned());
        let li = UserName::new("li").unwrap();
        store.add_user(&li, Role::Administrator, &hash, Timestamp::EPOCH).unwrap();
        assert!(starts(&everywhere));
        check_door(&config).unwrap();
    }

    #[test]
    fn a_certificate_that_is_not_there_is_told_before_the_start() {
        let text = "[tls]\ncertificate = \"a.crt\"\nkey = \"a.key\"\n";
        let config = Config::parse(Path::new("absent/city.toml"), text).unwrap();
        assert!(matches!(check_door(&config), Err(StartError::Tls(_))));
    }
}
