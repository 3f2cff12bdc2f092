//! Which components are on show, and in which order.

use crate::parts::filter_line::FilterLine;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use weir_domain::payload::Weight;
use weir_domain::{Component, Payload};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Name,
    /// The heaviest first; what is not known last.
    Size,
    Repository,
    Version,
}

impl Order {
    pub fn next(self) -> Order {
        match self {
            Order::Name => Order::Size,
            Order::Size => Order::Repository,
            Order::Repository => Order::Version,
            Order::Version => Order::Name,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Order::Name => "name",
            Order::Size => "size",
            Order::Repository => "repository",
            Order::Version => "version",
        }
    }

    /// The place of its column.
    pub fn column(self) -> usize {
        match self {
            Order::Name => 0,
            Order::Version => 1,
            Order::Repository => 3,
            Order::Size => 4,
        }
    }
}

/// Names of what the filter keeps.
pub(super) fn rows(payload: &Payload, weights: &[Weight], order: Order, filter: &FilterLine) -> Vec<Arc<str>> {
    let fields = |c: &Component| {
        let text = |text: &Option<Arc<str>>| text.clone().unwrap_or_default();
        [c.name.clone(), text(&c.version), text(&c.commit), text(&c.repository)]
    };
    let keeps = |c: &&Component| {
        let fields = fields(c);
        filter.keeps(&[&fields[0], &fields[1], &fields[2], &fields[3]], &[])
    };
    let mut kept: Vec<&Component> = payload.components.iter().filter(keeps).collect();
    match order {
        Order::Name => {}
        Order::Size => {
            let sizes: BTreeMap<&str, Option<u64>> = weights.iter().map(|w| (&*w.component, w.size)).collect();
            kept.sort_by_key(|c| Reverse(sizes.get(&*c.name).copied().flatten()));
        }
        Order::Repository => kept.sort_by_key(|c| (c.repository.is_none(), c.repository_name())),
        Order::Version => kept.sort_by_key(|c| (c.version.is_none(), c.version.clone())),
    }
    kept.into_iter().map(|c| c.name.clone()).collect()
}
