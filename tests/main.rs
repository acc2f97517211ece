//! All tests of the running program, one binary; each file is a feature, each test a sentence.

mod architecture;
mod contracts;
mod sandbox_khoros;
mod sandbox_salesforce;
mod state_folder;
