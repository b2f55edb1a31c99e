//! Published processes, and what the checker says of packs.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use engine::pack::compile;
use engine::text::Language;
use store::{PackFiles, Published};

use crate::Rule;
use crate::context::{Reader, Told as _, reader};
use crate::error;
use crate::ids::GlobalId;

/// A published process in one of its versions.
#[derive(Debug)]
pub(crate) struct ProcessDefinition(pub(crate) Arc<Published>);

/// A node of a process.
#[derive(Debug, SimpleObject)]
pub(crate) struct DefinitionNode {
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

/// A file of a pack, as a mutation gets it.
#[derive(Debug, InputObject)]
pub(crate) struct FileInput {
    /// Its path in the pack, with `/`.
    path: String,
    /// Its text.
    text: String,
}

/// Files as the engine reads them.
pub(crate) fn files(given: Vec<FileInput>) -> PackFiles {
    given.into_iter().map(|file| (file.path, file.text.into_bytes())).collect()
}

/// What the checker says of a pack that is not published.
#[derive(Debug, SimpleObject)]
pub(crate) struct PackCheck {
    /// Whether it could be published: there is no error.
    pub(crate) deployable: bool,
    /// The names of its processes, where it has no error.
    processes: Vec<String>,
    /// Every problem, errors and warnings.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Checks a pack as a deployment would.
pub(crate) async fn check(reader: Reader<'_>, rule: Rule, given: PackFiles) -> Result<PackCheck> {
    // A large pack takes its time, and a thread of its own.
    let checked =
        tokio::task::spawn_blocking(move || (compile(&given, |_| 1), rule.0(&given), given));
    let (checked, mut more, given) =
        checked.await.map_err(|failed| error::internal(&failed, reader.language()))?;
    if let Ok(compiled) = &checked {
        more.extend(reader.store.taken(compiled, &given).await.told(reader)?);
    }
    let deployable = checked.is_ok() && !more.iter().any(engine::diagnostic::Diagnostic::is_error);
    let (processes, problems) = match checked {
        Ok(compiled) => {
            let processes = compiled.definitions.keys().map(ToString::to_string).collect();
            (processes, compiled.warnings)
        }
        Err(problems) => (Vec::new(), problems),
    };
    let diagnostics = problems.iter().chain(&more).map(Diagnostic::from).collect();
    Ok(PackCheck {
        deployable,
        processes: if deployable { processes } else { Vec::new() },
        diagnostics,
    })
}

#[Object]
impl ProcessDefinition {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::ProcessDefinition(self.0.process.to_string(), self.0.version).to_id()
    }

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
        reader(ctx).text(self.0.definition.name())
    }

    /// The name of the pack it came with.
    async fn pack(&self) -> &str {
        &self.0.pack.meta.pack
    }

    /// The version of that pack, from 1.
    async fn pack_version(&self) -> u32 {
        self.0.pack.version
    }

    /// SHA-256 of the pack's files, in hexadecimal.
    async fn hash(&self) -> &str {
        self.0.hash.as_str()
    }

    /// Roles whose holders may begin a case.
    async fn started_by(&self) -> Vec<String> {
        self.0.definition.started_by().iter().map(ToString::to_string).collect()
    }

    /// Whether whoever asks may begin a case.
    async fn startable(&self, ctx: &Context<'_>) -> bool {
        let actor = reader(ctx).viewing.viewer().actor();
        self.0.definition.started_by().iter().any(|role| actor.holds(role))
    }

    /// Its nodes, in the order of the file.
    async fn nodes(&self, ctx: &Context<'_>) -> Vec<DefinitionNode> {
        let language = reader(ctx).language();
        let nodes = self.0.definition.nodes().iter();
        nodes
            .map(|node| DefinitionNode {
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
        let reader = reader(ctx);
        let key = (self.0.process.to_string(), self.0.version);
        let source = reader.loaders.sources.load(key).await.told(reader)?;
        Ok(source.filter(|source| !source.is_empty()))
    }

    /// What is not wrong in its pack but probably not meant. A pack with errors is not published.
    async fn diagnostics(&self) -> Vec<Diagnostic> {
        self.0.pack.warnings.iter().map(Diagnostic::from).collect()
    }
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum Severity {
    /// The pack cannot be published.
    Error,
    /// Probably not meant.
    Warning,
}

/// A problem in a pack.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Diagnostic {
    /// Its stable code, in lowerCamelCase.
    code: String,
    /// How bad it is.
    severity: Severity,
    /// The file, by its path in the pack.
    file: String,
    /// The line, from 1; 0 where the problem is the file as a whole, such as one that is missing.
    line: u32,
    /// The column, from 1; 0 where the line is.
    column: u32,
    /// What was expected and what was found.
    message: String,
    /// What to do, in English.
    #[graphql(skip)]
    hint: Option<String>,
}

#[ComplexObject]
impl Diagnostic {
    /// What such a problem is called in Chinese, where that is asked for; the names and values are in
    /// `message`, which is English.
    async fn title(&self, ctx: &Context<'_>) -> Option<&'static str> {
        self.chinese(ctx).map(|(title, _)| title)
    }

    /// What to do.
    async fn hint(&self, ctx: &Context<'_>) -> Option<String> {
        let hint = self.hint.as_deref()?;
        let told = match reader(ctx).language() {
            Language::Zh => engine::diagnostic::chinese_help(hint),
            Language::En => None,
        };
        Some(told.unwrap_or_else(|| hint.to_owned()))
    }

    /// What is done about such a problem, in Chinese, where that is asked for; `hint` says more of this
    /// one.
    async fn advice(&self, ctx: &Context<'_>) -> Option<&'static str> {
        self.chinese(ctx).map(|(_, advice)| advice)
    }
}

impl Diagnostic {
    fn chinese(&self, ctx: &Context<'_>) -> Option<(&'static str, &'static str)> {
        match reader(ctx).language() {
            Language::Zh => engine::diagnostic::chinese(&self.code),
            Language::En => None,
        }
    }
}

impl From<&engine::diagnostic::Diagnostic> for Diagnostic {
    fn from(found: &engine::diagnostic::Diagnostic) -> Self {
        Self {
            code: found.code.to_owned(),
            severity: if found.is_error() { Severity::Error } else { Severity::Warning },
            file: found.place.file.clone(),
            line: found.place.line,
            column: found.place.column,
            message: found.message.clone(),
            hint: found.hint.clone(),
        }
    }
}
