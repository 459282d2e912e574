//! A folder of a run's own in the system's place for such things, gone with the run.

use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;

/// Removed with all that is in it when dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    pub(super) fn new() -> Result<Self> {
        let name = format!("xunjie-bench-{:016x}", rand::random::<u64>());
        let path = std::env::temp_dir().join(name);
        // Fails where it is there already, so that nobody else's folder is taken for ours.
        std::fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(folder = %self.path.display(), %error, "the bench's folder is left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_gone_with_all_that_is_in_it() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        std::fs::write(path.join("store"), "x").unwrap();
        drop(scratch);
        assert!(!path.exists());
    }
}
