//! A published process.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use store::Published;

use crate::context::{store, viewing};
use crate::error;

/// A published process in one of its versions.
#[derive(Debug)]
pub(crate) struct ProcessDefinition(pub(crate) Arc<Published>);

/// A node of a process.
#[derive(Debug, SimpleObject)]
pub(crate) struct Node {
    /// Its name in YAML.
    name: String,
    /// Which BPMN element it is.
    kind: String,
    /// What people call it.
    label: String,
    /// The legal basis.
    basis: Option<String>,
}

/// A way between nodes.
#[derive(Debug, SimpleObject)]
pub(crate) struct Flow {
    /// From which node.
    from: String,
    /// To which node.
    to: String,
    /// What makes a token take it.
    when: String,
}

#[Object]
impl ProcessDefinition {
    /// The process's name.
    async fn process(&self) -> &str {
        self.0.process.as_str()
    }

    /// Its version, from 1.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// What people call it.
    async fn label(&self, ctx: &Context<'_>) -> String {
        self.0.definition.name().get(viewing(ctx).language).to_owned()
    }

    /// The hash of the pack it came with.
    async fn hash(&self) -> &str {
        self.0.hash.as_str()
    }

    /// Roles whose holders may begin a case.
    async fn started_by(&self) -> Vec<String> {
        self.0.definition.started_by().iter().map(ToString::to_string).collect()
    }

    /// Its nodes, in the order of the file.
    async fn nodes(&self, ctx: &Context<'_>) -> Vec<Node> {
        let language = viewing(ctx).language;
        let nodes = self.0.definition.nodes().iter();
        nodes
            .map(|node| Node {
                name: node.name().to_string(),
                kind: node.element().kind().to_owned(),
                label: node.label(language).to_owned(),
                basis: node.element().basis().map(str::to_owned),
            })
            .collect()
    }

    /// Its flows.
    async fn flows(&self) -> Vec<Flow> {
        let definition = &self.0.definition;
        let name = |at: usize| definition.nodes()[at].name().to_string();
        let flows = definition.flows().iter();
        flows
            .map(|flow| Flow { from: name(flow.from()), to: name(flow.to()), when: flow.when() })
            .collect()
    }

    /// The YAML of its process, as deployed.
    async fn yaml(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let pack = &self.0.pack;
        let files = store(ctx)?
            .pack_files(&pack.parts.meta.pack, Some(pack.version))
            .await
            .map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        let head = format!("process: {}", self.0.process);
        let found = files.into_iter().flatten().find_map(|(path, bytes)| {
            let text = String::from_utf8(bytes).ok()?;
            let is_it = path.starts_with("processes/") && text.lines().any(|line| line == head);
            is_it.then_some(text)
        });
        Ok(found)
    }
}

/// A problem in a pack.
#[derive(Debug, SimpleObject)]
pub(crate) struct Diagnostic {
    /// Its stable code.
    code: String,
    /// `error` or `warning`.
    severity: String,
    /// The file.
    file: String,
    /// The line, from 1.
    line: u32,
    /// The column, from 1.
    column: u32,
    /// What was expected and what was found.
    message: String,
    /// What to do.
    hint: Option<String>,
}

impl From<&engine::diagnostic::Diagnostic> for Diagnostic {
    fn from(found: &engine::diagnostic::Diagnostic) -> Self {
        Self {
            code: found.code.to_owned(),
            severity: if found.is_error() { "error" } else { "warning" }.to_owned(),
            file: found.place.file.clone(),
            line: found.place.line,
            column: found.place.column,
            message: found.message.clone(),
            hint: found.hint.clone(),
        }
    }
}
