//! A running case between two versions of its process: the plan as an admin gives it, and what it
//! would make of everything that is alive in the case.

use access::Action;
use async_graphql::{InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::command::{Command, NodePlan, Plan, TokenPlan};
use engine::fate::{Alive, Becomes, Fate};
use engine::instance::Instance as State;
use engine::step::fates;
use engine::text::Language;
use store::SubmitError;

use super::instant;
use super::modification::{ActiveNode, WaitingToken};
use crate::context::{Reader, Told as _};
use crate::sight::Sight;
use crate::{error, operations};

/// What becomes of the nodes and tokens of a case. What is not named stays as it is, under its name.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct MigrationPlanInput {
    /// Nodes that become other ones, begin anew, or end.
    #[graphql(default)]
    nodes: Vec<NodePlanInput>,
    /// Tokens at joining gateways that are taken for having come another way, or end.
    #[graphql(default)]
    tokens: Vec<TokenPlanInput>,
}

/// What becomes of a node.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct NodePlanInput {
    /// The node's name in the version that the case runs on.
    from: String,
    /// Its name in the other version; none ends what is active there.
    to: Option<String>,
    /// Whether what is active there ends and begins anew, with the people and the clocks of the
    /// other version, instead of going on with what it has.
    #[graphql(default)]
    anew: bool,
}

/// What becomes of the tokens that came to a joining gateway one way.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct TokenPlanInput {
    /// The gateway's name in the version that the case runs on.
    at: String,
    /// The node before the gateway from which they came.
    from: String,
    /// The node before the gateway in the other version from which they are taken to have come; none
    /// takes them away.
    to: Option<String>,
}

/// A plan as a command has it.
pub(crate) fn plan(given: Option<MigrationPlanInput>) -> Plan {
    let MigrationPlanInput { nodes, tokens } = given.unwrap_or_default();
    let node = |one: NodePlanInput| NodePlan {
        from: one.from.as_str().into(),
        to: one.to.as_deref().map(Into::into),
        anew: one.anew,
    };
    let token = |one: TokenPlanInput| TokenPlan {
        at: one.at.as_str().into(),
        from: one.from.as_str().into(),
        to: one.to.as_deref().map(Into::into),
    };
    Plan {
        nodes: nodes.into_iter().map(node).collect(),
        tokens: tokens.into_iter().map(token).collect(),
    }
}

/// One thing that is alive in a case, and what a migration would make of it.
#[derive(Debug)]
pub(crate) struct MigrationFate {
    fate: Fate,
    language: Language,
}

/// One thing that is alive in a case, and what a migration would make of it.
#[Object]
impl MigrationFate {
    /// What it is: `node`, `clock`, `message`, `signal`, `condition`, `listener` (an event
    /// sub-process), `token` (at a joining gateway), `done` (work that can be undone), `paused` (a
    /// clock that stands still).
    async fn what(&self) -> &str {
        self.fate.what.name()
    }

    /// For a node, what `type:` says of it.
    async fn node_type(&self) -> Option<&str> {
        match &self.fate.what {
            Alive::Node { kind } => Some(kind),
            _ => None,
        }
    }

    /// For a token, the node from which it came to its gateway.
    async fn from(&self) -> Option<&str> {
        match &self.fate.what {
            Alive::Token { from } => Some(from.as_str()),
            _ => None,
        }
    }

    /// For a clock that runs, when it runs out (RFC 3339, UTC).
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        match &self.fate.what {
            Alive::Clock { at } => at.and_then(|at| instant(at.0)),
            _ => None,
        }
    }

    /// The `key` of the activation that it is, or belongs to.
    async fn key(&self) -> Option<u32> {
        self.fate.key.map(|key| key.0)
    }

    /// Its node in the version that the case runs on.
    async fn before(&self) -> Option<&str> {
        match self.fate.becomes {
            Becomes::Begins => None,
            _ => Some(self.fate.node.as_str()),
        }
    }

    /// Its node in the other version.
    async fn after(&self) -> Option<&str> {
        self.fate.to.as_ref().map(engine::ids::NodeName::as_str)
    }

    /// What becomes of it: `stays`, `anew`, `ends`, `begins`, or `unfit`.
    async fn becomes(&self) -> &str {
        match self.fate.becomes {
            Becomes::Stays => "stays",
            Becomes::Anew => "anew",
            Becomes::Ends | Becomes::EndsWith { .. } => "ends",
            Becomes::Begins => "begins",
            Becomes::Unfit(_) => "unfit",
        }
    }

    /// Why it does not fit, and what to do about it.
    async fn problem(&self) -> Option<String> {
        match &self.fate.becomes {
            Becomes::Unfit(misfit) => Some(misfit.message(self.language)),
            _ => None,
        }
    }
}

/// What a migration would make of a case.
#[derive(Debug, SimpleObject)]
pub(crate) struct Migrated {
    /// Whether everything that is alive in the case fits: else `migrateInstances` refuses it.
    fits: bool,
    /// Everything that is alive in the case, and what would begin.
    fates: Vec<MigrationFate>,
    /// Nodes that would be active afterwards; none where it does not fit.
    current_nodes: Vec<ActiveNode>,
    /// Tokens that would wait at joining gateways afterwards; none where it does not fit.
    waiting_tokens: Vec<WaitingToken>,
}

/// What a migration would make of a case; nothing is changed.
pub(crate) async fn preview(
    reader: Reader<'_>,
    state: &State,
    version: u32,
    given: Option<MigrationPlanInput>,
) -> Result<Migrated> {
    reader.allow_all(Action::Repair)?;
    let published = reader.published(state).await?;
    let other = reader.store.definition(state.process(), version).await.told(reader)?;
    let other =
        other.ok_or_else(|| error::not_found(error::Thing::DEFINITION, reader.language()))?;
    let plan = plan(given);
    let refused = |rejection| error::submit(&SubmitError::Rejected(rejection), reader.language());
    let fates = fates(&published.definition, &other.definition, state, &plan).map_err(refused)?;
    let fits = fates.iter().all(|fate| !matches!(fate.becomes, Becomes::Unfit(_)));
    let language = reader.language();
    let fates = fates.into_iter().map(|fate| MigrationFate { fate, language }).collect();
    if !fits {
        let (current_nodes, waiting_tokens) = (Vec::new(), Vec::new());
        return Ok(Migrated { fits, fates, current_nodes, waiting_tokens });
    }
    let command = Command::Migrate { version, plan, reason: "-".to_owned() };
    let stepped = operations::attempt(reader, &published, state, command).await?;
    let after = stepped.map_err(refused)?.instance;
    let sight = Sight::of(reader, state).await?;
    Ok(Migrated {
        fits,
        fates,
        current_nodes: ActiveNode::all(reader, &other.definition, (&after, &sight)),
        waiting_tokens: WaitingToken::all(reader, &other.definition, &after),
    })
}
