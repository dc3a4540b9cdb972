use std::fmt;

/// One measured quantity of one daemon.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    /// What was measured, with its unit.
    pub(crate) what: String,
    /// Every run.
    pub(crate) values: Vec<f64>,
    /// What vipd promises, in words.
    pub(crate) promise: &'static str,
}

impl Figure {
    pub(crate) fn new(what: impl Into<String>, values: Vec<f64>, promise: &'static str) -> Self {
        Self { what: what.into(), values, promise }
    }
}

/// Figures side by side, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

#[derive(Debug)]
struct Row {
    what: String,
    promise: &'static str,
    columns: Vec<(&'static str, Vec<f64>)>,
}

impl Table {
    pub(crate) fn add(&mut self, subject: &'static str, figure: Figure) {
        match self.0.iter_mut().find(|row| row.what == figure.what) {
            Some(row) => row.columns.push((subject, figure.values)),
            None => self.0.push(Row {
                what: figure.what,
                promise: figure.promise,
                columns: vec![(subject, figure.values)],
            }),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Median (smallest-largest) of n runs.\n")?;
        writeln!(f, "| figure | n | vipd | keepalived | vipd / keepalived | vipd promises |")?;
        writeln!(f, "|---|---|---|---|---|---|")?;
        for row in &self.0 {
            let column =
                |name| row.columns.iter().find(|(subject, _)| *subject == name).map(|(_, values)| values);
            let (ours, theirs) = (column("vipd"), column("keepalived"));
            let ratio = ours.and_then(|ours| median(ours)).zip(theirs.and_then(|theirs| median(theirs)));
            let ratio = ratio
                .filter(|(_, theirs)| *theirs > 0.0)
                .map(|(ours, theirs)| format!("{:.2}", ours / theirs));
            writeln!(
                f,
                "| {} | {} | {} | {} | {} | {} |",
                row.what,
                ours.or(theirs).map_or(0, Vec::len),
                spread(ours),
                spread(theirs),
                ratio.unwrap_or_else(|| "-".into()),
                row.promise
            )?;
        }
        Ok(())
    }
}

/// The middle value, or the mean of the two in the middle.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

/// The value that `share` (0 to 1) of all values do not exceed.
pub(crate) fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let index = (share * sorted.len() as f64) as usize;
    sorted.get(index.min(last)).copied()
}

fn spread(values: Option<&Vec<f64>>) -> String {
    let values = values.map(Vec::as_slice).unwrap_or_default();
    let Some(median) = median(values) else { return "-".into() };
    let (least, most) = values
        .iter()
        .fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(*value), most.max(*value)));
    if values.len() == 1 {
        return number(median);
    }
    format!("{} ({}-{})", number(median), number(least), number(most))
}

fn number(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_percentiles() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        let hundred: Vec<_> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&hundred, 0.99), Some(100.0));
        assert_eq!(percentile(&hundred, 0.5), Some(51.0));
    }

    #[test]
    fn a_row_has_both_columns_and_their_ratio() {
        let mut table = Table::default();
        table.add("vipd", Figure::new("outage, ms", vec![1.0, 2.0, 3.0], "2"));
        table.add("keepalived", Figure::new("outage, ms", vec![900.0, 1000.0, 950.0], "2"));
        let last = table.to_string().lines().last().map(str::to_owned);
        assert_eq!(
            last.as_deref(),
            Some("| outage, ms | 3 | 2.00 (1.00-3.00) | 950 (900-1000) | 0.00 | 2 |")
        );
    }
}
