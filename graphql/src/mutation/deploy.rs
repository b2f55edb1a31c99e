//! Publishing packs.

use access::Action;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use store::{DeployError, Deployed};

use crate::context::{Told as _, reader};
use crate::types::definition::{Diagnostic, FileInput, ProcessDefinition, check, files};

/// Mutations of packs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DeployMutation;

/// What is published.
#[derive(Debug, InputObject)]
pub(crate) struct DeployPackInput {
    /// All files of the pack.
    files: Vec<FileInput>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// What a deployment did.
#[derive(Debug, SimpleObject)]
pub(crate) struct DeployPackPayload {
    /// The pack's name; none where it has errors.
    pack: Option<String>,
    /// The pack's version, from 1; none where it has errors.
    version: Option<u32>,
    /// Whether just this was deployed before, or nothing was deployed because of errors.
    unchanged: bool,
    /// The pack's processes as they are published now; none where it has errors.
    process_definitions: Vec<ProcessDefinition>,
    /// Every problem; only warnings where a version is given.
    diagnostics: Vec<Diagnostic>,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

#[Object]
impl DeployMutation {
    /// Publishes a pack: all its processes get a new version, for cases that begin from now on. Or
    /// answers every problem it has, and publishes nothing. For admins.
    async fn deploy_pack(
        &self,
        ctx: &Context<'_>,
        input: DeployPackInput,
    ) -> Result<DeployPackPayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Deploy)?;
        let client_mutation_id = input.client_mutation_id;
        let refused = |diagnostics| DeployPackPayload {
            pack: None,
            version: None,
            unchanged: true,
            process_definitions: Vec::new(),
            diagnostics,
            client_mutation_id: client_mutation_id.clone(),
        };
        let by = &reader.person()?.id;
        let files = files(input.files);
        let checked = check(reader, *ctx.data_unchecked(), files.clone()).await?;
        if !checked.deployable {
            return Ok(refused(checked.diagnostics));
        }
        let Deployed { pack, version, processes, unchanged, .. } =
            match reader.store.deploy(files, by).await {
                Ok(deployed) => deployed,
                Err(DeployError::Diagnostics(problems)) => {
                    return Ok(refused(problems.iter().map(Diagnostic::from).collect()));
                }
                Err(DeployError::Store(failed)) => return Err(failed).told(reader),
            };
        let mut process_definitions = Vec::new();
        for (process, version) in processes {
            let published = reader.store.definition(&process, version).await.told(reader)?;
            process_definitions.extend(published.map(ProcessDefinition));
        }
        Ok(DeployPackPayload {
            pack: Some(pack),
            version: Some(version),
            unchanged,
            process_definitions,
            diagnostics: checked.diagnostics,
            client_mutation_id,
        })
    }
}
