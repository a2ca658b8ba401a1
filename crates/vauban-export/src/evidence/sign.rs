//! Ed25519 keys and signatures (RFC 8032), in the forms that OpenSSL writes: PKCS#8 for the secret key, SPKI for the public
//! one, both as PEM.

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use super::hexadecimal;

/// A key that signs.
#[derive(Clone, Debug)]
pub struct Key(SigningKey);

impl Key {
    /// A new key from 32 random bytes, which the caller must have from the operating system.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Key(SigningKey::from_bytes(seed))
    }

    /// The key in a PEM file, as `openssl genpkey -algorithm ed25519` or [`Key::pem`] write it.
    pub fn read(pem: &str) -> Option<Self> {
        SigningKey::from_pkcs8_pem(pem).ok().map(Key)
    }

    /// The secret key as PEM.
    pub fn pem(&self) -> Option<String> {
        self.0.to_pkcs8_pem(LineEnding::LF).ok().map(|pem| pem.to_string())
    }

    /// The public key as PEM.
    pub fn public_pem(&self) -> Option<String> {
        self.0.verifying_key().to_public_key_pem(LineEnding::LF).ok()
    }

    /// The signature over some bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }
}

/// A key that checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key in a PEM file.
    pub fn read(pem: &str) -> Option<Self> {
        VerifyingKey::from_public_key_pem(pem).ok().map(PublicKey)
    }

    /// The key as PEM.
    pub fn pem(&self) -> Option<String> {
        self.0.to_public_key_pem(LineEnding::LF).ok()
    }

    /// Whether a signature over some bytes was made with the secret key of this one. Strict: malleable signatures and
    /// weak keys do not count.
    pub fn checks(&self, bytes: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify_strict(bytes, &signature).is_ok())
    }

    /// The key's fingerprint: SHA-256 of its 32 bytes, as hexadecimal digits in groups of four, to be read out.
    pub fn fingerprint(&self) -> String {
        use sha2::Digest as _;
        let digits = hexadecimal(&sha2::Sha256::digest(self.0.as_bytes()));
        let groups: Vec<&str> = (0..digits.len()).step_by(4).filter_map(|from| digits.get(from..from + 4)).collect();
        groups.join(" ")
    }
}
