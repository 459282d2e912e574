//! What a broker's certificate is checked by.

use std::fs;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::dispatch::DispatchError;
use crate::store::SinkId;

/// The text of a file of certificates in PEM form, at least one of them.
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub(super) fn certificates_in(sink: &SinkId, path: &Path) -> Result<Vec<u8>, DispatchError> {
    let fault =
        |reason| DispatchError::Certificates { sink: sink.clone(), path: path.to_owned(), reason };
    let text = fs::read(path).map_err(|error| fault(error.to_string()))?;
    let count = CertificateDer::pem_slice_iter(&text).take_while(Result::is_ok).count();
    if count == 0 {
        return Err(fault("it holds no certificate in PEM form".to_owned()));
    }
    Ok(text)
}

/// Names the one implementation of cryptography that is built in.
pub(super) fn choose_cryptography() {
    // Fails only where a provider is installed already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let sink = SinkId::new("desk").unwrap();
        assert!(certificates_in(&sink, &path).is_err());
        fs::write(&path, "no certificate").unwrap();
        let error = certificates_in(&sink, &path).unwrap_err().to_string();
        assert!(error.contains("ca.pem") && error.contains("no certificate"), "{error}");
    }
}
