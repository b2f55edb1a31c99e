//! Root fields, one file a concept. Thin: rights are asked, the store is read, rows become objects.

mod definitions;
mod figures;
mod instances;
mod notices;
mod outward;
mod own;

use async_graphql::MergedObject;

use crate::node::NodeQuery;
use definitions::DefinitionQuery;
use figures::FigureQuery;
use instances::InstanceQuery;
use notices::NoticeQuery;
use outward::OutwardQuery;
use own::OwnQuery;

/// What may be read.
#[derive(Debug, Clone, Copy, Default, MergedObject)]
pub struct Query(
    NodeQuery,
    OwnQuery,
    InstanceQuery,
    OutwardQuery,
    DefinitionQuery,
    FigureQuery,
    NoticeQuery,
);
