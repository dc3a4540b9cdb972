//! What vipd makes of each keyword of the language, from the records.

use config::keywords::{Args, Block, Keyword, Status, TOP};
use serde::Serialize;

/// One keyword in one block.
#[derive(Debug, Serialize)]
struct Row {
    /// The blocks around it and its own name, with dots between.
    keyword: String,
    /// Whether its values are read and judged.
    parsed: bool,
    /// Whether the daemon acts on it, or there is nothing to act on.
    effective: bool,
    /// Why not, or why there is nothing to do; empty if there is nothing to say.
    reason: String,
}

/// One line for each keyword, and a summary.
pub(super) fn text() -> String {
    let rows = rows();
    let width = rows.iter().map(|row| row.keyword.len()).max().unwrap_or(0);
    let yes = |value| if value { "yes" } else { "no" };
    let mut out = format!("{:width$}  parsed  effective  reason\n", "keyword");
    for Row { keyword, parsed, effective, reason } in &rows {
        let line = format!("{keyword:width$}  {:6}  {:9}  {reason}", yes(*parsed), yes(*effective));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    let count = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    let (parsed, effective) = (count(|row| row.parsed), count(|row| row.effective));
    out + &format!("{} keywords: {parsed} parsed, {effective} effective\n", rows.len())
}

/// One object a line.
pub(super) fn json() -> String {
    rows().iter().map(|row| serde_json::to_string(row).unwrap_or_default() + "\n").collect()
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for keyword in TOP.keywords() {
        add(keyword, "", None, &mut rows);
    }
    rows
}

/// Adds a keyword and what is in its block. `outer`: why nothing is done about the block around it.
fn add(keyword: &'static Keyword, path: &str, outer: Option<&str>, rows: &mut Vec<Row>) {
    let name = format!("{path}{}", keyword.name);
    let record = keyword.alias_of.unwrap_or(keyword);
    let (effective, why) = match record.status {
        Status::Effective => (true, String::new()),
        Status::NoEffect(why) => (true, why.to_owned()),
        Status::NotYet("") => (false, "not supported yet".to_owned()),
        Status::NotYet(why) => (false, format!("not supported yet: {why}")),
    };
    let old = keyword.alias_of.map(|modern| format!("old spelling of `{}`", modern.name));
    let own = [old.unwrap_or_default(), why].into_iter().filter(|text| !text.is_empty());
    let reason = outer.map_or_else(|| own.collect::<Vec<_>>().join("; "), str::to_owned);
    rows.push(Row {
        keyword: name.clone(),
        parsed: !matches!(record.args, Args::Unread(_)),
        effective: effective && outer.is_none(),
        reason,
    });
    let inner_reason = format!("`{}` is not supported yet", keyword.name);
    let inner_reason = outer.or((!effective).then_some(&*inner_reason));
    for inner in inside(record).filter(|inner| !inner.is_position()) {
        add(inner, &format!("{name}."), inner_reason, rows);
    }
}

/// The keywords in its block, or on its line.
fn inside(record: &Keyword) -> impl Iterator<Item = &'static Keyword> {
    let block =
        if let Args::Block(_, block) | Args::Options(block) = record.args { Some(block) } else { None };
    block.into_iter().flat_map(Block::keywords)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(keyword: &str) -> Row {
        rows().into_iter().find(|row| row.keyword == keyword).unwrap()
    }

    #[test]
    fn the_table_tells_what_is_in_force_and_why_not() {
        let priority = row("vrrp_instance.priority");
        assert!(priority.parsed && priority.effective && priority.reason.is_empty());
        let real = row("virtual_server.real_server.weight");
        assert!(!real.effective);
        assert_eq!(real.reason, "`virtual_server` is not supported yet");
        assert!(row("global_defs.lvs_id").reason.contains("old spelling of `router_id`"));
    }

    #[test]
    fn as_text_and_as_json_it_has_one_line_for_each_keyword() {
        let (text, json) = (text(), json());
        assert_eq!(text.lines().count(), json.lines().count() + 2);
        assert!(text.starts_with("keyword "));
        let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
        assert!(first["keyword"].is_string() && first["effective"].is_boolean());
        assert!(text.lines().all(|line| line.trim_end() == line));
    }
}
