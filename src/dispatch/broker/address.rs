//! Where a broker listens. Holds no password: logins stand under keys of their own.

use std::fmt;

use url::Url;

/// Far longer than any name of a host with its port.
const BYTES_MAX: usize = 512;

/// Host, port, and whether the connection is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerAddress {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
}

/// What an address must be instead. Does not quote it, as it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("must begin with one of {0}")]
    Scheme(&'static str),
    #[error("must name a host, as in {0}")]
    Host(&'static str),
    #[error("must hold no user and password: write them under username and password_file")]
    Login,
    #[error("must end after host and port")]
    Path,
}

impl BrokerAddress {
    /// `mqtt://host` or `mqtts://host`, with a port if it is not 1883 or 8883.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn mqtt(text: &str) -> Result<Self, AddressError> {
        let schemes = [("mqtt", 1883, false), ("mqtts", 8883, true)];
        parse(text, &schemes, "mqtt://, mqtts://", "mqtts://broker.example:8883")
    }

    /// `nats://host` or `tls://host`, with a port if it is not 4222.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn nats(text: &str) -> Result<Self, AddressError> {
        let schemes = [("nats", 4222, false), ("tls", 4222, true)];
        parse(text, &schemes, "nats://, tls://", "tls://nats.example:4222")
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

fn parse(
    text: &str,
    schemes: &[(&str, u16, bool)],
    names: &'static str,
    example: &'static str,
) -> Result<BrokerAddress, AddressError> {
    let text = text.trim();
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let known = schemes.iter().find(|(name, _, _)| Some(*name) == scheme.as_deref());
    let Some((_, usual_port, tls)) = known else {
        return Err(AddressError::Scheme(names));
    };
    if text.len() > BYTES_MAX {
        return Err(AddressError::Host(example));
    }
    let url = Url::parse(text).map_err(|_| AddressError::Host(example))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Login);
    }
    let rest =
        [url.path().trim_matches('/'), url.query().unwrap_or(""), url.fragment().unwrap_or("")];
    if rest.iter().any(|part| !part.is_empty()) {
        return Err(AddressError::Path);
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(AddressError::Host(example))?;
    let port = url.port().unwrap_or(*usual_port);
    Ok(BrokerAddress { host: host.to_owned(), port, tls: *tls })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_host_and_port_and_nothing_else() {
        let shown =
            |text| BrokerAddress::mqtt(text).map(|address| (address.to_string(), address.tls));
        assert_eq!(shown("mqtt://broker"), Ok(("broker:1883".to_owned(), false)));
        assert_eq!(shown("MQTTS://10.0.0.1:99/"), Ok(("10.0.0.1:99".to_owned(), true)));
        assert_eq!(shown("mqtt://[::1]"), Ok(("[::1]:1883".to_owned(), false)));
        assert_eq!(shown("mqtt://u:hunter2@broker"), Err(AddressError::Login));
        assert_eq!(shown("mqtt://broker/topic"), Err(AddressError::Path));
        assert!(matches!(shown("mqtt://"), Err(AddressError::Host(_))));
        assert!(matches!(shown("mqtt://a:port"), Err(AddressError::Host(_))));
        assert!(matches!(shown("nats://broker"), Err(AddressError::Scheme(_))));
        assert_eq!(BrokerAddress::nats("tls://n").unwrap().to_string(), "n:4222");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused_without_quoting_it(text in "(mqtt://)?[ -~]{0,60}hunter2") {
            if let Err(error) = BrokerAddress::mqtt(&text) {
                prop_assert!(!error.to_string().contains("hunter2"));
            }
        }
    }
}
