//! Puts the built page into the program; run by cargo before the program is compiled.
//!
//! Without a built page the program still builds: the list is empty then, and
//! the program serves its small page, which says how to get this one.
#![expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::hash::Hasher;
use std::io;
use std::path::Path;
use std::path::PathBuf;

fn main() -> io::Result<()> {
    // The folder is there even before the page is built, or cargo would ask again each time.
    println!("cargo:rerun-if-changed=web/dist");
    println!("cargo:rerun-if-changed=web/embed.rs");
    let folder = |name| env::var_os(name).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    let dist = folder("CARGO_MANIFEST_DIR")?.join("web/dist");
    let mut files = files_under(&dist)?;
    files.sort();
    let mut version = DefaultHasher::new();
    let mut list = String::from("static FILES: &[(&str, &[u8])] = &[\n");
    for file in &files {
        let name = file.strip_prefix(&dist).map_err(io::Error::other)?;
        let name = name.to_str().ok_or(io::ErrorKind::InvalidData)?;
        version.write(name.as_bytes());
        version.write(&fs::read(file)?);
        let path = file.to_str().ok_or(io::ErrorKind::InvalidData)?;
        writeln!(list, "    ({name:?}, include_bytes!({path:?})),").map_err(io::Error::other)?;
    }
    let version =
        if files.is_empty() { String::new() } else { format!("{:016x}", version.finish()) };
    writeln!(list, "];\nconst VERSION: &str = {version:?};").map_err(io::Error::other)?;
    fs::write(folder("OUT_DIR")?.join("page_files.rs"), list)
}

/// Every file but hidden ones.
fn files_under(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(files) };
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() {
            files.extend(files_under(&path)?);
        } else if !hidden {
            files.push(path);
        }
    }
    Ok(files)
}
