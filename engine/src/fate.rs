//! What a migration would make of each thing that is alive in a case: what a dry run shows, and why a
//! case does not fit. How they are found out is `step::migration`.

use serde::{Deserialize, Serialize};

use crate::ids::{DocumentName, Key, NodeName};
use crate::text::Language;
use crate::time::Timestamp;

/// One thing that is alive in a case, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// What it is.
    pub what: Alive,
    /// The activation it is, or belongs to; none for what is done or will begin.
    pub key: Option<Key>,
    /// Its node in the version that the case runs on; of what begins, in the other version.
    pub node: NodeName,
    /// Its node in the other version, where it has one.
    pub to: Option<NodeName>,
    /// What becomes of it.
    pub becomes: Becomes,
}

/// A document or a field with data in a case, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFate {
    /// The document in the version that the case runs on.
    pub document: DocumentName,
    /// Of a field, the names that lead to it, with dots.
    pub field: Option<String>,
    /// What it is called in the other version: the document, or the names that lead to the field there.
    pub to: Option<String>,
    /// What becomes of it.
    pub becomes: Becomes,
}

/// A kind of thing that is alive in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alive {
    /// A node is active.
    Node {
        /// What `type:` says of it in the version that has it.
        kind: &'static str,
    },
    /// A clock runs.
    Clock {
        /// When it runs out; none for one that begins.
        at: Option<Timestamp>,
    },
    /// A message is waited for.
    Message,
    /// A signal is waited for.
    Signal,
    /// A condition is waited for.
    Condition,
    /// An event sub-process listens.
    Listener,
    /// A token waits at a joining gateway.
    Token {
        /// The node before the gateway from which it came.
        from: NodeName,
    },
    /// Something was done that can be undone.
    Done,
    /// A clock stands still until its node is reached again.
    Paused,
}

impl Alive {
    /// A stable name for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Node { .. } => "node",
            Self::Clock { .. } => "clock",
            Self::Message => "message",
            Self::Signal => "signal",
            Self::Condition => "condition",
            Self::Listener => "listener",
            Self::Token { .. } => "token",
            Self::Done => "done",
            Self::Paused => "paused",
        }
    }
}

/// What becomes of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Becomes {
    /// It goes on as it is.
    Stays,
    /// It ends and begins anew.
    Anew,
    /// It ends, as the plan says.
    Ends,
    /// It ends with what it is inside.
    EndsWith {
        /// The node it is inside.
        node: NodeName,
    },
    /// It was not there and begins.
    Begins,
    /// It cannot go over like this.
    Unfit(Misfit),
}

/// Why something cannot go over to another version like this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "why",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Misfit {
    /// The other version has no node of that name.
    NoNode {
        /// The name.
        node: NodeName,
    },
    /// The node is of another kind there.
    OtherKind {
        /// What it is now.
        found: String,
        /// What it would become.
        other: String,
    },
    /// The node is inside something else there.
    OtherPlace {
        /// The sub-process it is in there; none for the process itself.
        within: Option<NodeName>,
    },
    /// The node waits for something else there, or runs otherwise.
    OtherWork {
        /// What is different, as the name of its key in YAML.
        key: String,
    },
    /// The node has no such clock there.
    NoClock,
    /// The event stands at another node there, or waits for something else.
    OtherEvent,
    /// No flow leads from that node into the gateway there, or several do.
    NoWay {
        /// The node before the gateway.
        from: NodeName,
    },
    /// It undoes earlier work; only what waits for it can be told to end.
    Undoing,
    /// The other version has no document of that name.
    NoDocument {
        /// The name.
        document: DocumentName,
    },
    /// The document is a list there, or is none.
    OtherList {
        /// Whether it is one there.
        list: bool,
    },
    /// The document has no field of that name there.
    NoField {
        /// The names that would lead to it, with dots.
        field: String,
    },
    /// The field is of another type there.
    OtherType {
        /// What it is now.
        found: String,
        /// What it would become.
        other: String,
    },
    /// Something else in the case becomes, or stays, what this would become.
    Taken {
        /// What it is now.
        by: String,
    },
}

impl Misfit {
    /// The sentence for a person: what was expected, what was found, what to do.
    pub fn message(&self, language: Language) -> String {
        match language {
            Language::En => self.english(),
            Language::Zh => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NoNode { node } => format!(
                "expected the other version to have `{node}`; name the node it becomes, or end it"
            ),
            Self::OtherKind { found, other } => format!(
                "expected a node of the same kind, found a {other} for a {found}; name another one, \
                 let it begin anew, or end it"
            ),
            Self::OtherPlace { within } => format!(
                "expected a node of the same sub-process, found one of {}; name another one, or let \
                 it begin anew",
                within.as_ref().map_or("the process itself".to_owned(), |node| format!("`{node}`"))
            ),
            Self::OtherWork { key } => format!(
                "expected the same `{key}` as it began with, found another; let it begin anew"
            ),
            Self::NoClock => {
                "expected the other version to have this clock; let the node begin anew".to_owned()
            }
            Self::OtherEvent => {
                "expected an event of the same kind at the same node; name another \
                                 one, let it begin anew, or end it"
                    .to_owned()
            }
            Self::NoWay { from } => format!(
                "expected one flow from `{from}` into the gateway; name the node from which the \
                 token is taken to have come, or take it away"
            ),
            Self::Undoing => {
                "expected something that goes on by itself, found what undoes earlier \
                              work; end or begin anew what waits for it"
                    .to_owned()
            }
            Self::NoDocument { document } => format!(
                "expected the other version to have a document `{document}`; name the document it \
                 becomes, or leave its data behind"
            ),
            Self::OtherList { list } => {
                let (expected, found) = match list {
                    true => ("a document that is no list", "a list"),
                    false => ("a list", "a document that is none"),
                };
                format!(
                    "expected {expected}, found {found}; name another one, or leave its data behind"
                )
            }
            Self::NoField { field } => format!(
                "expected the other version to have a field `{field}`; name the field it becomes, or \
                 leave its data behind"
            ),
            Self::OtherType { found, other } => format!(
                "expected a field of the same type, found {other} for {found}; name another one, or \
                 leave its data behind"
            ),
            Self::Taken { by } => format!(
                "expected nothing else under that name, found what is `{by}` now; name another one, \
                 or leave the data of one of both behind"
            ),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::NoNode { node } => {
                format!("新版本中没有节点“{node}”；请指定它对应的节点，或者结束它")
            }
            Self::OtherKind { found, other } => format!(
                "节点类型不同：原为 {found}，新版本为 {other}；请指定其他节点、重新开始或者结束它"
            ),
            Self::OtherPlace { within } => match within {
                Some(node) => {
                    format!("新版本中该节点位于子流程“{node}”内；请指定其他节点，或者重新开始")
                }
                None => "新版本中该节点不在子流程内；请指定其他节点，或者重新开始".to_owned(),
            },
            Self::OtherWork { key } => format!("新版本中的“{key}”与开始时不同；请让它重新开始"),
            Self::NoClock => "新版本中没有这个时限；请让该节点重新开始".to_owned(),
            Self::OtherEvent => {
                "新版本的同一节点上没有同类事件；请指定其他事件、重新开始或者结束它".to_owned()
            }
            Self::NoWay { from } => format!(
                "新版本中从“{from}”到该网关没有唯一的连线；请指定令牌视为来自哪个节点，或者移除它"
            ),
            Self::Undoing => {
                "它正在撤销此前的工作；请结束等待它的节点，或者让等待它的节点重新开始".to_owned()
            }
            Self::NoDocument { document } => {
                format!("新版本中没有材料“{document}”；请指定它对应的材料，或者舍弃其数据")
            }
            Self::OtherList { list: true } => {
                "新版本中该材料是列表；请指定其他材料，或者舍弃其数据".to_owned()
            }
            Self::OtherList { list: false } => {
                "新版本中该材料不是列表；请指定其他材料，或者舍弃其数据".to_owned()
            }
            Self::NoField { field } => {
                format!("新版本中没有字段“{field}”；请指定它对应的字段，或者舍弃其数据")
            }
            Self::OtherType { found, other } => format!(
                "字段类型不同：原为 {found}，新版本为 {other}；请指定其他字段，或者舍弃其数据"
            ),
            Self::Taken { by } => {
                format!("该名称已由“{by}”占用；请指定其他名称，或者舍弃其中一个的数据")
            }
        }
    }
}

/// Something that does not fit, where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unfit {
    /// Its node in the version that the case runs on; none for data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeName>,
    /// Of data, the document in the version that the case runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentName>,
    /// Of a field, the names that lead to it, with dots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Why.
    pub misfit: Misfit,
}

impl Unfit {
    /// What it is called in the version that the case runs on.
    pub(crate) fn name(&self) -> String {
        let node = self.node.as_ref().map(NodeName::as_str);
        let document = self.document.as_ref().map(DocumentName::as_str);
        let all = [node, document, self.field.as_deref()];
        all.into_iter().flatten().collect::<Vec<_>>().join(".")
    }
}
