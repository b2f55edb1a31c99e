//! A running case between two versions of its process: the plan as an admin gives it, and what it
//! would make of everything that is alive in the case, and of its data.

use std::sync::Arc;

use access::Action;
use async_graphql::{InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::command::{Command, DocumentPlan, FieldPlan, NodePlan, Plan, TokenPlan};
use engine::fate::{Alive, Becomes, DataFate, Fate};
use engine::instance::Instance as State;
use engine::step::{data_fates, data_needs, fates};
use engine::text::Language;
use store::SubmitError;

use super::instant;
use super::modification::{ActiveNode, WaitingToken};
use crate::context::{Reader, Told as _};
use crate::sight::Sight;
use crate::{error, operations};

/// What becomes of the nodes, tokens and data of a case. What is not named stays as it is, under its name.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct MigrationPlanInput {
    /// Nodes that become other ones, begin anew, or end.
    #[graphql(default)]
    nodes: Vec<NodePlanInput>,
    /// Tokens at joining gateways that are taken for having come another way, or end.
    #[graphql(default)]
    tokens: Vec<TokenPlanInput>,
    /// Documents that are called otherwise, or whose data is left behind.
    #[graphql(default)]
    documents: Vec<DocumentPlanInput>,
    /// Fields of documents that are called otherwise, or whose data is left behind.
    #[graphql(default)]
    fields: Vec<FieldPlanInput>,
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

/// What becomes of a document.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct DocumentPlanInput {
    /// The document's name in the version that the case runs on.
    from: String,
    /// Its name in the other version; none leaves its data behind: only the history tells it.
    to: Option<String>,
}

/// What becomes of a field of a document.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct FieldPlanInput {
    /// The document's name in the version that the case runs on.
    document: String,
    /// The names that lead to the field there, with dots: `price`, or `rows.price` of a column.
    from: String,
    /// The field's own name in the other version, in the same place; none leaves its data behind.
    to: Option<String>,
}

/// A plan as a command has it.
pub(crate) fn plan(given: Option<MigrationPlanInput>) -> Plan {
    let MigrationPlanInput { nodes, tokens, documents, fields } = given.unwrap_or_default();
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
    let document = |one: DocumentPlanInput| DocumentPlan {
        from: one.from.as_str().into(),
        to: one.to.as_deref().map(Into::into),
    };
    let field = |one: FieldPlanInput| FieldPlan {
        document: one.document.as_str().into(),
        from: one.from,
        to: one.to,
    };
    Plan {
        nodes: nodes.into_iter().map(node).collect(),
        tokens: tokens.into_iter().map(token).collect(),
        documents: documents.into_iter().map(document).collect(),
        fields: fields.into_iter().map(field).collect(),
    }
}

/// One thing that is alive in a case, and what a migration would make of it.
#[derive(Debug)]
pub(crate) struct MigrationFate {
    fate: Of,
    language: Language,
}

/// What a fate is of.
#[derive(Debug)]
enum Of {
    Alive(Fate),
    Data(DataFate),
}

impl MigrationFate {
    const fn alive(&self) -> Option<&Alive> {
        match &self.fate {
            Of::Alive(fate) => Some(&fate.what),
            Of::Data(_) => None,
        }
    }

    const fn fate(&self) -> &Becomes {
        match &self.fate {
            Of::Alive(Fate { becomes, .. }) | Of::Data(DataFate { becomes, .. }) => becomes,
        }
    }
}

/// One thing that is alive in a case, and what a migration would make of it.
#[Object]
impl MigrationFate {
    /// What it is: `node`, `clock`, `message`, `signal`, `condition`, `listener` (an event
    /// sub-process), `token` (at a joining gateway), `done` (work that can be undone), `paused` (a
    /// clock that stands still); of data that are not as they are, under their names, `document` or
    /// `field`.
    async fn what(&self) -> &str {
        match &self.fate {
            Of::Alive(fate) => fate.what.name(),
            Of::Data(DataFate { field: None, .. }) => "document",
            Of::Data(_) => "field",
        }
    }

    /// For a node, what `type:` says of it.
    async fn node_type(&self) -> Option<&str> {
        match self.alive()? {
            Alive::Node { kind } => Some(kind),
            _ => None,
        }
    }

    /// For a token, the node from which it came to its gateway.
    async fn from(&self) -> Option<&str> {
        match self.alive()? {
            Alive::Token { from } => Some(from.as_str()),
            _ => None,
        }
    }

    /// For a clock that runs, when it runs out (RFC 3339, UTC).
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        match self.alive()? {
            Alive::Clock { at } => at.and_then(|at| instant(at.0)),
            _ => None,
        }
    }

    /// The `key` of the activation that it is, or belongs to.
    async fn key(&self) -> Option<u32> {
        match &self.fate {
            Of::Alive(fate) => fate.key.map(|key| key.0),
            Of::Data(_) => None,
        }
    }

    /// Its node in the version that the case runs on; the document, or of a field the document and the
    /// names that lead to it, with dots.
    async fn before(&self) -> Option<String> {
        match &self.fate {
            Of::Alive(Fate { becomes: Becomes::Begins, .. }) => None,
            Of::Alive(fate) => Some(fate.node.to_string()),
            Of::Data(DataFate { document, field: None, .. }) => Some(document.to_string()),
            Of::Data(DataFate { document, field: Some(field), .. }) => {
                Some(format!("{document}.{field}"))
            }
        }
    }

    /// Its node or document in the other version; of a field the names that lead to it there.
    async fn after(&self) -> Option<String> {
        match &self.fate {
            Of::Alive(fate) => fate.to.as_ref().map(ToString::to_string),
            Of::Data(fate) => fate.to.clone(),
        }
    }

    /// What becomes of it: `stays`, `anew`, `ends`, `begins`, or `unfit`. Data that `ends` is left
    /// behind.
    async fn becomes(&self) -> &str {
        match self.fate() {
            Becomes::Stays => "stays",
            Becomes::Anew => "anew",
            Becomes::Ends | Becomes::EndsWith { .. } => "ends",
            Becomes::Begins => "begins",
            Becomes::Unfit(_) => "unfit",
        }
    }

    /// Why it does not fit, and what to do about it.
    async fn problem(&self) -> Option<String> {
        match self.fate() {
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
    /// Everything that is alive in the case, what would begin, and data that are not as they are, under
    /// their names.
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
    let needs = data_needs(&published.definition, &other.definition, state, &plan);
    let found = reader.loaders.contents.load_many(needs.iter().map(ToString::to_string));
    let found = found.await.told(reader)?;
    let contents = needs.iter().filter_map(|hash| {
        let content = found.get(hash.as_str())?;
        Some((hash.clone(), Arc::clone(content)))
    });
    let contents = contents.collect();
    let data = data_fates(&published.definition, &other.definition, state, &plan, &contents);
    let told = fates.into_iter().map(Of::Alive).chain(data.into_iter().map(Of::Data));
    let language = reader.language();
    let fates: Vec<MigrationFate> = told.map(|fate| MigrationFate { fate, language }).collect();
    let fits = fates.iter().all(|fate| !matches!(fate.fate(), Becomes::Unfit(_)));
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
