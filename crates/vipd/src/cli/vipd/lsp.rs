use std::process::ExitCode;

use lsp_server::Connection;

use crate::files::Outside;
use crate::lsp;
use crate::supervisor::short_host_name;

/// Be the language server of an editor, over standard input and output: findings, completion, documentation
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Word for `@ID` lines [default: the host name up to its first dot]
    #[arg(short = 'i', long, value_name = "ID")]
    config_id: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  In Neovim, for the file that is open:
    vim.lsp.start({ name = 'vipd', cmd = { 'vipd', 'lsp' } })

  In Helix, languages.toml:
    [language-server.vipd]
    command = \"vipd\"
    args = [\"lsp\"]

    [[language]]
    name = \"keepalived\"
    scope = \"source.keepalived\"
    file-types = [{ glob = \"keepalived.conf\" }]
    language-servers = [\"vipd\"]

Exit codes:
  0 the editor said to stop; 1 it did not keep to the protocol";

pub(super) fn main(args: &Args) -> ExitCode {
    let host = linux::process::host_name();
    let config_id = args.config_id.as_deref().unwrap_or_else(|| short_host_name(&host));
    let outside = Outside::of_this_process();
    let (connection, threads) = Connection::stdio();
    let served = lsp::serve(&connection, outside.options(config_id));
    // The writer ends when nobody can send any more.
    drop(connection);
    match served.and_then(|()| threads.join().map_err(Into::into)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vipd lsp: the editor did not keep to the protocol: {error}");
            ExitCode::from(1)
        }
    }
}
