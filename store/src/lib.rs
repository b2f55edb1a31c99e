//! Every SQL statement: the writer, its tables and the read queries.

pub mod aside;
pub mod attachments;
mod changes;
mod clock;
pub mod definitions;
mod demonstration;
pub mod directory;
mod error;
pub mod figures;
mod journal;
mod listen;
mod lookups;
pub mod notices;
mod project;
mod random;
pub mod read;
pub mod rebuild;
pub mod row;
mod session;
mod settings;
mod shared;
mod store;
mod submit;
pub mod tables;
pub mod verify;
pub mod workers;
mod writer;

pub use clock::{Clock, ManualClock, MovedClock};
pub use definitions::{DeployError, Deployed, PackFiles, Published, PublishedPack};
pub use demonstration::Passed;
pub use error::{Refusal, StoreError, SubmitError};
pub use journal::{DefinitionRef, Given, Record};
pub use settings::Settings;
pub use shared::Changed;
pub use store::Store;
pub use submit::{Committed, Submit, Target};
