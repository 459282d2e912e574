//! Takes in many cases with their lives at once, as those of another store.

use crate::cases::Case;
use crate::cases::CaseChange;
use crate::cases::Life;

use super::LifeKeys;
use super::Store;
use super::StoreError;
use super::digests::put_digest;
use super::filing::put_case;
use super::filing::put_news;
use super::life::put_entries;
use super::life::put_keys;

impl Store {
    /// Writes cases that are not there yet, in one transaction: a flush of the
    /// disk for all of them. Nobody is told of them.
    ///
    /// # Errors
    /// When one of them is there already, or the disk fails; then nothing is written.
    pub fn take_in(&self, cases: &[(Case, Life, LifeKeys)]) -> Result<(), StoreError> {
        self.write("take in cases", |transaction| {
            for (case, life, keys) in cases {
                put_case(transaction, case)?;
                put_news(transaction, case, CaseChange::Filed, case.filed_at, &[])?;
                put_keys(transaction, life, keys)?;
                put_entries(transaction, life, 0)?;
                put_digest(transaction, life, keys)?;
            }
            Ok(())
        })
    }
}
