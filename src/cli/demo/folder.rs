//! The demo's own folder, which is emptied at each start.

use std::fs;
use std::path::Path;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;

/// The first line of a demo's configuration: by it alone the folder is known for a demo's.
/// A city's folder has a store too, and years of evidence.
const MARK: &str = "# Written by `xunjie demo`.";

/// The configuration within the folder.
pub(super) const CONFIGURATION: &str = "city.toml";

/// Empties the folder of an earlier demo and marks it, or makes and marks a new one.
///
/// # Errors
/// When the folder holds something that is no demo's, which is left as it is, or cannot be written.
pub(super) fn begin(folder: &Path) -> Result<()> {
    if folder.exists() {
        let unreadable = || format!("cannot read {}", folder.display());
        let is_empty = folder.read_dir().with_context(unreadable)?.next().is_none();
        if !is_empty && !is_demos(folder) {
            bail!(
                "{} holds something that is no demo's; name another folder with --data",
                folder.display()
            );
        }
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // At once, so that a start that fails later leaves a folder that the next one knows.
    write(folder, "")
}

/// Writes the configuration under its mark.
pub(super) fn write(folder: &Path, configuration: &str) -> Result<()> {
    let file = folder.join(CONFIGURATION);
    fs::write(&file, format!("{MARK}\n{configuration}"))
        .with_context(|| format!("cannot write {}", file.display()))
}

fn is_demos(folder: &Path) -> bool {
    fs::read(folder.join(CONFIGURATION)).is_ok_and(|text| text.starts_with(MARK.as_bytes()))
}

#[cfg(test)]
mod tests {
    use crate::store::STORE_FILE;

    use super::*;

    #[test]
    fn a_citys_folder_is_left_as_it_is() {
        for configuration in [None, Some("data_dir = \".\"\n")] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(STORE_FILE), "a year of cases").unwrap();
            if let Some(text) = configuration {
                fs::write(folder.path().join(CONFIGURATION), text).unwrap();
            }
            let error = begin(folder.path()).unwrap_err().to_string();
            assert!(error.contains("no demo's") && error.contains("--data"), "{error}");
            let kept = fs::read_to_string(folder.path().join(STORE_FILE)).unwrap();
            assert_eq!(kept, "a year of cases");
        }
    }

    #[test]
    fn the_folder_of_a_demo_that_did_not_come_far_is_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("demo");
        begin(&data).unwrap();
        fs::create_dir(data.join("city")).unwrap();
        begin(&data).unwrap();
        assert!(!data.join("city").exists());
        write(&data, "data_dir = \".\"\n").unwrap();
        fs::write(data.join(STORE_FILE), "cases").unwrap();
        begin(&data).unwrap();
        assert!(!data.join(STORE_FILE).exists());
    }
}
