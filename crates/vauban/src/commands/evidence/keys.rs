//! Reading keys from files.

use vauban_analysis::export::evidence::sign::{Key, PublicKey};

use crate::commands::Failure;
use crate::files;

/// The secret key in a file.
pub(super) fn secret(path: &str) -> Result<Key, Failure> {
    let help = "make one with `vauban evidence key --new FILE`";
    Key::read(&text(path, help)?)
        .ok_or_else(|| Failure::new(format!("`{path}` holds no Ed25519 secret key (PKCS#8, PEM)"), help))
}

/// The public key in a file: a public key, or the secret key it belongs to.
pub(super) fn public(path: &str) -> Result<PublicKey, Failure> {
    let help = "give the public key that the owner of the pack handed over, as PEM";
    let text = text(path, help)?;
    PublicKey::read(&text)
        .or_else(|| Key::read(&text).and_then(|key| PublicKey::read(&key.public_pem()?)))
        .ok_or_else(|| Failure::new(format!("`{path}` holds no Ed25519 public key (SPKI, PEM)"), help))
}

fn text(path: &str, help: &str) -> Result<String, Failure> {
    let bytes = files::read(path).map_err(|reason| Failure::new(format!("`{path}` cannot be read: {reason}"), help))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
