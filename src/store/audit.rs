//! The audit log: lines that are only added to.
//!
//! A line stays for 180 days, longer than the six months that network logs
//! must be kept by law, unless five million came after it; then it goes, a few
//! with each line that is added. Triggers of the table refuse everything else.

use rusqlite::Row;
use rusqlite::params;

use crate::access::AuditEntry;
use crate::access::AuditNote;

use super::Store;
use super::StoreError;
use super::error::failed_to;

/// Longer texts are cut: an address of ours, a name and a note are shorter.
const TEXT_CHARS_MAX: usize = 300;
/// One page of the log.
pub const AUDIT_PAGE_MAX: usize = 1_000;

impl Store {
    /// Adds a line, which is on the disk when this returns; lets go of some that are past their time.
    ///
    /// # Errors
    /// When the disk or the file fails.
    pub fn audit(&self, note: &AuditNote) -> Result<(), StoreError> {
        self.write("write the audit log", |transaction| {
            transaction
                .prepare_cached(
                    "DELETE FROM audit WHERE number IN (SELECT number FROM audit ORDER BY number LIMIT 4)
                     AND (at <= (unixepoch() - 15552000) * 1000000
                          OR number <= (SELECT max(number) FROM audit) - 5000000)",
                )
                .and_then(|mut statement| statement.execute([]))
                .map_err(failed_to("let go of the audit log's old lines"))?;
            transaction
                .prepare_cached(
                    "INSERT INTO audit (at, who, address, what, result, note)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        note.at.as_micros(),
                        cut(&note.who),
                        cut(&note.address),
                        cut(&note.what),
                        cut(&note.result),
                        note.note.as_deref().map(cut),
                    ])
                })
                .map_err(failed_to("write the audit log"))?;
            Ok(())
        })
    }

    /// Lines before the one numbered `before`, the newest first, of one person
    /// or program if `who` names one; at most `limit`, never more than a thousand.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn audit_log(
        &self,
        before: Option<i64>,
        who: Option<&str>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let limit = limit.min(AUDIT_PAGE_MAX) as i64;
        let before = before.unwrap_or(i64::MAX);
        let filter = if who.is_some() { "who = ?3" } else { "?3 IS NULL" };
        self.keys()
            .prepare_cached(&format!(
                "SELECT number, at, who, address, what, result, note FROM audit
                 WHERE {filter} AND number < ?1 ORDER BY number DESC LIMIT ?2"
            ))
            .and_then(|mut statement| {
                statement.query_map(params![before, limit, who], entry)?.collect()
            })
            .map_err(failed_to("read the audit log"))
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        number: row.get(0)?,
        at: crate::time::Timestamp::from_micros(row.get(1)?),
        who: row.get(2)?,
        address: row.get(3)?,
        what: row.get(4)?,
        result: row.get(5)?,
        note: row.get(6)?,
    })
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(TEXT_CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use crate::store::STORE_FILE;
    use crate::time::Clock;
    use crate::time::Timestamp;

    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(STORE_FILE)).unwrap();
        (folder, store)
    }

    fn line(at: Timestamp, who: &str) -> AuditNote {
        AuditNote {
            at,
            who: who.to_owned(),
            address: "127.0.0.1".to_owned(),
            what: "POST /api/city/reload".to_owned(),
            result: "200".to_owned(),
            note: None,
        }
    }

    #[test]
    fn lines_are_read_page_by_page_and_by_who() {
        let (_folder, store) = store();
        for who in ["li", "wang", "li"] {
            store.audit(&line(Clock::system().now(), who)).unwrap();
        }
        let numbers = |lines: Vec<AuditEntry>| -> Vec<i64> {
            lines.into_iter().map(|line| line.number).collect()
        };
        assert_eq!(numbers(store.audit_log(None, None, 2).unwrap()), [3, 2]);
        assert_eq!(numbers(store.audit_log(Some(2), None, 2).unwrap()), [1]);
        assert_eq!(numbers(store.audit_log(None, Some("li"), 9).unwrap()), [3, 1]);
        let long = AuditNote { what: "长".repeat(1_000), ..line(Clock::system().now(), "li") };
        store.audit(&long).unwrap();
        let kept = store.audit_log(None, None, 1).unwrap().remove(0);
        assert_eq!(kept.what.chars().count(), TEXT_CHARS_MAX);
    }

    #[test]
    fn a_line_stands_as_written_and_stays_for_its_time() {
        let (_folder, store) = store();
        store.audit(&line(Clock::system().now(), "li")).unwrap();
        let refused = |sql: &'static str| {
            let done = store.write("break the law", |transaction| {
                transaction.execute(sql, []).map_err(failed_to("break the law"))
            });
            let Err(StoreError::Sqlite { source, .. }) = done else { panic!("{sql} was done") };
            assert!(source.to_string().contains("only added to"), "{source}");
        };
        refused("UPDATE audit SET who = 'wang'");
        refused("DELETE FROM audit");
        refused("INSERT OR REPLACE INTO audit VALUES (1, 0, '', '', '', '', NULL)");
        assert_eq!(store.audit_log(None, None, 9).unwrap()[0].who, "li");
    }

    #[test]
    fn lines_go_when_their_time_is_over() {
        let (_folder, store) = store();
        for _ in 0..9 {
            store.audit(&line(Timestamp::from_secs(1_000_000_000), "old")).unwrap();
        }
        let left = store.audit_log(None, None, 99).unwrap();
        assert_eq!(left.len(), 1, "each new line lets the old ones go");
        store.audit(&line(Clock::system().now(), "li")).unwrap();
        assert_eq!(store.audit_log(None, None, 99).unwrap()[0].number, 10);
        assert_eq!(store.audit_log(None, None, 99).unwrap().len(), 1);
    }
}
