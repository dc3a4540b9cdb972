//! Diagnostics as workflow commands, which GitHub shows beside the lines of a change (GitHub documentation, "Workflow
//! commands for GitHub Actions").

use super::{Diagnostic, Severity};
use crate::source::Sources;

pub(super) fn command(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let Diagnostic { id, severity, message, span, help, .. } = diagnostic;
    let command = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    };
    let place = span.map_or(String::new(), |span| {
        let at = sources.position(span);
        format!("file={},line={},col={},", property(sources.name(span.file)), at.line, at.column)
    });
    let help = help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("::{command} {place}title={id}::{}", data(&format!("{message}{help}")))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use crate::{Options, load};

    #[test]
    fn a_command_for_each_severity() {
        let text = b"global_defs {\n lvs_id x\n router_id y\n  router_idd\n}\n";
        let loaded = load("a,b:100%.conf", text, &Options::default());
        let lines: Vec<_> = loaded.diagnostics.iter().map(|d| d.github(&loaded.sources)).collect();
        let file = "file=a%2Cb%3A100%25.conf";
        assert_eq!(
            lines,
            [
                format!("::notice {file},line=2,col=2,title=V0303::`lvs_id` is deprecated: use `router_id`"),
                format!(
                    "::warning {file},line=3,col=2,title=V0208::`router_id` is given twice (remove one of the two)"
                ),
                format!(
                    "::error {file},line=4,col=3,title=V0101::unknown keyword `router_idd`: did you mean `router_id`?"
                ),
            ]
        );
    }
}
