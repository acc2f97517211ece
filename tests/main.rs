//! All tests of the running program, one binary; each file is a feature, each test a sentence.
mod sandbox_salesforce;
