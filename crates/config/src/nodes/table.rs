//! The forecast for people.

use std::fmt;

use super::{Choice, Forecast, Router};

impl fmt::Display for Forecast {
    /// A table, and below it what does not fit into one. Ends with a line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut head: Vec<String> = ["VIRTUAL ROUTER", "ADDRESSES", "MASTER"].map(str::to_owned).to_vec();
        head.extend(self.nodes.iter().map(|node| format!("IF {node} FAILS")));
        let mut rows = vec![head];
        rows.extend(self.routers.iter().map(|router| self.row(router)));
        columns(f, &rows)?;
        let notes: Vec<String> = self.routers.iter().flat_map(notes).collect();
        let left_out = self.left_out.iter().map(|what| format!("not compared: {what}"));
        for (at, note) in notes.into_iter().chain(left_out).enumerate() {
            let gap = if at == 0 { "\n" } else { "" };
            writeln!(f, "{gap}{note}")?;
        }
        Ok(())
    }
}

impl Forecast {
    fn row(&self, router: &Router) -> Vec<String> {
        let mut row = vec![
            format!("{} ({}, {})", router.name, router.vrid, router.family),
            addresses(&router.addresses),
            cell(router, &router.master),
        ];
        row.extend(self.nodes.iter().map(|node| {
            let failure = router.failures.iter().find(|failure| failure.node == *node);
            failure.map_or_else(|| "-".to_owned(), |failure| cell(router, &failure.successor))
        }));
        row
    }
}

fn addresses(addresses: &[String]) -> String {
    match addresses {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

fn cell(router: &Router, choice: &Choice) -> String {
    match choice {
        Choice::Node(name) => {
            let member = router.members.iter().find(|member| member.node == *name);
            member.map_or_else(|| name.clone(), |member| format!("{name} ({})", member.priority))
        }
        Choice::OneOf(names) | Choice::Earliest(names) => names.join(" or "),
        Choice::All(names) => names.join(" and "),
        Choice::Nobody => "nobody".to_owned(),
    }
}

/// What a cell cannot say.
fn notes(router: &Router) -> Vec<String> {
    let name = &router.name;
    let mut notes = Vec::new();
    let why = match &router.master {
        Choice::OneOf(names) => Some(format!(
            "{} have equal priorities: the higher primary address becomes Master, and the files do not name it",
            names.join(" and ")
        )),
        Choice::Earliest(_) => {
            Some("whoever of them is started first stays Master, because of nopreempt".to_owned())
        }
        Choice::All(_) => {
            Some("all are Master at the same time: they drop each other's advertisements".to_owned())
        }
        Choice::Node(_) | Choice::Nobody => None,
    };
    notes.extend(why.map(|why| format!("{name}: {why}")));
    for failure in &router.failures {
        let lost = matches!(&router.master, Choice::Node(master) if *master == failure.node);
        if let Choice::Node(successor) = &failure.afterwards
            && lost
            && *successor != failure.node
        {
            let priority = |node: &str| {
                router.members.iter().find(|member| member.node == node).map(|member| member.priority)
            };
            let tie = priority(successor) == priority(&failure.node);
            let why = if tie { ": its priority is not lower" } else { ", because of nopreempt" };
            notes.push(format!("{name}: stays on {successor} when {} is back{why}", failure.node));
        }
    }
    notes
}

/// Left-aligned columns, two spaces apart.
fn columns(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let count = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..count).map(width).collect();
    for row in rows {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(f, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}
