//! A process definition: as YAML has it (`source`), and compiled to a graph (`graph`).

pub mod source;
