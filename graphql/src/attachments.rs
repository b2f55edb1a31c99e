//! Who may have a file's bytes, for the HTTP side: whoever uploaded it or oversees, whoever sees a
//! document of a case that refers to it, and everybody while a public page shows it.

use access::{Action, Relation};
use async_graphql::{Error, ID, Result};
use store::Store;
use store::tables::attachment::Model;

use crate::context::{Reader, Told as _, Viewing};
use crate::ids;
use crate::loaders::Loaders;
use crate::types::attachment::{called_in, files_in};
use crate::types::outward::Page;

/// By way of what somebody asks for a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct By {
    /// A case's id.
    pub instance: Option<String>,
    /// A public page's id.
    pub page: Option<String>,
}

/// The store does not answer.
#[derive(Debug, thiserror::Error)]
#[error("the store does not answer")]
pub struct Unavailable;

/// What is known of a file, where whoever asks may have it. It is called what it is called in what
/// shows it: what others call the same bytes is theirs.
///
/// # Errors
/// `Unavailable` where that cannot be found out now.
pub async fn readable(
    store: &Store,
    viewing: &Viewing,
    hash: &str,
    by: &By,
) -> std::result::Result<Option<Model>, Unavailable> {
    let loaders = Loaders::new(store);
    let reader = Reader { store, viewing, loaders: &loaders };
    match read(reader, hash, by).await {
        Ok(found) => Ok(found),
        // Whether there is such a file, case or page is told only to who may see it.
        Err(error) if !is_ours(&error) => Ok(None),
        Err(_) => Err(Unavailable),
    }
}

fn is_ours(error: &Error) -> bool {
    let code = error.extensions.as_ref().and_then(|all| all.get("code"));
    [crate::Code::Unavailable, crate::Code::Internal]
        .iter()
        .any(|ours| code == Some(&ours.as_str().into()))
}

async fn read(reader: Reader<'_>, hash: &str, by: &By) -> Result<Option<Model>> {
    // Nothing else is a hash; a text with U+0000 the database would not even look for.
    if !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let known = reader.loaders.attachments.load(hash.to_owned()).await.told(reader)?;
    let Some(known) = known else { return Ok(None) };
    let is_own = |by: &str| reader.viewing.person.as_ref().is_some_and(|one| one.id == by);
    let own = known.iter().find(|file| is_own(&file.uploaded_by));
    let relation = Relation { own: own.is_some(), ..Relation::default() };
    if reader.may(Action::SeeFile, &relation).is_ok() {
        return Ok(own.or(known.first()).cloned());
    }
    let shown = match (&by.instance, &by.page) {
        (Some(instance), _) => {
            let id = ids::read_instance(reader.language(), "instance", &ID(instance.clone()))?;
            let state = reader.loaders.states.load(id.0).await.told(reader)?;
            let Some(state) = state else { return Ok(None) };
            called_in(reader, &state, hash).await?
        }
        (None, Some(page)) => {
            let id = ids::read_page(reader.language(), "page", &ID(page.clone()))?;
            let page = Page::by_id(reader, id).await?;
            page.and_then(|page| files_in(&page.body()).remove(hash))
        }
        (None, None) => None,
    };
    let file = known.first().zip(shown);
    Ok(file.map(|(file, name)| Model { name, ..file.clone() }))
}
