//! The world's own certificate authority, made at start and gone with the process.

use std::io;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

pub(crate) struct Authority {
    /// The certificate a kubeconfig names, in PEM.
    pub(crate) pem: String,
    pub(crate) acceptor: TlsAcceptor,
}

/// Makes an authority and one server certificate for 127.0.0.1 and localhost.
pub(crate) fn authority() -> io::Result<Authority> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name.push(DnType::CommonName, "weir demo authority");
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let root = params.self_signed(&key).map_err(io::Error::other)?;
    let issuer = Issuer::new(params, key);

    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let mut leaf = CertificateParams::new(names).map_err(io::Error::other)?;
    leaf.distinguished_name.push(DnType::CommonName, "weir demo");
    let leaf_key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = leaf.signed_by(&leaf_key, &issuer).map_err(io::Error::other)?;

    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone(), root.der().clone()], private)
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Authority { pem: root.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) })
}
