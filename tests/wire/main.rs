//! What neither world shows: servers, proxies, certificates and log-in commands that behave as badly, or as specially, as
//! they do somewhere. Each is a double written for its test; the client is asked only through its public face.

mod access;
mod answers;
mod commands;
mod controller;
mod desk;
mod double;
mod files;
mod logins;
mod logs;
mod outside;
mod payload_object;
mod plugins;
mod recorded;
mod registries;
mod release;
mod signed;
mod streams;
mod tls;
mod world;
