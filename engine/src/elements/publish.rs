//! Puts a page on the public portal, for a period or for good.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{Behavior, Source};
use crate::definition::{Compiler, Dynamic, Using, When};
use crate::event::{Event, TimerPurpose};
use crate::expression::{Expression, Type};
use crate::ids::{DocumentName, Key};
use crate::instance::Timer;
use crate::problem::Problem;
use crate::step::{Halt, Leave, Step};

use crate::definition::source::{DocumentUse, OneOrMany, Time};

super::node! {
    /// Puts a page on the public portal: only the documents and fields that it lists.
    pub struct Publish {
        /// The page's title: a text, or an expression.
        pub title: String,
        /// What it shows.
        #[serde(default)]
        pub show: OneOrMany<DocumentUse>,
        /// Of a list (`bids`), or of a table in a document (`plan.lots`), the rows that it shows: those of which
        /// this is true, an expression that sees one as `row`, also what is hidden of it. All where nothing is
        /// said.
        #[serde(default, rename = "where", skip_serializing_if = "IndexMap::is_empty")]
        pub rows: IndexMap<String, String>,
        /// For how long; for good where nothing is said.
        #[serde(default, rename = "for")]
        pub period: Option<Time>,
        /// Whether to wait until the period is over.
        #[serde(default)]
        pub wait: bool,
    }
}

impl Source for Publish {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let title = compiler.dynamic(&["title"], &self.title, None);
        let show = compiler.using("show", &self.show);
        let period = self.period.as_ref().and_then(|period| compiler.time(&["for"], period));
        if self.wait && self.period.is_none() {
            let message = "expected `for` beside `wait`: a page that stays has no end to wait for";
            compiler.report(&["wait"], Problem::error("waitsForEver", message));
        }
        let rows = self.compile_rows(compiler);
        Some(Arc::new(Page { title: title?, show, rows, period, wait: self.wait }))
    }

    fn waits(&self) -> bool {
        self.wait
    }

    fn is_activity(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Page {
    title: Dynamic,
    show: Vec<Using>,
    rows: Vec<Rows>,
    period: Option<When>,
    wait: bool,
}

/// What expressions call a row.
const ROW: &str = "row";

/// Which rows of a list, or of a table in a document, a page shows.
#[derive(Debug)]
struct Rows {
    document: DocumentName,
    /// The names that lead to the table; none of a list.
    path: Vec<String>,
    when: Expression,
}

impl Publish {
    fn compile_rows(&self, compiler: &mut Compiler<'_>) -> Vec<Rows> {
        let mut all = Vec::new();
        for (place, when) in &self.rows {
            let keys = ["where", place.as_str()];
            let (document, path) = place.split_once('.').unwrap_or((place, ""));
            let path: Vec<String> =
                path.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            if !self.show.as_slice().iter().any(|shown| shown.document().as_str() == document) {
                let message = format!("expected a document that the page shows, found `{document}`");
                compiler.report(&keys, Problem::error("unknownDocument", message));
                continue;
            }
            let Some(row) = row_type(compiler, document, &path) else {
                let message = format!("expected a list, or a table of a document, found `{place}`");
                compiler.report(&keys, Problem::error("unknownField", message));
                continue;
            };
            let environment = compiler.environment.clone().with(ROW, row);
            let when = compiler.expression_in(&keys, when, Some(&Type::Bool), &environment);
            let document = document.into();
            all.extend(when.map(|when| Rows { document, path, when }));
        }
        all
    }
}

/// What a row is; none where the names lead to nothing that has rows.
fn row_type(compiler: &mut Compiler<'_>, document: &str, path: &[String]) -> Option<Type> {
    let declared = compiler.source.documents.get(document)?;
    let is_list = declared.list;
    let mut ty = compiler.expression(&["show"], document, None)?.ty().clone();
    if is_list {
        let Type::List(entry) = &ty else { return None };
        ty = (**entry).clone();
    }
    if path.is_empty() {
        return is_list.then_some(ty);
    }
    for name in path {
        let Type::Object(object) = &ty else { return None };
        ty = object.fields.get(name.as_str())?.ty.clone();
    }
    match ty {
        Type::List(row) => Some((*row).clone()),
        _ => None,
    }
}

impl Page {
    /// A document with the rows that are shown; none of an entry of a list that is not.
    fn shown(
        &self,
        step: &Step<'_>,
        key: Key,
        (document, value): (&DocumentName, &Value),
    ) -> Result<Option<Value>, Halt> {
        let is_true = |when: &Expression, row: &Value| {
            Ok::<bool, Halt>(step.evaluate_with(when, key, &[(ROW, row)])? == Value::Bool(true))
        };
        let mut shown = value.clone();
        for rows in self.rows.iter().filter(|rows| rows.document == *document) {
            let Some((last, around)) = rows.path.split_last() else {
                if !is_true(&rows.when, value)? {
                    return Ok(None);
                }
                continue;
            };
            let table = around.iter().try_fold(&mut shown, |at, name| at.get_mut(name));
            let Some(Value::Array(table)) = table.and_then(|at| at.get_mut(last)) else { continue };
            let mut kept = Vec::with_capacity(table.len());
            for row in std::mem::take(table) {
                if is_true(&rows.when, &row)? {
                    kept.push(row);
                }
            }
            *table = kept;
        }
        Ok(Some(shown))
    }
}

impl Behavior for Page {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let title = step.dynamic_text(&self.title, key)?.unwrap_or_default();
        let mut content = Map::new();
        for shown in &self.show {
            let rows = |value: &Value| self.shown(step, key, (&shown.document, value));
            content.insert(shown.document.to_string(), step.redacted(shown, rows)?);
        }
        let working = match &self.period {
            Some(period) => Some(period.deadline(step, key)?),
            None => None,
        };
        let until = working.as_ref().map(|working| working.until);
        if let Some(until) = until.filter(|until| *until <= step.now()) {
            let message = format!("expected a page to be shown for a while, but it ends at {until}");
            return Err(Halt::incident("BAD_TIME", message));
        }
        let content = Value::Object(content);
        step.emit(Event::PagePublished { key, title, content, from: step.now(), until });
        match until {
            Some(until) if self.wait => {
                step.arm(key, until, TimerPurpose::PageEnds, working);
                Ok(())
            }
            _ => step.complete(key, Leave::Next),
        }
    }

    fn fire(&self, step: &mut Step<'_>, key: Key, _timer: &Timer) -> Result<(), Halt> {
        step.complete(key, Leave::Next)
    }
}
