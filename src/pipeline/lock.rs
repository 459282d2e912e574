//! One program a data folder: two would hand every case over twice.

use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::path::Path;

use super::StartError;

/// Stays behind when the program ends; only the lock on it means something.
const LOCK_FILE: &str = "run.lock";

/// The right to run on a data folder. The system takes it back when the
/// program ends, however it ends, so that a kill leaves nothing to clear away.
#[derive(Debug)]
pub(super) struct DataFolderLock {
    _held: File,
}

impl DataFolderLock {
    /// Makes the folder if it is not there, and takes the right to run on it.
    pub(super) fn take(data_dir: &Path) -> Result<Self, StartError> {
        let cannot = |source| StartError::Folder { path: data_dir.to_owned(), source };
        std::fs::create_dir_all(data_dir).map_err(cannot)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(data_dir.join(LOCK_FILE))
            .map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _held: file }),
            Err(TryLockError::WouldBlock) => {
                Err(StartError::FolderTaken { path: data_dir.to_owned() })
            }
            Err(TryLockError::Error(source)) => Err(cannot(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_until_its_holder_is_gone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        let held = DataFolderLock::take(&folder).unwrap();
        let refused = DataFolderLock::take(&folder).unwrap_err();
        assert!(matches!(refused, StartError::FolderTaken { .. }), "{refused}");
        drop(held);
        DataFolderLock::take(&folder).unwrap();
    }
}
