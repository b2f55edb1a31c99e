//! Pages that the public sees at this moment of a scenario.

use std::collections::BTreeMap;

use serde_json::Value;

use super::World;
use crate::event::Event;
use crate::ids::{InstanceId, Key};
use crate::time::Timestamp;

/// A page's title, and what it shows.
type Shown<'w> = (&'w str, &'w Value);

impl World<'_> {
    /// Titles of the pages that are up, with what they show.
    pub(in crate::scenario) fn pages_up(&self) -> Vec<Shown<'_>> {
        let mut pages: BTreeMap<(InstanceId, Key), (Shown<'_>, Option<Timestamp>)> =
            BTreeMap::new();
        for (id, history) in &self.histories {
            for event in history {
                match event {
                    Event::PagePublished { key, title, content, until, .. } => {
                        pages.insert((*id, *key), ((title, content), *until));
                    }
                    Event::PageMoved { key, until } => {
                        if let Some(page) = pages.get_mut(&(*id, *key)) {
                            page.1 = Some(*until);
                        }
                    }
                    Event::PageTakenDown { key, .. } => drop(pages.remove(&(*id, *key))),
                    _ => {}
                }
            }
        }
        let is_up = |until: &Option<Timestamp>| until.is_none_or(|until| until > self.now);
        // What a case waits for stays up while it stands still.
        let until_now = |(id, key): (InstanceId, Key), until| {
            self.cases.get(&id).and_then(|case| case.page_until(key)).map_or(until, Some)
        };
        let pages = pages.into_iter().map(|(key, (page, until))| (page, until_now(key, until)));
        pages.filter(|(_, until)| is_up(until)).map(|(page, _)| page).collect()
    }
}
