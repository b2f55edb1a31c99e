//! What a batch reads of the directory where an expression asks it: what people and units are called, and
//! what is known of units.

use std::sync::Arc;

use super::Batch;
use crate::lookups;
use crate::row::Row;
use crate::session::{Failure, Session};

impl Batch<'_> {
    pub(super) async fn fetch_names(
        &mut self,
        session: &mut Session,
        ids: &[Row],
    ) -> Result<(), Failure> {
        self.names.extend(ids.iter().map(|id| (id[0].text().to_owned(), None)));
        for row in session.lookup(&lookups::NAMES, ids).await? {
            let name = crate::directory::called(row[1].text(), row[2].text());
            self.names.insert(row[0].text().to_owned(), Some(name));
        }
        Ok(())
    }

    pub(super) async fn fetch_units(
        &mut self,
        session: &mut Session,
        ids: &[Row],
    ) -> Result<(), Failure> {
        for row in session.lookup(&lookups::UNITS, ids).await? {
            let unit = crate::directory::unit_of_row(&row).into_told();
            self.units.insert(unit.id.clone(), Some(Arc::new(unit)));
        }
        Ok(())
    }
}
