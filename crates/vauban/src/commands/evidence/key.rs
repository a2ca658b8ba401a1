//! `vauban evidence key`: a key that signs packs.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::export::evidence::sign::{Key, PublicKey};

use super::keys;
use crate::commands::{Failure, write_output};
use crate::files;

/// Arguments of `vauban evidence key`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence key --new signing-key.pem               a new secret key; its fingerprint is printed
  vauban evidence key signing-key.pem --public key.pem    the public key, to hand to whoever checks

Keep the secret key out of the repository: who has it can sign in your name. Give the fingerprint to the auditor on
another way than the pack itself, by telephone or in a contract: only then does a signature prove who signed.")]
pub(crate) struct Arguments {
    /// Write a new secret key to this file, which must not be there yet; only you may read it
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    new: Option<String>,

    /// A key whose fingerprint is shown, secret or public
    #[arg(value_name = "KEY", required_unless_present = "new")]
    key: Option<String>,

    /// Write the public key to this file as well; `-` prints it
    #[arg(long, value_name = "FILE")]
    public: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(path) = arguments.public.as_deref().filter(|path| *path != "-" && std::path::Path::new(path).exists()) {
        return Err(Failure::new(
            format!("`{path}` is there already, and a key is written over nothing"),
            "name a file that is not there yet with `--public`",
        ));
    }
    if arguments.public.is_some() && arguments.public == arguments.new {
        return Err(Failure::new("the secret and the public key cannot be one file", "name another with `--public`"));
    }
    let public = match (&arguments.new, &arguments.key) {
        (Some(path), _) => make(path)?,
        (None, Some(path)) => keys::public(path)?,
        (None, None) => return Err(Failure::new("no key is named", "make one with `--new FILE`")),
    };
    if let Some(path) = &arguments.public {
        let pem = public.pem().ok_or_else(|| Failure::new("the public key cannot be written", ""))?;
        write_output(&pem, if path == "-" { None } else { Some(path) })?;
    }
    if arguments.public.as_deref() == Some("-") {
        tell!("fingerprint {}", public.fingerprint());
    } else {
        write_output(&format!("fingerprint {}\n", public.fingerprint()), None)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a key, writes it, and gives its public half.
fn make(path: &str) -> Result<PublicKey, Failure> {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        Failure::new(format!("the operating system gives no random bytes: {error}"), "make the key on another machine")
    })?;
    let key = Key::from_seed(&seed);
    let unwritable = || Failure::new("the key cannot be written as PEM", "");
    let pem = key.pem().ok_or_else(unwritable)?;
    let public = key.public_pem().and_then(|pem| PublicKey::read(&pem)).ok_or_else(unwritable)?;
    files::write_secret(path, pem.as_bytes()).map_err(|reason| {
        Failure::new(
            format!("`{path}` cannot be written: {reason}"),
            "a key is never written over another: choose a file that is not there yet",
        )
    })?;
    tell!("The secret key is in {path}. Keep it out of the repository, and keep a copy: it cannot be made again.");
    Ok(public)
}
