//! What people change while the program runs, kept beside the data: each
//! camera has a folder of numbered files, and the newest holds.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use crate::ingest::CameraId;

/// So many steps can be taken back; a file is a few KB.
const VERSIONS_MAX: usize = 50;
/// Numbers have so many digits that names sort as they do.
const DIGITS: usize = 6;

/// A folder of folders of versions.
#[derive(Debug)]
pub(super) struct Versions {
    folder: PathBuf,
    /// Who may read the files at most, as in `0o600`.
    mode: u32,
}

impl Versions {
    pub(super) const fn new(folder: PathBuf, mode: u32) -> Self {
        Self { folder, mode }
    }

    /// The cameras of which there is a version, by name.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(super) fn cameras(&self) -> io::Result<Vec<CameraId>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(fault) => return Err(fault),
        };
        let names: io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.file_name())).collect();
        let ids = names?.into_iter().filter_map(|name| CameraId::new(name.to_str()?).ok());
        let mut cameras: Vec<_> = ids.filter(|camera| self.count(camera) > 0).collect();
        cameras.sort_unstable();
        Ok(cameras)
    }

    /// The file that holds; none if there is none or it cannot be looked for.
    pub(super) fn newest(&self, camera: &CameraId) -> Option<PathBuf> {
        self.all(camera).ok()?.pop().map(|(_, file)| file)
    }

    /// 0 also where they cannot be counted.
    pub(super) fn count(&self, camera: &CameraId) -> usize {
        self.all(camera).map_or(0, |versions| versions.len())
    }

    /// Makes the text the newest, on the disk before it is told to be.
    ///
    /// # Errors
    /// When the disk fails; then the older one holds.
    pub(super) fn save(&self, camera: &CameraId, text: &str) -> io::Result<()> {
        let folder = self.folder.join(camera.as_str());
        fs::create_dir_all(&folder)?;
        let versions = self.all(camera)?;
        let number = versions.last().map_or(1, |(number, _)| number + 1);
        let draft = folder.join("draft");
        // One that a power cut has left may be open to others.
        gone(fs::remove_file(&draft))?;
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(self.mode).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, folder.join(format!("{number:0DIGITS$}.toml")))?;
        File::open(&folder)?.sync_all()?;
        let surplus = (versions.len() + 1).saturating_sub(VERSIONS_MAX);
        for (_, oldest) in versions.iter().take(surplus) {
            fs::remove_file(oldest)?;
        }
        Ok(())
    }

    /// Takes the newest back; false if there is none.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn undo(&self, camera: &CameraId) -> io::Result<bool> {
        let Some((_, newest)) = self.all(camera)?.pop() else { return Ok(false) };
        fs::rename(&newest, newest.with_extension("undone"))?;
        Ok(true)
    }

    /// Lets go of every version of a camera.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn remove(&self, camera: &CameraId) -> io::Result<()> {
        gone(fs::remove_dir_all(self.folder.join(camera.as_str())))
    }

    /// Every version by its number, the newest last.
    fn all(&self, camera: &CameraId) -> io::Result<Vec<(u32, PathBuf)>> {
        let entries = match fs::read_dir(self.folder.join(camera.as_str())) {
            Ok(entries) => entries,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(fault) => return Err(fault),
        };
        let mut versions = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let is_version = path.extension().is_some_and(|ending| ending == "toml");
            let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
            versions.extend(number.filter(|_| is_version).map(|number| (number, path)));
        }
        versions.sort_unstable();
        Ok(versions)
    }
}

/// What is not there need not be taken away.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|fault| match fault.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(fault),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn camera(name: &str) -> CameraId {
        CameraId::new(name).unwrap()
    }

    #[test]
    fn the_newest_holds_is_taken_back_and_is_for_its_owner_alone_if_so_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let versions = Versions::new(folder.path().join("kept"), 0o600);
        let kerb = camera("kerb");
        assert!(versions.cameras().unwrap().is_empty() && !versions.undo(&kerb).unwrap());
        versions.save(&kerb, "one").unwrap();
        versions.save(&kerb, "two").unwrap();
        versions.save(&camera("gate.2"), "one").unwrap();
        assert_eq!(versions.cameras().unwrap(), [camera("gate.2"), camera("kerb")]);
        let newest = versions.newest(&kerb).unwrap();
        assert_eq!(fs::read_to_string(&newest).unwrap(), "two");
        assert_eq!(fs::metadata(&newest).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(versions.undo(&kerb).unwrap());
        assert_eq!(fs::read_to_string(versions.newest(&kerb).unwrap()).unwrap(), "one");
        versions.remove(&kerb).unwrap();
        versions.remove(&kerb).unwrap();
        assert_eq!((versions.count(&kerb), versions.newest(&kerb)), (0, None));
    }

    #[test]
    fn keeps_so_many_versions_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let versions = Versions::new(folder.path().to_owned(), 0o666);
        let kerb = camera("kerb");
        for turn in 0..VERSIONS_MAX + 20 {
            versions.save(&kerb, &turn.to_string()).unwrap();
        }
        assert_eq!(versions.count(&kerb), VERSIONS_MAX);
        assert_eq!(fs::read_to_string(versions.newest(&kerb).unwrap()).unwrap(), "69");
    }
}
