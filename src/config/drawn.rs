//! Zones that somebody drew on the page: a file of a camera's zones and nothing else.

use std::path::Path;

use crate::rules::Zone;
use crate::written;
use crate::written::FileFaults;

use super::zone::zones_of;

const DRAWN_KEYS: &[&str] = &["zone"];

/// Reads the zones of one camera, written as `[[zone]]`, as if they stood in `file`.
///
/// # Errors
/// All that is wrong with them.
pub fn drawn_zones(file: &Path, text: &str) -> Result<Vec<Zone>, FileFaults> {
    written::read(file, text, DRAWN_KEYS, |table| Some(zones_of(table).0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_drawn_zones_is_told_at_once() {
        let file = Path::new("kerb.toml");
        let good =
            "[[zone]]\nid = \"a\"\nkind = \"no_parking\"\npolygon = [[0, 0], [1, 0], [1, 1]]\n";
        assert_eq!(drawn_zones(file, good).unwrap().len(), 1);
        assert_eq!(drawn_zones(file, "").unwrap().len(), 0);
        let bad = "[[zone]]\nid = \"a b\"\nkind = \"parking\"\npolygon = [[0, 0], [1, 1], [1, 0], [0, 1]]\n";
        assert_eq!(drawn_zones(file, bad).unwrap_err().faults.len(), 3);
        assert!(drawn_zones(file, "[[camera]]\nid = \"x\"\n").is_err());
    }
}
