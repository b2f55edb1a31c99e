//! How a running case goes over to another version of its process. Whether it fits is `fitting`, how
//! it is done is `step::migration`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{DocumentName, NodeName};

/// What becomes of the nodes, tokens and data of a case; what is not named stays as it is, under its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Nodes that become other ones, begin anew, or end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<NodePlan>,
    /// Tokens at joining gateways that are taken for having come another way, or end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenPlan>,
    /// Documents that are called otherwise, or whose data is left behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentPlan>,
    /// Fields of documents that are called otherwise, or whose data is left behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldPlan>,
}

/// What becomes of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePlan {
    /// The node in the version that the case runs on.
    pub from: NodeName,
    /// The node in the other version; none ends what is active there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NodeName>,
    /// Whether what is active there ends and begins anew, with the people and the clocks of the
    /// other version, instead of going on with what it has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
}

/// What becomes of the tokens that came to a joining gateway one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenPlan {
    /// The gateway, in the version that the case runs on.
    pub at: NodeName,
    /// The node before the gateway from which they came.
    pub from: NodeName,
    /// The node before the gateway in the other version from which they are taken to have come; none
    /// takes them away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NodeName>,
}

/// What becomes of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentPlan {
    /// The document in the version that the case runs on.
    pub from: DocumentName,
    /// The document in the other version; none leaves its data behind: only the history tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<DocumentName>,
}

/// What becomes of a field of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldPlan {
    /// The document in the version that the case runs on.
    pub document: DocumentName,
    /// The names that lead to the field there, with dots: `price`, or `rows.price` of a column.
    pub from: String,
    /// The field's own name in the other version, in the same place; none leaves its data behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}
