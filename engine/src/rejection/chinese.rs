//! What a refused command is told in Chinese: of each refusal what was expected, and what would make it
//! possible. The English is `wording`.

use super::wording::{cannot_migrate, list, nodes, people_list, span};
use super::{Rejection, arguments};
use crate::ids::RoleName;
use crate::text::Language;

impl Rejection {
    pub(super) fn chinese(&self) -> String {
        match self {
            Self::InstanceClosed => "案件已办结,不能再操作".into(),
            Self::InstanceSuspended => "案件已由管理员挂起,待恢复后再办理".into(),
            Self::NotSuspended => "案件未挂起,无需恢复".into(),
            Self::NotOpen { key } => {
                format!("第 {key} 号任务或事件未打开:已办理、已取消或不存在,请刷新案件")
            }
            Self::AtIncident { node, incident } => {
                format!("“{node}”发生异常({incident}),尚未开始办理;请管理员排除原因后重试")
            }
            Self::WrongKind { key, expected } => format!("第 {key} 号不是所需类型({expected})"),
            Self::NotCandidate { expected } => format!("您不在办理人范围内({expected})"),
            Self::UnknownOutcome { found: Some(found), expected } if expected.is_empty() => {
                format!("此任务不选结果,请去掉“{found}”")
            }
            Self::UnknownOutcome { found: Some(found), expected } => {
                format!("没有“{found}”这一结果,可选:{}", list(expected))
            }
            Self::UnknownOutcome { found: None, expected } => {
                format!("请选择办理结果:{}", list(expected))
            }
            Self::OutcomeRefused { reason, .. } => reason.get(Language::Zh).to_owned(),
            Self::CommentRequired { outcome } => format!("选择“{outcome}”必须填写意见"),
            Self::DocumentNotEditable { document } => format!("本环节不能填写“{document}”"),
            Self::DocumentMissing { document } => format!("缺少材料“{document}”"),
            Self::StaleDocument { document, seen, found } => format!(
                "“{document}”在您查看（第 {seen} 版）后已更新为第 {found} 版,请重新载入核对后再办理"
            ),
            Self::InvalidDocument { document, errors } => {
                format!("“{document}”有 {} 处问题,请逐项修改", errors.len())
            }
            Self::IntakeClosed { from, until, received } => {
                format!("接收时间为 {from} 至 {until},您于 {received} 提交")
            }
            Self::SubmissionRefused { reason } => reason.get(Language::Zh).to_owned(),
            Self::SubmissionUnknown { submission } => {
                format!("没有您提交的第 {submission} 号材料")
            }
            #[rustfmt::skip] // A list of names alone.
            Self::OperationNotAllowed { .. } | Self::CannotReturn { .. }
            | Self::CannotMigrate { .. } | Self::NothingBefore { .. }
            | Self::SomethingFollowed { .. } | Self::NothingToTakeBack { .. } | Self::Delegated { .. } | Self::NotDelegated
            | Self::SignersPending { .. } | Self::AlreadySigner { .. } | Self::NoAddedSigner
            | Self::UnknownSigner { .. } | Self::UnknownPerson { .. } | Self::AlreadyCopied
            | Self::NotExtendable | Self::ExtensionTooLong { .. } | Self::NotStarter { .. } | Self::NotInitiator
            | Self::OneAtATime { .. } | Self::NoIncident | Self::SamePerson { .. } | Self::ClaimedByAnother { .. }
            | Self::NotYourTurn { .. } | Self::NotReceiver { .. } | Self::SteppedAside { .. }
            | Self::TimerNotArmed { .. } | Self::NotClaimed | Self::TimerNotDue { .. } => self.chinese_of_task(),
            Self::StillRunning
            | Self::CalledCase
            | Self::Voided
            | Self::Compensating { .. }
            | Self::NoReserve
            | Self::DeadlinePassed { .. }
            | Self::NothingToRecount
            | Self::NothingToHandOver { .. } => self.chinese_of_case(),
            Self::UrgedAlready { until } => format!("24小时内已催办过，{until} 起可再次催办"),
            Self::NotInside => "您只是发起人或抄送对象，不是本案办理人，不能再抄送他人".into(),
            Self::BadArgument { field, message } => {
                format!("{}：{}", arguments::named(field), arguments::chinese(message))
            }
            Self::TooLong { field, max } => format!("{}：最多 {max} 字", arguments::named(field)),
        }
    }

    fn chinese_of_task(&self) -> String {
        match self {
            Self::OperationNotAllowed { operation, until: Some(node), .. } => {
                format!("案件已到“{node}”环节,不能再办理此操作({operation})")
            }
            Self::OperationNotAllowed { operation, node, until: None } => {
                format!("“{node}”不允许此操作({operation}),须在流程定义的 operations 中列明")
            }
            Self::CannotReturn { to, allowed, why: _ } => {
                format!("不能退回至“{to}”,现可退回:{}", nodes(allowed))
            }
            Self::CannotMigrate { version, misfits } => {
                cannot_migrate(*version, misfits, Language::Zh)
            }
            Self::NothingBefore { node } => format!("“{node}”之前没有可退回的环节"),
            Self::SomethingFollowed { node } => {
                format!("后续环节“{node}”已办理或已在别处开始,不能拿回;请现办理人退回")
            }
            Self::NothingToTakeBack { .. } => {
                "本任务没有可拿回的决定：尚未办结、所作决定是退回，或所在的分支、子流程、清单中的一项已经结束；请现办理人退回".to_owned()
            }
            Self::Delegated { owner } => {
                format!("任务已委派,须先交还 {owner},由其办理")
            }
            Self::NotDelegated => "该任务未委派".into(),
            Self::SignersPending { people } => {
                format!("须由前加签的 {} 先行办理,或减签后再办理", people_list(people))
            }
            Self::AlreadySigner { person } => format!("{person} 已是本轮签署人"),
            Self::NoAddedSigner => "没有可减签的人员".into(),
            Self::UnknownSigner { person } => {
                format!("{person} 不是本轮加签人员,或已办理")
            }
            Self::UnknownPerson { person } => format!("没有“{person}”这个人"),
            Self::AlreadyCopied => "这些人员均已抄送过".into(),
            Self::NotExtendable => "该期限不能延长,或已延长过一次".into(),
            Self::ExtensionTooLong { most, found } => {
                format!("最多延长 {},您要延长 {}", span(*most), span(*found))
            }
            Self::NotStarter { expected } if expected.is_empty() => {
                "本流程不由人工发起，只由其他案件调用，或由事件开始".into()
            }
            Self::NotStarter { expected } => format!(
                "发起本流程须具有以下角色之一:{}",
                expected.iter().map(RoleName::as_str).collect::<Vec<_>>().join("、")
            ),
            Self::NotInitiator => "仅发起人可以进行此操作".into(),
            Self::OneAtATime { active } => {
                format!("各项工作须依次进行，“{active}”尚在办理，请先办结")
            }
            Self::NoIncident => "没有待处理的异常".into(),
            Self::NotClaimed => "任务尚未签收".into(),
            Self::TimerNotDue { at } => format!("时钟至 {at} 方到期"),
            Self::NotReceiver { person, expected } => format!(
                "{person} 不能接办:须具有以下角色之一(任务限定单位的,须在该单位具有):{}",
                expected.iter().map(RoleName::as_str).collect::<Vec<_>>().join("、")
            ),
            Self::SteppedAside { person } => format!("{person} 已就本事项回避,须由他人办理"),
            Self::SamePerson { node } => {
                format!("“{node}”的办理人不能办理本环节,须由他人办理(职责分离)")
            }
            Self::ClaimedByAnother { person } => format!("任务由 {person} 办理"),
            Self::NotYourTurn { person } => {
                format!("尚未轮到您签署,现由 {person} 先行办理,办结后轮到您")
            }
            Self::TimerNotArmed { timer } => format!("第 {timer} 号时钟已停止或已触发"),
            other => unreachable!("{} is no refusal of an operation", other.code()),
        }
    }

    fn chinese_of_case(&self) -> String {
        match self {
            Self::NothingToRecount => "本案没有因新日历而变动的暂定期限".into(),
            Self::DeadlinePassed { until } => {
                format!("期限已于 {until} 届满,须在届满前延长")
            }
            Self::StillRunning => "案件尚未办结".into(),
            Self::CalledCase => "本案由上级案件发起,请唤醒上级案件".into(),
            Self::Voided => "本案已由发起人作废,请重新发起".into(),
            Self::Compensating { node } => {
                format!("“{node}”正在撤销已办事项,请待其完成,或由管理员终止本案")
            }
            Self::NoReserve => "没有可以递补的候补人员,请由管理员另行安排".into(),
            Self::NothingToHandOver { person } => format!("本案没有 {person} 的待办"),
            other => unreachable!("{} is not about a case as a whole", other.code()),
        }
    }
}
