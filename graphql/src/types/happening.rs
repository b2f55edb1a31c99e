//! What happened to a case, one fact of people's at a time, in words: who voted in which round, who
//! was added as a signer, to whom a task went. What machines did is left to `reached` and to the
//! raw events.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use engine::definition::source::Then;
use engine::event::{Ending, Event, Placement, Skipped};
use engine::ids::{Key, OutcomeName, PersonId};
use engine::text::Language;
use serde_json::json;

use super::Json;
use super::item::TaskItem;
use super::person::Person;
use crate::context::{Told as _, reader};
use crate::sight::Sight;

/// One fact of a case's history.
#[derive(Debug, Clone, Default, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Happening {
    /// What happened, as a stable name, such as `voteCast`.
    kind: &'static str,
    /// What people call that.
    label: &'static str,
    /// The node that it happened at, by its name in the definition.
    pub(super) node: Option<String>,
    /// What people call that node.
    pub(super) node_label: Option<String>,
    /// Which pass over the node, from 1: every vote belongs to one round.
    pub(super) round: Option<i64>,
    /// What was decided: the outcome's name.
    pub(super) outcome: Option<String>,
    /// What people call that outcome.
    pub(super) outcome_label: Option<String>,
    /// What the vote weighs.
    weight: Option<f64>,
    /// Whether the vote is enough alone, when it is against.
    veto: Option<bool>,
    /// Whether the vote decides when as many are for as against.
    casting: Option<bool>,
    /// The count that a common decision rests on; of a draw its `seed`, the `order` that it gave, who was
    /// `drawn`, the `reserves`, and who was `excluded` on what ground.
    count: Option<Json>,
    /// The opinion, the comment or the reason.
    pub(super) comment: Option<String>,
    #[graphql(skip)]
    person: Option<String>,
    #[graphql(skip)]
    from: Option<String>,
    #[graphql(skip)]
    pub(super) key: Option<Key>,
    #[graphql(skip)]
    pub(super) instance: i64,
}

#[ComplexObject]
impl Happening {
    /// Whom it is about: who decided or voted, who was added or removed, who got the task.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::load(reader(ctx), self.person.as_deref()).await
    }

    /// The item of a list that the task is about which it happened to.
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<TaskItem>> {
        let reader = reader(ctx);
        let Some(key) = self.key.filter(|key| *key != Key(0)) else { return Ok(None) };
        let task = reader.loaders.tasks.load((self.instance, i64::from(key.0))).await;
        match task.told(reader)? {
            Some(task) => TaskItem::of_task(reader, &task).await,
            None => Ok(None),
        }
    }

    /// Whose it was before, where it went from one to another.
    async fn from(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::load(reader(ctx), self.from.as_deref()).await
    }
}

impl Happening {
    fn person_is(mut self, person: &PersonId) -> Self {
        self.person = Some(person.to_string());
        self
    }

    fn was_of(mut self, person: Option<&PersonId>) -> Self {
        self.from = person.map(ToString::to_string);
        self
    }

    /// Without what whoever asks may not read of what others did.
    pub(super) fn seen_by(mut self, sight: &Sight, event: &Event) -> Self {
        if sight.is_own(self.person.as_deref()) {
            return self;
        }
        let node = self.node.as_deref().unwrap_or_default();
        let task = self.key.unwrap_or(Key(0));
        let is_decision = matches!(
            event,
            Event::TaskCompleted { .. }
                | Event::TaskSkipped { .. }
                | Event::TaskHandedBack { .. }
                | Event::VoteCast { .. }
                | Event::VoteWithdrawn { .. }
        );
        let speaks = match event {
            Event::Returned { to, .. } => {
                sight.is_inside() || to.iter().any(|node| sight.is_theirs(node.as_str()))
            }
            Event::Commented { person, .. } => {
                sight.is_inside() || sight.is_own(Some(person.as_str()))
            }
            // Whoever waits is told why they wait longer.
            Event::DueExtended { .. } | Event::IntakeExtended { .. } => true,
            _ if is_decision => sight.opinion(task, node, self.outcome.as_deref()),
            // What is said of the case as a whole is said to everybody in it.
            _ => sight.is_inside() || self.key.is_none_or(|key| key == Key(0)),
        };
        self.comment = self.comment.filter(|_| speaks);
        if is_decision && !sight.decision(task, node) {
            (self.outcome, self.outcome_label) = (None, None);
            (self.weight, self.veto, self.casting) = (None, None, None);
        }
        if !sight.is_inside() {
            self.person = None;
            self.from = self.from.filter(|from| sight.is_own(Some(from)));
            self.count = None;
        }
        self
    }

    fn decided(mut self, outcome: Option<&OutcomeName>) -> Self {
        self.outcome = outcome.map(ToString::to_string);
        self
    }

    fn says(mut self, comment: &str) -> Self {
        self.comment = Some(comment.to_owned()).filter(|comment| !comment.is_empty());
        self
    }
}

/// What an event says of people; nothing where it is a machine's.
pub(super) fn happening(event: &Event, command: &str, language: Language) -> Option<Happening> {
    let telling = Telling { command, language };
    telling
        .of_task(event)
        .or_else(|| telling.of_signers(event))
        .or_else(|| telling.of_withdrawal(event))
        .or_else(|| telling.of_case(event))
}

#[derive(Clone, Copy)]
struct Telling<'a> {
    command: &'a str,
    language: Language,
}

impl Telling<'_> {
    fn told(self, kind: &'static str, key: Key, zh: &'static str, en: &'static str) -> Happening {
        let label = match self.language {
            Language::Zh => zh,
            Language::En => en,
        };
        Happening { kind, label, key: Some(key), ..Happening::default() }
    }

    fn of_task(self, event: &Event) -> Option<Happening> {
        let told = |kind, key: &Key, zh, en| self.told(kind, *key, zh, en);
        if let Event::TaskClaimed { key, person } = event {
            Some(told("taskClaimed", key, "签收", "Claimed").person_is(person))
        } else if let Event::TaskReleased { key } = event {
            Some(told("taskReleased", key, "退签", "Released"))
        } else if let Event::TaskCompleted { key, outcome, person, comment, .. } = event {
            let told = told("taskCompleted", key, "办理", "Decided").person_is(person);
            Some(told.decided(outcome.as_ref()).says(comment.as_deref().unwrap_or_default()))
        } else if let Event::TaskSkipped { key, person, because, outcome } = event {
            let (zh, en) = match because {
                Skipped::SamePerson => ("去重通过", "Passed: the same person agreed before"),
                Skipped::Starter => ("发起人通过", "Passed: the person began the case"),
                Skipped::Nobody => ("无人可办，自动通过", "Passed: nobody was found"),
            };
            let told = told("taskSkipped", key, zh, en).decided(outcome.as_ref());
            Some(person.iter().fold(told, Happening::person_is))
        } else if let Event::TaskTransferred { key, from, to, reason } = event {
            let told = told("taskTransferred", key, "转办", "Transferred").person_is(to);
            Some(told.was_of(from.as_ref()).says(reason))
        } else if let Event::TaskDelegated { key, owner, to, reason } = event {
            let told = told("taskDelegated", key, "委派", "Delegated").person_is(to);
            Some(told.was_of(Some(owner)).says(reason))
        } else if let Event::TaskDeputed { key, absent, to, reason, .. } = event {
            let told = told("taskDeputed", key, "转给代理人", "Went to a deputy").person_is(to);
            Some(told.was_of(Some(absent)).says(reason))
        } else if let Event::TaskHandedBack { key, person, comment } = event {
            let told = told("taskHandedBack", key, "交回", "Handed back").was_of(Some(person));
            Some(told.says(comment.as_deref().unwrap_or_default()))
        } else if let Event::TaskTerminatedCase { key, person, .. } = event {
            // Why is told of the end of the case.
            let told = told("caseTerminated", key, "由此终止案件", "Ended the case from here");
            Some(told.was_of(Some(person)))
        } else if let Event::TaskUrged { key, .. } = event {
            Some(told("taskUrged", key, "催办", "Urged"))
        } else if let Event::TaskEscalated { key, .. } = event {
            Some(told("taskEscalated", key, "超期升级", "Escalated"))
        } else if let Event::DueExtended { key, reason, .. } = event {
            Some(told("dueExtended", key, "延期", "Deadline extended").says(reason))
        } else if let Event::IntakeExtended { key, reason, .. } = event {
            Some(told("intakeExtended", key, "延长受理", "Intake extended").says(reason))
        } else if let Event::PageMoved { key, .. } = event {
            Some(told("pageMoved", key, "公示顺延", "Page stays longer"))
        } else if let Event::PageTakenDown { key, .. } = event {
            Some(told("pageTakenDown", key, "撤下公示", "Page taken down"))
        } else {
            None
        }
    }

    fn of_signers(self, event: &Event) -> Option<Happening> {
        let told = |kind, key: &Key, zh, en| self.told(kind, *key, zh, en);
        if let Event::VoteCast { key, round, person, outcome, weight, veto, casting, .. } = event {
            let told = told("voteCast", key, "投票", "Voted").person_is(person);
            Some(Happening {
                round: Some(i64::from(*round)),
                weight: Some(weight.as_f64()),
                veto: Some(*veto),
                casting: Some(*casting),
                ..told.decided(Some(outcome))
            })
        } else if let Event::SignDecided { key, round, outcome, count } = event {
            let told = told("signDecided", key, "会签结果", "Decided together");
            Some(Happening {
                round: Some(i64::from(*round)),
                count: Some(Json(count.clone())),
                ..told.decided(Some(outcome))
            })
        } else if let Event::ScoresCounted { key, round, result, .. } = event {
            Some(Happening {
                round: Some(i64::from(*round)),
                count: Some(Json(result.clone())),
                ..told("scoresCounted", key, "评分汇总", "Scores counted")
            })
        } else if let Event::PeopleDrawn { key, pool, seed, order, excluded, drawn, reserves } =
            event
        {
            let draw = json!({ "pool": pool, "seed": seed.to_string(), "order": order,
                "excluded": excluded, "drawn": drawn, "reserves": reserves });
            Some(Happening {
                count: Some(Json(draw)),
                ..told("peopleDrawn", key, "随机抽取", "Drawn at random")
            })
        } else if let Event::ReserveTookOver { key, from, to, recused, reason, .. } = event {
            let (zh, en) = match recused {
                true => ("主动回避，候补递补", "Stepped aside; a reserve took over"),
                false => ("候补递补", "A reserve took over"),
            };
            let told = told("reserveTookOver", key, zh, en).person_is(to);
            Some(told.was_of(from.as_ref()).says(reason))
        } else if let Event::SignerAdded { key, person, place, by, reason, .. } = event {
            let (zh, en) = match place {
                Placement::Before => ("前加签", "Signer added before"),
                Placement::After => ("后加签", "Signer added after"),
                Placement::Alongside => ("并加签", "Signer added alongside"),
            };
            let told = told("signerAdded", key, zh, en).person_is(person);
            Some(told.was_of(by.as_ref()).says(reason))
        } else if let Event::SignerReplaced { key, from, to } = event {
            let told = told("signerReplaced", key, "更换签署人", "Signer replaced").person_is(to);
            Some(told.was_of(Some(from)))
        } else if let Event::SignerAbsent { key, round, person, weight } = event {
            let told = told("signerAbsent", key, "缺席", "Absent");
            let (round, weight) = (Some(i64::from(*round)), Some(weight.as_f64()));
            let person = person.as_ref().map(ToString::to_string);
            Some(Happening { round, weight, person, ..told })
        } else if let Event::SignerRemoved { key, person, reason, .. } = event {
            let told = told("signerRemoved", key, "减签", "Signer removed").person_is(person);
            Some(told.says(reason))
        } else {
            None
        }
    }

    fn of_withdrawal(self, event: &Event) -> Option<Happening> {
        let Event::VoteWithdrawn { key, round, person, outcome, reason, .. } = event else {
            return None;
        };
        let (zh, en) = match outcome {
            Some(_) => ("拿回投票", "Vote taken back"),
            None => ("拿回评分表", "Score sheet taken back"),
        };
        let told = self.told("voteWithdrawn", *key, zh, en);
        let round = Some(i64::from(*round));
        let told = told.person_is(person).decided(outcome.as_ref()).says(reason);
        Some(Happening { round, ..told })
    }

    fn of_case(self, event: &Event) -> Option<Happening> {
        let told = |kind, zh, en| self.told(kind, Key(0), zh, en);
        if let Event::Returned { key, then, person, reason, .. } = event {
            let (zh, en) = match (self.command, then) {
                ("withdraw", _) => ("撤回", "Withdrawn"),
                ("takeBack", _) => ("拿回", "Taken back"),
                (_, Then::ComeBack) => ("退回补正", "Returned for correction"),
                (_, Then::RunOn) => ("退回", "Returned"),
            };
            let told = self.told("returned", *key, zh, en).was_of(person.as_ref());
            Some(told.says(reason.as_deref().unwrap_or_default()))
        } else if let Event::InstanceStarted { initiator, .. } = event {
            let told = told("instanceStarted", "发起", "Began");
            Some(told.was_of(initiator.as_ref().map(|initiator| &initiator.person)))
        } else if let Event::LoopStopped { key, .. } = event {
            Some(self.told("loopStopped", *key, "循环达到上限", "Loop stopped at its limit"))
        } else if let Event::Commented { person, text } = event {
            Some(told("commented", "意见", "Commented").was_of(Some(person)).says(text))
        } else if let Event::ActivityChosen { node, person, .. } = event {
            let told = told("activityChosen", "发起事项", "Began an activity");
            let node = Some(node.to_string());
            Some(Happening { node, ..told.was_of(person.as_ref()) })
        } else if let Event::DataCorrected { person, reason } = event {
            Some(told("dataCorrected", "更正", "Corrected").was_of(person.as_ref()).says(reason))
        } else if let Event::InstanceModified { person, reason } = event {
            let told = told("instanceModified", "人工调整", "Moved by hand");
            Some(told.was_of(person.as_ref()).says(reason))
        } else if let Event::InstanceMigrated(migrated) = event {
            let told = told("instanceMigrated", "迁移到其他版本", "Went over to another version");
            Some(told.was_of(migrated.person.as_ref()).says(&migrated.reason))
        } else if let (Event::ClocksMoved { key, .. }, "recount") = (event, self.command) {
            Some(self.told("deadlinesRecounted", *key, "期限重算", "Deadlines counted anew"))
        } else if let Event::HandedOver { from, to, reason } = event {
            let told = told("handedOver", "离职交接", "Handed over").person_is(to);
            Some(told.was_of(Some(from)).says(reason))
        } else if let Event::InstanceSuspended { person, reason, .. } = event {
            Some(
                told("instanceSuspended", "挂起", "Suspended").was_of(person.as_ref()).says(reason),
            )
        } else if let Event::InstanceResumed { person, .. } = event {
            Some(told("instanceResumed", "恢复", "Resumed").was_of(person.as_ref()))
        } else if let Event::Copied { key, person } = event {
            Some(self.told("copied", *key, "抄送", "Copied").person_is(person))
        } else if let Event::InstanceCompleted { outcome, .. } = event {
            let told = told("instanceCompleted", "办结", "Ended");
            Some(told.decided(outcome.as_ref()))
        } else if let Event::InstanceEnding { reason, .. } = event {
            Some(told("instanceEnding", "提前结束，正在收尾", "Being ended").says(reason))
        } else if let Event::InstanceCancelled { reason, how, .. } = event {
            let (zh, en) = match how {
                Ending::Cancelled => ("取消", "Cancelled"),
                Ending::Voided => ("作废", "Voided"),
                Ending::Terminated => ("终止", "Terminated"),
            };
            Some(told("instanceCancelled", zh, en).says(reason))
        } else if let Event::InstanceReopened { reason, .. } = event {
            Some(told("instanceReopened", "唤醒", "Reopened").says(reason))
        } else {
            None
        }
    }
}
