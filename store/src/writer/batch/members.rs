//! Members of roles, each with the units that they hold the role for.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::actor::{Grant, Member};
use engine::ids::{PersonId, RoleName};

use super::Batch;
use crate::lookups;
use crate::row::Row;
use crate::session::{Failure, Session};

impl Batch<'_> {
    pub(super) async fn fetch_members(
        &mut self,
        session: &mut Session,
        roles: &[Row],
    ) -> Result<(), Failure> {
        let mut found: BTreeMap<RoleName, BTreeMap<PersonId, (Member, Vec<Grant>)>> =
            BTreeMap::new();
        for row in session.lookup(&lookups::MEMBERS, roles).await? {
            let member = crate::directory::member(&row[1..5]);
            let of_role = found.entry(row[0].text().into()).or_default();
            let (_, held) =
                of_role.entry(member.id.clone()).or_insert_with(|| (member, Vec::new()));
            held.push(crate::directory::grant_of(row[0].text(), row[5].text()));
        }
        for (role, members) in found {
            let members = members.into_values().map(|(member, held)| member.holding(&role, &held));
            let members = Arc::new(members.collect());
            self.members.insert(role, members);
        }
        Ok(())
    }
}
