//! Whether a plan for going over to another version names what is there, and each thing once.

use std::collections::BTreeSet;

use super::data::fields;
use crate::command::{FieldPlan, Plan};
use crate::definition::Definition;
use crate::form::{FieldSource, FormSource};
use crate::ids::{DocumentName, NodeName};
use crate::instance::Instance;
use crate::problem::did_you_mean;
use crate::rejection::Rejection;

/// Nodes, tokens, documents and fields that one plan may name.
const PLAN_MAX: usize = 1_000;

/// Refuses a plan that names what is not there, or one thing twice.
pub(super) fn check(
    old: &Definition,
    new: &Definition,
    instance: &Instance,
    plan: &Plan,
) -> Result<(), Rejection> {
    let Plan { nodes, tokens, documents, fields } = plan;
    let count = nodes.len() + tokens.len() + documents.len() + fields.len();
    if count > PLAN_MAX {
        let message = format!("expected at most {PLAN_MAX} nodes, tokens and data, found {count}");
        return Err(Rejection::BadArgument { field: "plan".into(), message });
    }
    check_nodes(old, new, plan)?;
    for (place, one) in plan.tokens.iter().enumerate() {
        let field = format!("plan.tokens.{place}");
        check_node(old, &format!("{field}.at"), &one.at)?;
        check_node(old, &format!("{field}.from"), &one.from)?;
        if let Some(to) = &one.to {
            check_node(new, &format!("{field}.to"), to)?;
        }
    }
    check_documents(old, new, instance, plan)?;
    check_fields(old, new, plan)
}

fn check_nodes(old: &Definition, new: &Definition, plan: &Plan) -> Result<(), Rejection> {
    let mut seen = BTreeSet::new();
    for (place, one) in plan.nodes.iter().enumerate() {
        let field = format!("plan.nodes.{place}");
        check_node(old, &format!("{field}.from"), &one.from)?;
        if let Some(to) = &one.to {
            check_node(new, &format!("{field}.to"), to)?;
        }
        if one.to.is_none() && one.anew {
            let message = format!("expected `to` for `{}`, which begins anew", one.from);
            return Err(Rejection::BadArgument { field: format!("{field}.to"), message });
        }
        if !seen.insert(&one.from) {
            return Err(twice(&format!("{field}.from"), one.from.as_str()));
        }
    }
    Ok(())
}

fn check_node(definition: &Definition, field: &str, name: &NodeName) -> Result<(), Rejection> {
    if definition.by_name.contains_key(name) {
        return Ok(());
    }
    let known = definition.nodes.iter().map(|node| node.name.as_str());
    let expected = format!("a node of version {}", definition.version);
    Err(unknown(&expected, field, name.as_str(), known))
}

/// Data may also stand under a name that an earlier migration left it with.
fn check_documents(
    old: &Definition,
    new: &Definition,
    instance: &Instance,
    plan: &Plan,
) -> Result<(), Rejection> {
    let mut seen = BTreeSet::new();
    for (place, one) in plan.documents.iter().enumerate() {
        let field = format!("plan.documents.{place}");
        if !instance.documents().contains_key(&one.from) {
            check_document(old, &format!("{field}.from"), &one.from)?;
        }
        if let Some(to) = &one.to {
            check_document(new, &format!("{field}.to"), to)?;
        }
        if !seen.insert(&one.from) {
            return Err(twice(&format!("{field}.from"), one.from.as_str()));
        }
    }
    Ok(())
}

fn check_document(
    definition: &Definition,
    field: &str,
    name: &DocumentName,
) -> Result<(), Rejection> {
    if definition.documents.contains_key(name) {
        return Ok(());
    }
    let known = definition.documents.keys().map(DocumentName::as_str);
    let expected = format!("a document of version {}", definition.version);
    Err(unknown(&expected, field, name.as_str(), known))
}

fn check_fields(old: &Definition, new: &Definition, plan: &Plan) -> Result<(), Rejection> {
    let mut seen = BTreeSet::new();
    for (place, one) in plan.fields.iter().enumerate() {
        let field = format!("plan.fields.{place}");
        check_document(old, &format!("{field}.document"), &one.document)?;
        let form = old.documents[&one.document].form.source();
        let path: Vec<&str> = one.from.split('.').collect();
        if let Err(known) = found(form, &path) {
            let expected = format!("a field of `{}` in version {}", one.document, old.version);
            return Err(unknown(&expected, &format!("{field}.from"), &one.from, known.into_iter()));
        }
        check_becomes(new, plan, one, &format!("{field}.to"))?;
        if !seen.insert((&one.document, &one.from)) {
            return Err(twice(&format!("{field}.from"), &one.from));
        }
    }
    Ok(())
}

/// Refuses a field that becomes one which the other version does not have in that place.
fn check_becomes(
    new: &Definition,
    plan: &Plan,
    one: &FieldPlan,
    field: &str,
) -> Result<(), Rejection> {
    let document = plan.documents.iter().find(|it| it.from == one.document);
    let document = document.map_or(Some(&one.document), |it| it.to.as_ref());
    let form = document.and_then(|name| new.documents.get(name)).map(|it| it.form.source());
    let (Some(form), Some(to)) = (form, &one.to) else { return Ok(()) };
    let mut path = Vec::new();
    let mut around = String::new();
    let names: Vec<&str> = one.from.split('.').collect();
    for name in &names[..names.len() - 1] {
        around = if around.is_empty() { (*name).to_owned() } else { format!("{around}.{name}") };
        let own = plan.fields.iter().find(|it| it.document == one.document && it.from == around);
        match own.map(|own| own.to.as_deref()) {
            Some(Some(now)) => path.push(now),
            // It is left behind with what is around it.
            Some(None) => return Ok(()),
            None => path.push(name),
        }
    }
    path.push(to.as_str());
    match found(form, &path) {
        Ok(_) => Ok(()),
        Err(known) => {
            let expected = format!("a field of version {} in the same place", new.version);
            Err(unknown(&expected, field, to, known.into_iter()))
        }
    }
}

/// The field that some names lead to; else the names that there are where it is not found.
fn found<'f>(form: &'f FormSource, path: &[&str]) -> Result<&'f FieldSource, Vec<&'f str>> {
    let mut level = fields(form);
    let mut at = None;
    for name in path {
        let Some((_, field)) = level.iter().find(|(own, _)| own.as_str() == *name) else {
            return Err(level.iter().map(|(own, _)| own.as_str()).collect());
        };
        let field = *field;
        level = field.columns.iter().chain(&field.fields).collect();
        at = Some(field);
    }
    at.ok_or_else(Vec::new)
}

fn twice(field: &str, name: &str) -> Rejection {
    let message = format!("expected `{name}` once, found it twice");
    Rejection::BadArgument { field: field.to_owned(), message }
}

fn unknown<'n>(
    expected: &str,
    field: &str,
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> Rejection {
    let hint = did_you_mean(name, known).map(|hint| format!("; {hint}")).unwrap_or_default();
    let message = format!("expected {expected}, found `{name}`{hint}");
    Rejection::BadArgument { field: field.to_owned(), message }
}
