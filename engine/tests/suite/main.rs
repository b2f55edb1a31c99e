//! What the engine promises as a whole, tested through what it shows to others: the workflow patterns,
//! its traces against those of a reference interpreter, and that no file makes it panic. What one part
//! does is tested beside it.

mod beginning;
mod chance;
mod checker;
mod differential;
mod endless;
mod fuzz;
mod handing;
mod knowing;
mod looping;
mod pages;
mod patterns;
mod registers;
mod repairs;
mod requiring;
mod scoring;
mod seeing;
mod shapes;
mod small;
mod standing;
mod submitting;
mod supervising;
mod types;
