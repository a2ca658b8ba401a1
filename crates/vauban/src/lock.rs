//! One at a time: whoever writes to the record holds a lock file beside it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::commands::Failure;
use crate::files;

/// How long another one is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(25);

/// The right to change a record and the decisions that go with it; given back when it goes out of scope.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
}

impl Lock {
    /// Takes the lock of a record, `RECORD.lock`, and waits a while for who has it. A lock whose holder is gone is never
    /// taken away: somebody looks first at what it left behind.
    pub(crate) fn of(record: &str) -> Result<Self, Failure> {
        let real = super::record::target(record)?;
        let mut path = real.into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| failed(&path, &error))?;
        }
        let begin = Instant::now();
        loop {
            match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    let lock = Lock { path };
                    write!(file, "{} {}", std::process::id(), here()).map_err(|error| failed(&lock.path, &error))?;
                    return Ok(lock);
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&path, &error)),
            }
            if let Some(holder) = gone(&path) {
                return Err(held(&path, &format!("process {holder}, which made it, runs no more")));
            }
            if begin.elapsed() > PATIENCE {
                return Err(held(&path, &format!("another `vauban` has held it for {} seconds", PATIENCE.as_secs())));
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Where numbers of processes mean the same: this start of this machine, and this container. Nothing where nobody can tell.
fn here() -> String {
    let start = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let processes = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{}{}", start.trim(), processes.display())
}

/// The number of the process that holds a lock, where it is sure that it runs no more.
fn gone(lock: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(lock).ok()?;
    let (number, place) = text.split_once(' ')?;
    let number: u32 = number.parse().ok()?;
    let runs = Path::new("/proc").join(number.to_string()).exists();
    let known = !place.is_empty() && place == here();
    // A lock that was given back in between, and taken by another, is not that lock.
    (known && !runs && std::fs::read_to_string(lock).is_ok_and(|now| now == text)).then_some(number)
}

fn held(lock: &Path, why: &str) -> Failure {
    let lock = lock.display();
    Failure::new(
        format!("the record is locked by `{lock}`: {why}"),
        format!(
            "when no other `vauban` writes to it, see with `vauban evidence record verify` that it is whole, then delete `{lock}`"
        ),
    )
}

fn failed(lock: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        format!("the lock `{}` cannot be written: {}", lock.display(), files::reason(error)),
        "the folder of the record must be writable; name another record with `--record`",
    )
}
