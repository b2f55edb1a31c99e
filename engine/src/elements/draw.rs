//! Draws people at random from a role, so that anybody can draw again and get the same.

use std::sync::Arc;

use serde_json::{Value, json};

use super::intake::Fewer;
use super::{Behavior, Source, Way, WayKind};
use crate::actor::Member;
use crate::definition::source::Count;
use crate::definition::{Compiler, Dynamic, FlowKind};
use crate::event::{Because, Event};
use crate::expression::{Expression, Field, Type};
use crate::ids::{Hash, Key, PersonId};
use crate::problem::Problem;
use crate::rejection::Need;
use crate::step::{Halt, Leave, Step};

use indexmap::IndexMap;

use crate::ids::RoleName;

super::node! {
    /// Draws people from the holders of a role, by the seed that is recorded with the command.
    pub struct Draw {
        /// The role drawn from.
        pub pool: RoleName,
        /// How many: a number, or an expression.
        pub size: Count,
        /// Where it goes when fewer than so many can be drawn; nobody is drawn then. Where there are so
        /// many, but fewer than `size`, all of them are drawn. Without it, fewer than `size` are an
        /// incident.
        #[serde(default)]
        pub fewer: Option<Fewer>,
        /// How many stand in, if one drops out, by `recuse` or `replace` of a task: a number, or an
        /// expression.
        #[serde(default)]
        pub reserves: Option<Count>,
        /// Who can be drawn: an expression over `candidate` (`id`, `name`, `unit`, `fields`). Its
        /// `fields` are those that people of `people.yaml` have who hold the role, where there are any.
        #[serde(default, rename = "where")]
        pub eligible: Option<String>,
        /// Grounds of recusal: an expression over `candidate` that is true for whom it excludes.
        #[serde(default)]
        pub recuse: IndexMap<String, String>,
        /// The variable (texts) that the drawn people are written to.
        pub into: String,
        /// The variable (texts) that the reserves are written to, the next one first.
        #[serde(default)]
        pub reserves_into: Option<String>,
    }
}

/// What conditions see of who may be drawn. The names of their `fields` are known where the pack
/// names people who hold the role; what stands in them is the directory's business.
fn candidate(compiler: &Compiler<'_>, pool: &RoleName) -> Type {
    if compiler.library.as_written {
        return Type::Any;
    }
    let fields = match compiler.library.people_fields.get(pool) {
        Some(known) if !known.is_empty() => {
            let field = |name: &String| (name.clone(), Field::optional(Type::Any));
            Type::object("candidate.fields", known.iter().map(field))
        }
        Some(_) | None => Type::Map(Box::new(Type::Any)),
    };
    Type::object("candidate", [
        ("id".to_owned(), Field::required(Type::Id)),
        ("name".to_owned(), Field::required(Type::Text)),
        ("unit".to_owned(), Field::optional(Type::Id)),
        ("fields".to_owned(), Field::required(fields)),
    ])
}

impl Source for Draw {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        compiler.role(&["pool"], &self.pool);
        compiler.variable(&["into"], &self.into);
        if let Some(into) = &self.reserves_into {
            compiler.variable(&["reservesInto"], into);
        }
        let size = compiler.dynamic(&["size"], &self.size.0, None);
        let reserves = self
            .reserves
            .as_ref()
            .and_then(|reserves| compiler.dynamic(&["reserves"], &reserves.0, None));
        let fewer = self.fewer.as_ref().and_then(|fewer| self.compile_fewer(compiler, fewer));
        let candidate = candidate(compiler, &self.pool);
        let environment = compiler.environment.clone().with("candidate", candidate);
        let condition = |compiler: &mut Compiler<'_>, keys: &[&str], text: &str| {
            compiler.expression_in(keys, text, Some(&Type::Bool), &environment)
        };
        let eligible =
            self.eligible.as_ref().and_then(|it| condition(compiler, &["where"], it));
        let mut recuse = Vec::new();
        for (ground, text) in &self.recuse {
            let compiled = condition(compiler, &["recuse", ground], text);
            recuse.extend(compiled.map(|compiled| (ground.clone(), compiled)));
        }
        Some(Arc::new(Lots {
            pool: self.pool.clone(),
            size: size?,
            fewer,
            reserves,
            eligible,
            recuse,
            into: self.into.clone(),
            reserves_into: self.reserves_into.clone(),
        }))
    }

    fn ways(&self) -> Vec<Way> {
        let fewer = self.fewer.iter().map(|fewer| Way {
            keys: vec!["fewer".into(), "to".into()],
            to: fewer.to.clone(),
            kind: WayKind::Fewer,
        });
        fewer.collect()
    }

    fn is_activity(&self) -> bool {
        true
    }
}

impl Draw {
    fn compile_fewer(&self, compiler: &mut Compiler<'_>, fewer: &Fewer) -> Option<Dynamic> {
        let written = |count: &Count| count.0.trim().parse::<u64>().ok();
        if let (Some(least), Some(size)) = (written(&fewer.than), written(&self.size))
            && least > size
        {
            let message = format!("expected at most `size`, {size}, found {least}");
            compiler.report(&["fewer", "than"], Problem::error("outOfRange", message));
        }
        compiler.dynamic(&["fewer", "than"], &fewer.than.0, None)
    }
}

/// The ground on which somebody is left out who stepped aside after an earlier draw.
const STEPPED_ASIDE: &str = "steppedAside";

#[derive(Debug)]
struct Lots {
    pool: RoleName,
    size: Dynamic,
    fewer: Option<Dynamic>,
    reserves: Option<Dynamic>,
    eligible: Option<Expression>,
    recuse: Vec<(String, Expression)>,
    into: String,
    reserves_into: Option<String>,
}

/// The order of a draw: by SHA-256 of `seed:person`, which anybody can work out again.
pub fn order_of_draw(seed: u64, people: &mut [PersonId]) {
    people.sort_by_cached_key(|person| Hash::of(format!("{seed}:{person}").as_bytes()));
}

impl Lots {
    /// Why somebody cannot be drawn, if they cannot.
    fn ground(&self, step: &Step<'_>, key: Key, member: &Member) -> Result<Option<String>, Halt> {
        // Their ground is one of the case, or of its lot, not of one draw.
        if step.instance.stepped_aside(&self.into, &member.id, &step.lots_around(key)) {
            return Ok(Some(STEPPED_ASIDE.to_owned()));
        }
        let candidate = json!({
            "id": member.id, "name": member.name, "unit": member.unit, "fields": member.fields,
        });
        if let Some(eligible) = &self.eligible
            && step.evaluate_about(eligible, key, "candidate", &candidate)? != Value::Bool(true)
        {
            return Ok(Some("where".to_owned()));
        }
        for (ground, condition) in &self.recuse {
            let excluded = step.evaluate_about(condition, key, "candidate", &candidate)?;
            if excluded == Value::Bool(true) {
                return Ok(Some(ground.clone()));
            }
        }
        Ok(None)
    }
}

fn texts(people: &[PersonId]) -> Value {
    Value::Array(people.iter().map(|person| json!(person)).collect())
}

impl Behavior for Lots {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let Some(members) = step.facts.members.get(&self.pool).cloned() else {
            return Err(step.need(Need::Members(self.pool.clone())));
        };
        let size = step.dynamic_count(&self.size, key)?;
        let reserves = match &self.reserves {
            Some(reserves) => step.dynamic_count(reserves, key)?,
            None => 0,
        };
        let (mut order, mut excluded) = (Vec::new(), Vec::new());
        for member in members.iter() {
            match self.ground(step, key, member)? {
                Some(ground) => excluded.push((member.id.clone(), ground)),
                None => order.push(member.id.clone()),
            }
        }
        let least = match &self.fewer {
            Some(fewer) => step.dynamic_count(fewer, key)?.min(size),
            None => size,
        };
        let too_few = order.len() < least;
        let fewer = step.flow_where(key, |kind| matches!(kind, FlowKind::Fewer));
        if too_few && fewer.is_none() {
            return Err(Halt::incident("TOO_FEW_TO_DRAW", format!(
                "expected at least {size} of `{}` who can be drawn, found {}", self.pool, order.len()
            )));
        }
        let seed = step.envelope.seed;
        order_of_draw(seed, &mut order);
        let size = if too_few { 0 } else { size.min(order.len()) };
        let drawn = order[..size].to_vec();
        let reserves = if too_few { 0 } else { reserves };
        let reserves: Vec<PersonId> = order.iter().skip(size).take(reserves).cloned().collect();
        step.set_own_variable(key, &self.into, texts(&drawn));
        if let Some(into) = &self.reserves_into {
            step.set_own_variable(key, into, texts(&reserves));
        }
        let pool = self.pool.clone();
        step.emit(Event::PeopleDrawn { key, pool, seed, order, excluded, drawn, reserves });
        match fewer.filter(|_| too_few) {
            Some(flow) => step.complete(key, Leave::Flows(vec![(flow, Because::TooFew)])),
            None => step.complete(key, Leave::Next),
        }
    }
}
