//! Finds the shared library of ONNX Runtime and looks it over before it is loaded.

use std::env;
use std::fs;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use super::search::homes;

/// The user's own library.
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// Where the set-up step unpacks the library.
const FOLDER: &str = ".runtime";

const NAME: &str = "libonnxruntime.so";

/// The library to load: the user's own, else the one that the set-up step
/// unpacked beside the program or in the project.
pub(super) fn find() -> Result<PathBuf, String> {
    let named = env::var_os(VARIABLE).filter(|value| !value.is_empty());
    find_among(named.map(PathBuf::from), &homes())
}

fn find_among(named: Option<PathBuf>, homes: &[PathBuf]) -> Result<PathBuf, String> {
    if let Some(path) = named {
        return if path.is_file() {
            Ok(path)
        } else {
            Err(format!("{VARIABLE} names `{}`, which is no file", path.display()))
        };
    }
    let folders: Vec<_> = homes.iter().map(|home| home.join(FOLDER)).collect();
    folders.iter().find_map(|folder| newest_in(folder)).ok_or_else(|| {
        let looked: Vec<_> = folders.iter().map(|f| format!("`{}`", f.display())).collect();
        format!("no {NAME} in {}; run `make setup` or set {VARIABLE}", looked.join(", "))
    })
}

/// The library of the highest version in a folder.
fn newest_in(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let newest = names.filter(|name| name.starts_with(NAME)).max_by_key(|name| version(name))?;
    // The loader takes a bare name for one that it must look up itself.
    fs::canonicalize(folder.join(newest)).ok()
}

/// The numbers at the end of `libonnxruntime.so.1.31.1`.
fn version(name: &str) -> Vec<u32> {
    name[NAME.len()..].split('.').filter_map(|part| part.parse().ok()).collect()
}

/// Whether the file is a whole shared library. The loader itself ends the
/// program when a library was cut short, as by an interrupted set-up.
pub(super) fn check_whole(path: &Path) -> Result<(), String> {
    let mut header = [0; 64];
    let read = File::open(path).and_then(|mut file| {
        file.read_exact(&mut header)?;
        file.metadata()
    });
    let bytes = read.map_err(|error| format!("cannot read `{}`: {error}", path.display()))?.len();
    if !header.starts_with(b"\x7fELF") {
        return Err(format!("`{}` is not a shared library", path.display()));
    }
    let number = |at: usize, len: usize| {
        header[at..at + len].iter().rev().fold(0u64, |all, byte| all << 8 | u64::from(*byte))
    };
    // The table of sections is the last thing in a 64-bit ELF file.
    let end = number(40, 8).saturating_add(number(58, 2) * number(60, 2));
    if end > bytes {
        return Err(format!("`{}` is cut short: {bytes} of {end} bytes", path.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_own_library_wins_and_must_exist() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own.so");
        let error = find_among(Some(own.clone()), &[]).unwrap_err();
        assert!(error.contains("ORT_DYLIB_PATH") && error.contains("own.so"), "{error}");
        fs::write(&own, "x").unwrap();
        assert_eq!(find_among(Some(own.clone()), &[]).unwrap(), own);
    }

    #[test]
    fn the_newest_unpacked_library_is_found() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        for name in ["libonnxruntime.so.1.9.0", "libonnxruntime.so.1.31.1", "other.so.2"] {
            fs::write(folder.join(name), "x").unwrap();
        }
        let found = find_among(None, &[PathBuf::from("absent"), home.path().to_owned()]).unwrap();
        assert!(found.ends_with("libonnxruntime.so.1.31.1"), "{found:?}");
    }

    #[test]
    fn says_what_to_do_where_there_is_none() {
        let error = find_among(None, &[PathBuf::from("absent")]).unwrap_err();
        assert!(error.contains("make setup") && error.contains("absent/.runtime"), "{error}");
    }

    #[test]
    fn a_library_cut_short_is_not_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lib.so");
        let whole = fs::read(env::current_exe().unwrap()).unwrap();
        fs::write(&path, &whole).unwrap();
        check_whole(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(check_whole(&path).unwrap_err().contains("cut short"));
        fs::write(&path, [b'x'; 100]).unwrap();
        assert!(check_whole(&path).unwrap_err().contains("not a shared library"));
        fs::write(&path, "x").unwrap();
        assert!(check_whole(&path).unwrap_err().contains("cannot read"));
    }
}
