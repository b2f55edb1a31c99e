//! Looks at a table before it is asked: cases that no rule covers, cases that too many cover, rules
//! that never fire.
//!
//! Input by input, what it can be is cut into stretches (`stretch.rs`); stretches in which the same
//! rules are left are looked at together, so a table costs about as much as it has distinct regions.
//! A cell with an expression that only compares its input with values that are written out is looked
//! at like any other. What another expression says is not known: a rule with one covers no gap for sure
//! and overlaps with nothing for sure, so nothing is reported that depends on it. An input that is not filled in
//! is not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use super::cell::Cell;
use super::point::Point;
use super::stretch::stretches;
use super::{Answer, Decision, HitPolicy, HitSource};
use crate::expression::Expression;
use crate::problem::Problem;

/// Most cells that are tried against values to find gaps, overlaps and rules that never fire.
pub const CELLS_MAX: usize = 1_000_000;
/// Most gaps that are told.
pub const GAPS_MAX: usize = 3;
/// Most pairs of rules that overlap which are told.
pub const OVERLAPS_MAX: usize = 20;

/// Reports what is found.
pub(super) fn analyse(decision: &Decision, problems: &mut Vec<Problem>) {
    if decision.rules.is_empty() {
        return;
    }
    let columns = (0..decision.inputs.len()).filter_map(|column| {
        let cells = decision.rules.iter().map(|rule| &rule.cells[column]);
        if cells.clone().all(|cell| matches!(cell, Cell::Anything)) {
            return None;
        }
        let mut written = Vec::new();
        cells.for_each(|cell| cell.points(&mut written));
        Some((column, stretches(&decision.inputs[column], &written)))
    });
    let mut search = Search {
        decision,
        columns: columns.collect(),
        left: CELLS_MAX,
        case: Vec::new(),
        gaps: Vec::new(),
        overlaps: BTreeMap::new(),
        fires: BTreeSet::new(),
    };
    let alive = (0..decision.rules.len()).map(|rule| Alive { rule, sure: true }).collect();
    let finished = search.explore(alive).is_some();
    search.report(finished, problems);
}

/// A rule that is not excluded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Alive {
    rule: usize,
    /// Whether it holds whatever its expressions say.
    sure: bool,
}

struct Search<'a> {
    decision: &'a Decision,
    /// The inputs that cells ask about, and one value of each of their stretches.
    columns: Vec<(usize, Vec<Point>)>,
    /// How many cells may still be tried.
    left: usize,
    /// The values that lead here, one for each column so far.
    case: Vec<usize>,
    gaps: Vec<String>,
    overlaps: BTreeMap<(usize, usize), String>,
    fires: BTreeSet<usize>,
}

impl Search<'_> {
    /// Follows every stretch of the next column; `None` where too much was tried.
    fn explore(&mut self, mut alive: Vec<Alive>) -> Option<()> {
        let depth = self.case.len();
        self.spend(alive.len())?;
        if self.decision.source.hit == HitSource::Policy(HitPolicy::First) {
            let certain = alive.iter().position(|each| each.sure && self.is_done(each.rule, depth));
            if let Some(certain) = certain {
                alive.truncate(certain + 1);
            }
        }
        if alive.iter().all(|each| self.is_done(each.rule, depth)) {
            self.look(&alive);
            return Some(());
        }
        let (column, values) = &self.columns[depth];
        let (column, count) = (*column, values.len());
        let mut seen = BTreeSet::new();
        for value in 0..count {
            let rest = self.narrow(&alive, column, value)?;
            if seen.insert(rest.clone()) {
                self.case.push(value);
                let explored = self.explore(rest);
                self.case.pop();
                explored?;
            }
        }
        Some(())
    }

    fn spend(&mut self, cells: usize) -> Option<()> {
        self.left = self.left.checked_sub(cells)?;
        Some(())
    }

    /// Whether a rule asks nothing of the columns from a depth on.
    fn is_done(&self, rule: usize, depth: usize) -> bool {
        let cells = &self.decision.rules[rule].cells;
        self.columns[depth..].iter().all(|(column, _)| matches!(cells[*column], Cell::Anything))
    }

    /// The rules that are left where a column of the current depth has a value.
    fn narrow(&mut self, alive: &[Alive], column: usize, value: usize) -> Option<Vec<Alive>> {
        let rules = &self.decision.rules;
        let cells = alive.iter().map(|each| rules[each.rule].cells[column].weight()).sum();
        self.spend(cells)?;
        let point = &self.columns[self.case.len()].1[value];
        let scope = point.json().map(|value| BTreeMap::from([("value".to_owned(), value)]));
        let holds = |cell: &Cell, expressions: bool| {
            let run = &mut |expression: &Expression, is_exact: bool| {
                let known = scope.as_ref().filter(|_| is_exact);
                let known = known.and_then(|scope| expression.evaluate_bool(scope).ok());
                Ok::<bool, Infallible>(known.unwrap_or(expressions))
            };
            let Ok(holds) = cell.holds(point, run);
            holds
        };
        let left = alive.iter().filter_map(|each| {
            let cell = &rules[each.rule].cells[column];
            let sure = each.sure && holds(cell, false);
            holds(cell, true).then_some(Alive { rule: each.rule, sure })
        });
        Some(left.collect())
    }

    /// Looks at a region in which the same rules hold everywhere.
    fn look(&mut self, alive: &[Alive]) {
        if alive.is_empty() {
            if self.gaps.len() <= GAPS_MAX {
                self.gaps.push(self.describe());
            }
            return;
        }
        self.fires.extend(alive.iter().map(|each| each.rule));
        let policy = match self.decision.source.hit {
            HitSource::Policy(policy @ (HitPolicy::Unique | HitPolicy::Any)) => policy,
            HitSource::Policy(_) | HitSource::Aggregate(_) => return,
        };
        let sure: Vec<usize> =
            alive.iter().filter(|each| each.sure).map(|each| each.rule).collect();
        for (at, left) in sure.iter().enumerate() {
            for right in &sure[at + 1..] {
                if self.overlaps.len() > OVERLAPS_MAX {
                    return;
                }
                let clash = policy == HitPolicy::Unique || self.differ(*left, *right);
                if clash && !self.overlaps.contains_key(&(*left, *right)) {
                    let example = self.describe();
                    self.overlaps.insert((*left, *right), example);
                }
            }
        }
    }

    /// Whether two rules are known to give different results.
    fn differ(&self, left: usize, right: usize) -> bool {
        let rules = &self.decision.rules;
        let results = rules[left].results.iter().zip(&rules[right].results);
        results.zip(&self.decision.outputs).any(|(pair, output)| match pair {
            (Answer::Value(left), Answer::Value(right)) => {
                !Point::read(left, &output.ty).same(&Point::read(right, &output.ty))
            }
            _ => false,
        })
    }

    /// The case that led here: `method = open, responses = 3`.
    fn describe(&self) -> String {
        let parts: Vec<String> = self
            .columns
            .iter()
            .zip(&self.case)
            .map(|((column, values), value)| {
                format!("{} = {}", self.decision.inputs[*column].name, values[*value])
            })
            .collect();
        if parts.is_empty() { "any input".to_owned() } else { parts.join(", ") }
    }

    fn report(self, finished: bool, problems: &mut Vec<Problem>) {
        let source = &self.decision.source;
        if !source.hit.gives_list()
            && !matches!(source.hit, HitSource::Aggregate(_))
            && self.decision.default.is_none()
        {
            report_gaps(&self.gaps, problems);
        }
        report_overlaps(source.hit, &self.overlaps, problems);
        if !finished {
            let message = format!(
                "gave up looking for gaps, overlaps and rules that never fire after {CELLS_MAX} \
                 cells: the table has too many different cases"
            );
            let hint = "split it into two tables, one of which feeds the other";
            let problem = Problem::warning("decisionTooLarge", message).hint(hint);
            problems.push(problem.under(&["rules"]));
            return;
        }
        for index in (0..source.rules.len()).filter(|index| !self.fires.contains(index)) {
            let message = format!("rule {} never fires", index + 1);
            let hint = if source.hit == HitSource::Policy(HitPolicy::First) {
                "the rules before it cover all that it covers, or its cells ask for what cannot be"
            } else {
                "its cells ask for what cannot be"
            };
            let problem = Problem::warning("ruleNeverFires", message).hint(hint);
            problems.push(problem.under(&["rules".to_owned(), index.to_string()]));
        }
    }
}

fn report_gaps(gaps: &[String], problems: &mut Vec<Problem>) {
    for (index, gap) in gaps.iter().take(GAPS_MAX).enumerate() {
        let last = index + 1 == GAPS_MAX && gaps.len() > GAPS_MAX;
        let more = if last { "; there are more such cases" } else { "" };
        let problem = Problem::warning("decisionGap", format!("no rule covers {gap}{more}"))
            .hint("add a rule, a last one without `when`, or a `default`");
        problems.push(problem.under(&["rules"]));
    }
}

fn report_overlaps(
    hit: HitSource,
    overlaps: &BTreeMap<(usize, usize), String>,
    problems: &mut Vec<Problem>,
) {
    let (clash, hint) = match hit {
        HitSource::Policy(HitPolicy::Any) => {
            ("give different results", "make them agree, or choose `hit: first` or `hit: priority`")
        }
        _ => (
            "hold at once, but at most one may",
            "narrow one of them, or choose `hit: first` or `hit: priority`",
        ),
    };
    let mut told: BTreeMap<usize, (&str, Vec<String>)> = BTreeMap::new();
    for ((left, right), example) in overlaps {
        let (_, lefts) = told.entry(*right).or_insert((example, Vec::new()));
        lefts.push((left + 1).to_string());
    }
    for (right, (example, lefts)) in told {
        let (first, others) = lefts.split_first().expect("each has the rule that made it");
        let others = match others {
            [] => String::new(),
            others => format!(" (and so with {})", others.join(", ")),
        };
        let message = format!("rules {first} and {} {clash}: {example}{others}", right + 1);
        let problem = Problem::error("decisionOverlap", message).hint(hint);
        problems.push(problem.under(&["rules".to_owned(), right.to_string()]));
    }
    if overlaps.len() > OVERLAPS_MAX {
        let message = format!("more than {OVERLAPS_MAX} pairs of rules overlap; these are some");
        problems.push(Problem::error("decisionOverlap", message).hint(hint).under(&["rules"]));
    }
}
