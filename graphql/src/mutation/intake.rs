//! Handing something in to an intake, and taking it back.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::command::{Command, Content};
use engine::event::Event;
use engine::ids::InstanceId;
use engine::text::Language;
use store::{Receipt, SubmitError};

use super::files;
use super::shape::{Done, Named, named, of_case_about, to_instance};
use crate::argument::Arguments;
use crate::context::{Reader, Told as _, reader};
use crate::types::attachment::{as_documents_hold, hashes_in};
use crate::types::outward::Intake;
use crate::types::{Json, instant};
use crate::{error, ids};

/// Mutations of intakes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct IntakeMutation;

/// What is handed in.
#[derive(Debug, InputObject)]
pub(crate) struct SubmitToIntakeInput {
    /// The intake.
    intake: ID,
    /// The fields of its form.
    content: Json,
    /// The number of an earlier submission of one's own that this one replaces.
    replaces: Option<u32>,
    /// The same command again with the same key, by the same person, answers the first result again
    /// and changes nothing; another command with it is `KEY_REUSED`. Of the public, who are not told
    /// apart, a key counts within the intake and for the same content. At most 200 bytes. A refusal holds no key.
    idempotency_key: Option<String>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// What is taken back.
#[derive(Debug, InputObject)]
pub(crate) struct WithdrawSubmissionInput {
    /// The intake.
    intake: ID,
    /// The number of the submission.
    submission: u32,
    /// The same command again with the same key, by the same person, answers the first result again
    /// and changes nothing; another command with it is `KEY_REUSED`. At most 200 bytes. A refusal holds no key.
    idempotency_key: Option<String>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// For how much longer an intake is open.
#[derive(Debug, InputObject)]
pub(crate) struct ExtendIntakeInput {
    /// The intake.
    intake: ID,
    /// By how much, such as `10 workdays`.
    by: String,
    /// Why.
    reason: String,
    /// The same command again with the same key, by the same person, answers the first result again
    /// and changes nothing; another command with it is `KEY_REUSED`. At most 200 bytes. A refusal holds no key.
    idempotency_key: Option<String>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// What came of an extension.
#[derive(Debug, SimpleObject)]
pub(crate) struct ExtendIntakePayload {
    /// The intake afterwards.
    intake: Intake,
    /// Whether it had been extended before under the same `idempotencyKey`.
    repeated: bool,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// What becomes of the receipt of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum SubmissionReceipt {
    /// Nothing says where to: what the answer says is the receipt.
    None,
    /// It goes out by mail.
    Mailed,
    /// It is left out: the address had as many receipts as it gets in 24 hours.
    Withheld,
}

impl SubmissionReceipt {
    /// With why none goes out where one should.
    fn told(reader: Reader<'_>, receipt: Receipt) -> (Self, Option<String>) {
        let most = reader.store.receipts_max();
        match (receipt, reader.language()) {
            (Receipt::None, _) => (Self::None, None),
            (Receipt::Sent, _) => (Self::Mailed, None),
            (Receipt::Withheld, Language::Zh) => {
                let note = format!(
                    "提交已收到；该邮箱 24 小时内的回执已达 {most} 封，本次不再发送邮件，请保存本回执的哈希值"
                );
                (Self::Withheld, Some(note))
            }
            (Receipt::Withheld, Language::En) => {
                let note = format!(
                    "it was received; the address had {most} receipts in 24 hours, so that no mail goes \
                     out: please keep this answer's hash"
                );
                (Self::Withheld, Some(note))
            }
        }
    }
}

/// What came of a submission. Nothing of the case is told: who hands in need not see it.
#[derive(Debug, SimpleObject)]
pub(crate) struct SubmitToIntakePayload {
    /// The intake afterwards.
    intake: Intake,
    /// When it was received (RFC 3339, UTC).
    received_at: Option<DateTime<Utc>>,
    /// SHA-256 of what was handed in, in hexadecimal, as a receipt.
    hash: String,
    /// The number of the submission, for `withdrawSubmission` and `replaces`; none for the public.
    submission: Option<u32>,
    /// What becomes of the receipt by mail. The submission counts all the same.
    receipt: SubmissionReceipt,
    /// Why there is no receipt by mail, in a sentence, where one was asked for.
    receipt_note: Option<String>,
    /// Whether it had been handed in before under the same `idempotencyKey`.
    repeated: bool,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// What came of a withdrawal.
#[derive(Debug, SimpleObject)]
pub(crate) struct WithdrawSubmissionPayload {
    /// The intake afterwards.
    intake: Intake,
    /// Whether it had been taken back before under the same `idempotencyKey`.
    repeated: bool,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// Refuses who may not hand something in there.
async fn may_submit(reader: Reader<'_>, instance: InstanceId, key: engine::ids::Key) -> Result<()> {
    let may = Intake::check_submit(reader, (instance.0, i64::from(key.0))).await;
    may.map_err(|error| error::at("input.intake", error))
}

/// The intake's row after a command.
async fn after(reader: Reader<'_>, instance: InstanceId, key: engine::ids::Key) -> Result<Intake> {
    let id = (instance.0, i64::from(key.0));
    let row = reader.store.intakes(&[id]).await.told(reader)?.pop();
    row.map(Intake).ok_or_else(|| error::not_found(error::Thing::INTAKE, reader.language()))
}

#[Object]
impl IntakeMutation {
    /// Hands something in to an open intake: whoever it is open for, the public included where it
    /// says so.
    async fn submit_to_intake(
        &self,
        ctx: &Context<'_>,
        input: SubmitToIntakeInput,
    ) -> Result<SubmitToIntakePayload> {
        let reader = reader(ctx);
        let (instance, key) = ids::read_intake(reader.language(), "input.intake", &input.intake)?;
        may_submit(reader, instance, key).await?;
        let content = Content::new(as_documents_hold(input.content.0));
        if !hashes_in(&content.value).is_empty() {
            let document = after(reader, instance, key).await?.0.document.unwrap_or_default();
            let document = document.as_str().into();
            files::check_document(reader, Some(instance), &document, &content.value).await?;
        }
        let command = Command::Submit { intake: key, content, replaces: input.replaces };
        let named: Named = named!(input);
        let Done { events, revision, repeated, client_mutation_id, .. } =
            to_instance(reader, instance, command, named).await?;
        let receipt = reader.store.receipt_of(instance, revision, &events).await.told(reader)?;
        let (receipt, receipt_note) = SubmissionReceipt::told(reader, receipt);
        let received = events.iter().find_map(|event| match event {
            Event::SubmissionReceived { submission, person, at, hash, .. } => {
                Some((instant(at.0), hash.to_string(), person.as_ref().map(|_| *submission)))
            }
            _ => None,
        });
        let missing = "a submission that was carried out has its event".to_owned();
        let missing = SubmitError::Internal(missing);
        let (received_at, hash, submission) = received.ok_or(missing).told(reader)?;
        Ok(SubmitToIntakePayload {
            intake: after(reader, instance, key).await?,
            received_at,
            hash,
            submission,
            receipt,
            receipt_note,
            repeated,
            client_mutation_id,
        })
    }

    /// Lets an intake stay open longer, with a reason (延期): whoever its definition lets do so.
    async fn extend_intake(
        &self,
        ctx: &Context<'_>,
        input: ExtendIntakeInput,
    ) -> Result<ExtendIntakePayload> {
        let reader = reader(ctx);
        let (instance, key) = ids::read_intake(reader.language(), "input.intake", &input.intake)?;
        let (by, reason) = (input.by, input.reason);
        let command = Command::ExtendTask { task: key, by, reason };
        let arguments = Arguments::of(&command).about("input.intake");
        let Done { repeated, client_mutation_id, .. } =
            of_case_about(reader, instance, command, arguments, named!(input)).await?;
        let intake = after(reader, instance, key).await?;
        Ok(ExtendIntakePayload { intake, repeated, client_mutation_id })
    }

    /// Takes back what one handed in, while the intake is open.
    async fn withdraw_submission(
        &self,
        ctx: &Context<'_>,
        input: WithdrawSubmissionInput,
    ) -> Result<WithdrawSubmissionPayload> {
        let reader = reader(ctx);
        reader.person()?;
        let (instance, key) = ids::read_intake(reader.language(), "input.intake", &input.intake)?;
        may_submit(reader, instance, key).await?;
        let submission = input.submission;
        let command = Command::WithdrawSubmission { intake: key, submission };
        let Done { repeated, client_mutation_id, .. } =
            to_instance(reader, instance, command, named!(input)).await?;
        let intake = after(reader, instance, key).await?;
        Ok(WithdrawSubmissionPayload { intake, repeated, client_mutation_id })
    }
}
