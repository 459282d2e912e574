//! TLS: a certificate and its key out of files, read again when somebody says so.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio_rustls::Accept;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::listener::Connection;

/// A chain of certificates is some KiB.
const FILE_LEN_MAX: u64 = 1 << 20;

/// Where certificate and key lie, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's own certificate first, then those that lead to its authority.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {path:?}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path:?} holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----")]
    NoCertificate { path: PathBuf },
    #[error("{path:?} holds no private key in PEM that can be read without a password")]
    NoKey { path: PathBuf },
    #[error("the key {key:?} is not that of the certificate {certificate:?}")]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("the certificate {certificate:?} and its key cannot be used: {why}")]
    Unusable { certificate: PathBuf, why: String },
}

/// The certificate that new connections are shown.
pub struct Tls {
    files: TlsFiles,
    config: Mutex<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// When one of them cannot be read, is none, or is not the other's.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let config = Mutex::new(read(&files)?);
        Ok(Self { files, config })
    }

    /// Reads both again, for connections from now on.
    ///
    /// # Errors
    /// As for [`Tls::load`]; then those from before go on.
    pub fn reload(&self) -> Result<(), TlsError> {
        let config = read(&self.files)?;
        *self.config() = config;
        Ok(())
    }

    fn config(&self) -> MutexGuard<'_, Arc<ServerConfig>> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let (certificate, key) = (files.certificate.clone(), files.key.clone());
    let chain = bytes(&certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let no_certificate = || TlsError::NoCertificate { path: certificate.clone() };
    let chain = chain.ok_or_else(no_certificate)?;
    let private = PrivateKeyDer::from_pem_slice(&bytes(&key)?)
        .map_err(|_| TlsError::NoKey { path: key.clone() })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
    let mut config = config.map_err(|fault| match fault {
        rustls::Error::InconsistentKeys(_) => {
            TlsError::Mismatch { certificate: certificate.clone(), key: key.clone() }
        }
        // What rustls says of a key or certificate holds nothing of the key.
        fault => TlsError::Unusable { certificate: certificate.clone(), why: fault.to_string() },
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_LEN_MAX).read_to_end(&mut bytes));
    read.map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })?;
    Ok(bytes)
}

/// A connection, plain or within TLS. The handshake is a part of the first
/// reading, so that one who is slow at it holds up nobody else.
pub(super) enum Wire {
    Plain(Connection),
    Handshake(Box<Accept<Connection>>),
    Open(Box<TlsStream<Connection>>),
    Failed,
}

impl Wire {
    pub(super) fn new(connection: Connection, tls: Option<&Tls>) -> Self {
        match tls {
            None => Self::Plain(connection),
            Some(tls) => {
                let acceptor = TlsAcceptor::from(Arc::clone(&tls.config()));
                Self::Handshake(Box::new(acceptor.accept(connection)))
            }
        }
    }

    /// Ready when the handshake is done with.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self::Handshake(accept) = self else { return Poll::Ready(Ok(())) };
        let done = ready!(Pin::new(&mut **accept).poll(cx));
        let (state, told) = match done {
            Ok(stream) => (Self::Open(Box::new(stream)), Ok(())),
            Err(fault) => (Self::Failed, Err(fault)),
        };
        *self = state;
        Poll::Ready(told)
    }
}

fn not_open<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        ready!(wire.poll_open(cx))?;
        match wire {
            Self::Plain(connection) => Pin::new(connection).poll_read(cx, buffer),
            Self::Open(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Handshake(_) | Self::Failed => not_open(),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        ready!(wire.poll_open(cx))?;
        match wire {
            Self::Plain(connection) => Pin::new(connection).poll_write(cx, bytes),
            Self::Open(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Handshake(_) | Self::Failed => not_open(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(connection) => Pin::new(connection).poll_flush(cx),
            Self::Open(stream) => Pin::new(stream).poll_flush(cx),
            Self::Handshake(_) | Self::Failed => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(connection) => Pin::new(connection).poll_shutdown(cx),
            Self::Open(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Handshake(_) | Self::Failed => Poll::Ready(Ok(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::CertifiedKey;
    use rcgen::KeyPair;

    use crate::api::Door;
    use crate::api::scripted::Running;

    use super::*;

    /// A certificate of `localhost` and its key, in files of a folder.
    fn files() -> (tempfile::TempDir, TlsFiles, CertifiedKey<KeyPair>) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let files =
            TlsFiles { certificate: folder.path().join("a.crt"), key: folder.path().join("a.key") };
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        (folder, files, made)
    }

    fn client(made: &CertifiedKey<KeyPair>) -> reqwest::Client {
        let authority = reqwest::Certificate::from_der(made.cert.der()).unwrap();
        reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap()
    }

    #[tokio::test]
    async fn speaks_tls_with_its_certificate_and_with_the_next_after_a_reload() {
        let (_folder, files, first) = files();
        let (_other_folder, other, second) = self::files();
        let tls = Arc::new(Tls::load(files.clone()).unwrap());
        let door = Door { loopback: true, tls: true };
        let running = Running::behind_tls(door, Some(Arc::clone(&tls)));
        let address = format!("https://localhost:{}/healthz", running.address.port());
        let answers = async |made: &CertifiedKey<KeyPair>| {
            client(made).get(&address).send().await.is_ok_and(|answer| answer.status() == 200)
        };
        assert!(answers(&first).await && !answers(&second).await);
        // Whoever speaks plain HTTP, or nothing that is any protocol, is let go.
        assert!(running.client.get(address.replace("https", "http")).send().await.is_err());
        assert!(running.raw("\0\0\0\r\n\r\n").await.is_ok_and(|line| !line.contains("HTTP/1.1 2")));

        std::fs::write(&files.key, b"broken").unwrap();
        assert!(matches!(tls.reload(), Err(TlsError::NoKey { .. })));
        assert!(answers(&first).await);
        std::fs::copy(&other.certificate, &files.certificate).unwrap();
        std::fs::copy(&other.key, &files.key).unwrap();
        tls.reload().unwrap();
        assert!(answers(&second).await && !answers(&first).await);
    }

    #[test]
    fn says_what_is_wrong_with_the_files_and_nothing_of_the_key() {
        let (folder, files, _) = files();
        let (_other_folder, other, _) = self::files();
        let absent = folder.path().join("absent");
        let key = std::fs::read_to_string(&files.key).unwrap();
        let secret = key.lines().nth(1).unwrap().to_owned();
        let check = |files: TlsFiles, expected: &str| {
            let told = Tls::load(files).unwrap_err();
            assert!(told.to_string().contains(expected), "{told}");
            assert!(!format!("{told:?}").contains(&secret), "{told:?}");
        };
        check(TlsFiles { certificate: absent.clone(), ..files.clone() }, "cannot read");
        check(TlsFiles { key: absent, ..files.clone() }, "cannot read");
        check(TlsFiles { certificate: files.key.clone(), ..files.clone() }, "no certificate");
        check(TlsFiles { key: files.certificate.clone(), ..files.clone() }, "no private key");
        check(TlsFiles { key: other.key, ..files.clone() }, "not that of the certificate");
        assert!(!format!("{:?}", Tls::load(files).unwrap()).contains(&secret));
    }
}
