//! Evidence packs: one archive that an auditor can check without us, offline and years later.
//!
//! | file in the archive | what it is |
//! |---|---|
//! | `SHA256SUMS` | SHA-256 of every other file but its own signature, as `sha256sum` writes it, sorted by path |
//! | `SHA256SUMS.sig` | Ed25519 signature over the bytes of `SHA256SUMS`, 64 bytes; absent when no key was given |
//! | `PUBLIC-KEY.pem` | the key that checks it; listed in `SHA256SUMS` |
//! | `MANIFEST.json` | what the pack is about, and for every file what it shows, how it was selected, what it answers |
//! | `README.md` | for the auditor: what is here, how to check it with common tools |
//! | the rest | documents, lists, samples, models, the record |
//!
//! The archive is a plain ZIP without compression and with fixed dates ([`archive`]), so that the same content gives the
//! same bytes, and so that every byte of it is either covered by a hash or must have one fixed value. [`verify()`] checks
//! all of that and says which file was altered, and for a single byte which one. It also compares the files with one
//! another: who holds the key can sign anything, and would have to change every file that says the same.

mod agreement;
pub mod archive;
mod continued;
mod crc;
pub mod list;
mod pack;
mod paths;
mod records;
mod sample;
pub mod sign;
pub mod verify;

pub use continued::{Continued, continued};
pub use list::List;
pub use pack::{Details, IndexRow, PackFile, Refused, Seal, build};
pub use paths::slug;
pub use records::{Packed, records};
pub use sample::sample;
pub use verify::{Answer, Problem, Signature, is_pack, put_together, verify};

use sha2::{Digest as _, Sha256};

/// The name of the list of hashes.
pub const SUMS: &str = "SHA256SUMS";
/// The name of the signature over it.
pub const SIGNATURE: &str = "SHA256SUMS.sig";
/// The name of the key that checks the signature.
pub const PUBLIC_KEY: &str = "PUBLIC-KEY.pem";
/// The name of the description.
pub const MANIFEST: &str = "MANIFEST.json";

/// SHA-256 as 64 lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
