//! Where manifests, models and the ONNX Runtime library are looked for.

use std::env;
use std::path::Path;
use std::path::PathBuf;

/// Folders above the program that may be the project's: `target/release/deps` lies three below.
const ANCESTORS_MAX: usize = 4;

/// More folders for models, separated by colons.
const MODEL_PATH_VARIABLE: &str = "XUNJIE_MODEL_PATH";

/// Folders in which manifests and model files are looked for, first match wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPath {
    folders: Vec<PathBuf>,
}

impl SearchPath {
    #[must_use]
    pub const fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// What `XUNJIE_MODEL_PATH` names, then `models` in the current folder and
    /// in the project, then the shared material beside them where it exists.
    #[must_use]
    pub fn usual() -> Self {
        let named = env::var_os(MODEL_PATH_VARIABLE).unwrap_or_default();
        let named = env::split_paths(&named).filter(|folder| !folder.as_os_str().is_empty());
        let homes = homes();
        let own = homes.iter().map(|home| home.join("models"));
        let shared = homes.iter().map(|home| home.join("../shared/material/models"));
        let mut folders: Vec<PathBuf> = Vec::new();
        for folder in named.chain(own).chain(shared.filter(|folder| folder.is_dir())) {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        Self { folders }
    }

    /// Looks into `folders` first.
    #[must_use]
    pub fn after(mut self, mut folders: Vec<PathBuf>) -> Self {
        folders.append(&mut self.folders);
        Self { folders }
    }

    /// The manifests of the first folder that has any, by name: what ships together.
    #[must_use]
    pub fn manifests(&self) -> Vec<PathBuf> {
        let in_folder = |folder: &PathBuf| {
            let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
            let paths = entries.map(|entry| entry.path());
            let mut manifests: Vec<PathBuf> =
                paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
            manifests.sort();
            manifests
        };
        self.folders.iter().map(in_folder).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The first file of this name, or all the places where it is not.
    pub(super) fn find(&self, first: Option<&Path>, file: &Path) -> Result<PathBuf, Vec<PathBuf>> {
        let mut looked = Vec::new();
        for folder in first.into_iter().chain(self.folders.iter().map(PathBuf::as_path)) {
            // Joining an absolute path gives that path alone.
            let candidate = folder.join(file);
            if candidate.is_file() {
                return Ok(candidate);
            }
            if !looked.contains(&candidate) {
                looked.push(candidate);
            }
        }
        Err(looked)
    }
}

/// Folders that may be the project's: the current one, those above the
/// program, and the one that the program was built in.
pub(super) fn homes() -> Vec<PathBuf> {
    let mut homes = vec![PathBuf::from(".")];
    if let Ok(program) = env::current_exe() {
        homes.extend(program.ancestors().skip(1).take(ANCESTORS_MAX).map(Path::to_path_buf));
    }
    homes.extend(option_env!("CARGO_MANIFEST_DIR").map(PathBuf::from));
    homes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_every_place_where_the_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("a"), folder.path().join("b"));
        let search = SearchPath::new(vec![second.clone()]);
        let looked = search.find(Some(&first), Path::new("m.onnx")).unwrap_err();
        assert_eq!(looked, [first.join("m.onnx"), second.join("m.onnx")]);
    }

    #[test]
    fn manifests_are_those_of_the_first_folder_that_has_some() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/two.toml", "b/one.toml", "b/one.onnx", "c/three.toml", "a/readme.md"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let search = SearchPath::new(["a", "b", "c"].map(|name| folder.path().join(name)).to_vec());
        let names = ["one.toml", "two.toml"].map(|name| folder.path().join("b").join(name));
        assert_eq!(search.manifests(), names);
    }

    #[test]
    fn the_first_folder_wins() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("m.onnx"), name).unwrap();
        }
        let search = SearchPath::new(vec![folder.path().join("b"), folder.path().join("a")]);
        let found = search.find(None, Path::new("m.onnx")).unwrap();
        assert_eq!(found, folder.path().join("b/m.onnx"));
    }
}
