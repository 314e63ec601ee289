//! Working state in the ledger's tables: beside the log stand rows that may change, unlike its events. Whoever keeps them, the
//! [queue](crate::queue), reads and writes through what is given here.

use super::fold::Fold;
use super::store::Purpose;
use super::tables::Tables;
use super::{Label, Ledger, LedgerError, ReviewPolicy, take_in_new};

/// The labels, as they are asked for within a transaction.
pub(crate) struct Knowing<'a> {
    fold: &'a mut Fold,
    policy: ReviewPolicy,
    actor: &'a str,
}

impl Knowing<'_> {
    /// Takes in what was written since.
    pub fn refresh(&mut self, tables: &mut dyn Tables) -> Result<(), LedgerError> {
        take_in_new(self.fold, tables)
    }

    /// The label of an archive that this analyst may see.
    pub fn label(&self, sha256: &str) -> Option<Label> {
        let standing = self.fold.current(sha256).filter(|_| !self.fold.is_due(self.policy, sha256, self.actor));
        standing.map(|standing| standing.label)
    }
}

impl Ledger {
    /// Reads the tables.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn look<T>(
        &self,
        look: impl FnOnce(&mut dyn Tables) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        look(&mut *self.store.read()?)
    }

    /// Writes working state in one transaction.
    ///
    /// # Errors
    /// When the tables cannot be written; then nothing was.
    pub(crate) fn work<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Tables) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut transaction = self.store.begin(Purpose::Work)?;
        let answer = work(&mut *transaction)?;
        transaction.commit()?;
        Ok(answer)
    }

    /// Writes working state in one transaction, knowing the label of every archive that this analyst may see.
    ///
    /// # Errors
    /// When the tables cannot be written; then nothing was.
    pub(crate) fn work_knowing<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Tables, &mut Knowing<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let Self { store, fold, policy, actor, .. } = self;
        let mut transaction = store.begin(Purpose::Work)?;
        let mut knowing = Knowing { fold, policy: *policy, actor };
        knowing.refresh(&mut *transaction)?;
        let answer = work(&mut *transaction, &mut knowing)?;
        transaction.commit()?;
        Ok(answer)
    }
}
