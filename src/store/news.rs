//! Tells what became of cases, one or all, from the history that is only added to.

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::CaseId;
use crate::time::Timestamp;

use super::Store;
use super::StoreError;
use super::error::failed_to;
use super::filing::case_from_body;

/// A case's history is read up to so many steps; it gets one every half minute at most.
const STEPS_MAX: usize = 2_000;

/// One step in a case's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    pub revision: u32,
    pub at: Timestamp,
    pub what: CaseChange,
}

/// A change of any case. Numbers rise with time while the file is open; a file
/// that was rewritten may count anew.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseNewsItem {
    pub number: i64,
    pub what: CaseChange,
    /// As it is now, which may be after later changes.
    pub case: Case,
}

impl Store {
    /// The steps of one case, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn history(&self, id: &CaseId) -> Result<Vec<HistoryEntry>, StoreError> {
        let rows: Vec<(u32, i64, String)> = self
            .reader()
            .prepare_cached(
                "SELECT revision, at, what FROM case_history
                 WHERE case_id = ?1 ORDER BY revision LIMIT ?2",
            )
            .and_then(|mut statement| {
                let found = statement.query_map((id.as_str(), STEPS_MAX as i64), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                });
                found?.collect()
            })
            .map_err(failed_to("read a case's history"))?;
        let entry = |(revision, at, what): (u32, i64, String)| {
            let at = Timestamp::from_micros(at);
            CaseChange::from_name(&what).map(|what| HistoryEntry { revision, at, what })
        };
        Ok(rows.into_iter().filter_map(entry).collect())
    }

    /// The number of the newest change; 0 of none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_change(&self) -> Result<i64, StoreError> {
        let newest: Option<i64> = self
            .reader()
            .query_row("SELECT max(rowid) FROM case_history", [], |row| row.get(0))
            .map_err(failed_to("read the history"))?;
        Ok(newest.unwrap_or_default())
    }

    /// Changes numbered above `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn changes_after(&self, after: i64, limit: usize) -> Result<Vec<CaseNewsItem>, StoreError> {
        let rows: Vec<(i64, String, String, String)> = self
            .reader()
            .prepare_cached(
                "SELECT news.rowid, news.what, cases.id, cases.body
                 FROM case_history AS news JOIN cases ON cases.id = news.case_id
                 WHERE news.rowid > ?1 ORDER BY news.rowid LIMIT ?2",
            )
            .and_then(|mut statement| {
                let found = statement.query_map((after, limit as i64), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                });
                found?.collect()
            })
            .map_err(failed_to("read the history"))?;
        let known = |(number, what, id, body): (i64, String, String, String)| {
            let what = CaseChange::from_name(&what)?;
            Some(case_from_body(&id, &body).map(|case| CaseNewsItem { number, what, case }))
        };
        rows.into_iter().filter_map(known).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::cases::sample;
    use crate::store::STORE_FILE;

    use super::*;

    #[test]
    fn tells_each_change_once_with_the_case_as_it_is_now() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        assert_eq!(store.last_change().unwrap(), 0);
        let (mut first, second) = (sample::case(1), sample::case(2));
        store.file_case(&first, &[]).unwrap();
        let before = store.last_change().unwrap();
        store.file_case(&second, &[]).unwrap();
        first.revision += 1;
        first.clear(sample::second(900));
        store.update_case(&first, CaseChange::Cleared, sample::second(900), &[]).unwrap();

        let news = store.changes_after(before, 10).unwrap();
        let told: Vec<_> = news.iter().map(|item| (item.what, item.case.id.clone())).collect();
        assert_eq!(
            told,
            [(CaseChange::Filed, second.id.clone()), (CaseChange::Cleared, first.id.clone())]
        );
        assert_eq!(news[1].case, first);
        assert_eq!(store.changes_after(before, 1).unwrap().len(), 1);
        assert_eq!(store.changes_after(news[1].number, 10).unwrap(), []);

        let steps = store.history(&first.id).unwrap();
        let told: Vec<_> = steps.iter().map(|step| (step.revision, step.what)).collect();
        assert_eq!(told, [(1, CaseChange::Filed), (2, CaseChange::Cleared)]);
        assert_eq!(steps[1].at, sample::second(900));
    }
}
