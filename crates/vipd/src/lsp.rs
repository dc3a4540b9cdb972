//! The language server: findings while somebody types, completion, documentation and definitions for editors. Speaks
//! the Language Server Protocol 3.17; what there is to say comes from [`config`].

mod documents;
mod places;

use std::error::Error;

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{
    CodeActionRequest, Completion, Formatting, GotoDefinition, HoverRequest, Request as _,
};
use lsp_types::{
    CodeActionProviderCapability, CompletionOptions, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, HoverProviderCapability, OneOf, PublishDiagnosticsParams, ServerCapabilities,
    TextDocumentSyncCapability, TextDocumentSyncKind,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use documents::Documents;

/// Serves one editor until it says to stop. Fails if the editor breaks the protocol or goes away.
pub fn serve(
    connection: &Connection,
    options: config::Options<'_>,
) -> Result<(), Box<dyn Error + Sync + Send>> {
    connection.initialize(serde_json::to_value(capabilities())?)?;
    let mut documents = Documents::new(options);
    for message in &connection.receiver {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    return Ok(());
                }
                connection.sender.send(answer(&documents, request).into())?;
            }
            Message::Notification(notification) => {
                if let Some(findings) = heed(&mut documents, notification) {
                    let method = PublishDiagnostics::METHOD.to_owned();
                    connection.sender.send(Notification::new(method, findings).into())?;
                }
            }
            // We ask the editor nothing.
            Message::Response(_) => {}
        }
    }
    Ok(())
}

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::FULL)),
        completion_provider: Some(CompletionOptions::default()),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Simple(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        ..ServerCapabilities::default()
    }
}

fn answer(documents: &Documents<'_>, request: Request) -> Response {
    match request.method.as_str() {
        Completion::METHOD => reply(request, |params| documents.completion(&params)),
        HoverRequest::METHOD => reply(request, |params| documents.hover(&params)),
        GotoDefinition::METHOD => reply(request, |params| documents.definition(&params)),
        CodeActionRequest::METHOD => reply(request, |params| documents.code_actions(&params)),
        Formatting::METHOD => reply(request, |params| documents.formatting(&params)),
        other => {
            let message = format!("vipd does not know the request `{other}`");
            Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
        }
    }
}

fn reply<P: DeserializeOwned, R: Serialize>(request: Request, result: impl FnOnce(P) -> R) -> Response {
    match serde_json::from_value(request.params) {
        Ok(params) => Response::new_ok(request.id, result(params)),
        Err(error) => Response::new_err(request.id, ErrorCode::InvalidParams as i32, error.to_string()),
    }
}

/// What to publish because of it. Nothing can be said about a notification that is not understood.
fn heed(documents: &mut Documents<'_>, notification: Notification) -> Option<PublishDiagnosticsParams> {
    let Notification { method, params } = notification;
    match method.as_str() {
        DidOpenTextDocument::METHOD => {
            let document = serde_json::from_value::<DidOpenTextDocumentParams>(params).ok()?.text_document;
            Some(documents.set(document.uri, document.version, &document.text))
        }
        DidChangeTextDocument::METHOD => {
            let mut change: DidChangeTextDocumentParams = serde_json::from_value(params).ok()?;
            let text = change.content_changes.pop()?.text;
            Some(documents.set(change.text_document.uri, change.text_document.version, &text))
        }
        DidCloseTextDocument::METHOD => {
            let closed: DidCloseTextDocumentParams = serde_json::from_value(params).ok()?;
            Some(documents.close(closed.text_document.uri))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
