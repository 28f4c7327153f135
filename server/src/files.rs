//! Files that only their owner may read.

use std::fs::{File, OpenOptions};
use std::path::Path;

/// Makes a file anew that only its owner may read.
///
/// # Errors
/// When the folder cannot be written.
pub fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
