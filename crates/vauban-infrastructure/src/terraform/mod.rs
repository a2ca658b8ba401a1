//! Terraform and OpenTofu configuration.

mod functions;
