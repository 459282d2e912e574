//! What stands before each camera, kept so that stays outlive the program.

use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::ingest::CameraId;

use super::Store;
use super::StoreError;
use super::error::failed_to;

impl Store {
    /// Keeps the newest state of many cameras, all or none of them.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn save_snapshots(&self, snapshots: &[(CameraId, Vec<u8>)]) -> Result<(), StoreError> {
        self.write("save snapshots", |transaction| {
            for (camera, body) in snapshots {
                transaction
                    .prepare_cached(
                        "INSERT INTO snapshots VALUES (?1, ?2)
                         ON CONFLICT (camera_id) DO UPDATE SET body = excluded.body",
                    )
                    .and_then(|mut statement| statement.execute(params![camera.as_str(), body]))
                    .map_err(failed_to("save snapshots"))?;
            }
            Ok(())
        })
    }

    /// The newest state kept of a camera.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn load_snapshot(&self, camera: &CameraId) -> Result<Option<Vec<u8>>, StoreError> {
        self.reader()
            .query_row(
                "SELECT body FROM snapshots WHERE camera_id = ?1",
                [camera.as_str()],
                |row| row.get(0),
            )
            .optional()
            .map_err(failed_to("load a snapshot"))
    }
}

#[cfg(test)]
mod tests {
    use crate::store::STORE_FILE;

    use super::*;

    #[test]
    fn the_newest_snapshot_of_each_camera_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(STORE_FILE);
        let (north, south) = (CameraId::new("north").unwrap(), CameraId::new("south").unwrap());
        let store = Store::open(&path).unwrap();
        store.save_snapshots(&[(north.clone(), vec![1]), (south.clone(), vec![2])]).unwrap();
        store.save_snapshots(&[(north.clone(), vec![3, 0, 255])]).unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.load_snapshot(&north).unwrap(), Some(vec![3, 0, 255]));
        assert_eq!(store.load_snapshot(&south).unwrap(), Some(vec![2]));
        assert_eq!(store.load_snapshot(&CameraId::new("west").unwrap()).unwrap(), None);
    }
}
