//! The open documents, and what there is to say about each.

use std::collections::BTreeMap;

use config::assist::{self, CompletionKind};
use config::{Diagnostic, FileId, Loaded, Severity, Span};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CompletionItem, CompletionItemKind,
    CompletionParams, CompletionTextEdit, DiagnosticRelatedInformation, DiagnosticSeverity,
    DocumentFormattingParams, Documentation, GotoDefinitionParams, GotoDefinitionResponse, Hover,
    HoverContents, HoverParams, Location, MarkupContent, MarkupKind, NumberOrString,
    PublishDiagnosticsParams, TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};

use super::places;

/// What the editor has open.
pub(super) struct Documents<'a> {
    options: config::Options<'a>,
    /// By URI.
    open: BTreeMap<String, Document>,
}

struct Document {
    uri: Uri,
    loaded: Loaded,
    found: Vec<Diagnostic>,
}

impl<'a> Documents<'a> {
    pub(super) fn new(options: config::Options<'a>) -> Self {
        Self { options, open: BTreeMap::new() }
    }

    /// Takes a new text in and says what is to be found in it.
    pub(super) fn set(&mut self, uri: Uri, version: i32, text: &str) -> PublishDiagnosticsParams {
        let loaded = config::load(&places::path(uri.as_str()), text.as_bytes(), &self.options);
        let mut found = loaded.diagnostics.clone();
        found.extend(config::rules::file(&loaded));
        let document = Document { uri: uri.clone(), loaded, found };
        let findings = document.found.iter().filter_map(|finding| document.diagnostic(finding)).collect();
        self.open.insert(uri.as_str().to_owned(), document);
        PublishDiagnosticsParams::new(uri, findings, Some(version))
    }

    /// Forgets a document; its findings go with it.
    pub(super) fn close(&mut self, uri: Uri) -> PublishDiagnosticsParams {
        self.open.remove(uri.as_str());
        PublishDiagnosticsParams::new(uri, Vec::new(), None)
    }

    pub(super) fn completion(&self, params: &CompletionParams) -> Option<Vec<CompletionItem>> {
        let (document, offset) = self.place(&params.text_document_position)?;
        let all = assist::complete(&document.loaded, offset);
        Some(all.into_iter().map(|completion| document.item(completion)).collect())
    }

    pub(super) fn hover(&self, params: &HoverParams) -> Option<Hover> {
        let (document, offset) = self.place(&params.text_document_position_params)?;
        let hover = assist::hover(&document.loaded, offset)?;
        let range = places::range(document.text(), &hover.range);
        Some(Hover { contents: HoverContents::Markup(markdown(hover.text)), range: Some(range) })
    }

    pub(super) fn definition(&self, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
        let (document, offset) = self.place(&params.text_document_position_params)?;
        let span = assist::definition(&document.loaded, offset)?;
        Some(GotoDefinitionResponse::Scalar(document.location(span)?))
    }

    /// The safe suggestions within the range.
    pub(super) fn code_actions(&self, params: &CodeActionParams) -> Vec<CodeActionOrCommand> {
        let Some(document) = self.open.get(params.text_document.uri.as_str()) else { return Vec::new() };
        let asked = |diagnostic: &lsp_types::Diagnostic| {
            diagnostic.range.start <= params.range.end && params.range.start <= diagnostic.range.end
        };
        let actions = document.found.iter().filter_map(|finding| document.action(finding, asked));
        actions.map(CodeActionOrCommand::CodeAction).collect()
    }

    /// The whole text laid out, as `vipd fmt` does it; nothing if it is, or if it is not understood well enough.
    pub(super) fn formatting(&self, params: &DocumentFormattingParams) -> Vec<TextEdit> {
        let uri = params.text_document.uri.as_str();
        let Some(document) = self.open.get(uri) else { return Vec::new() };
        let text = document.text();
        let laid_out = config::fmt::format(&places::path(uri), text.as_bytes(), &self.options).ok();
        let new_text = laid_out.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|new| new != text);
        let edit = |new_text| TextEdit { range: places::range(text, &(0..text.len())), new_text };
        new_text.map(edit).into_iter().collect()
    }

    fn place(&self, at: &TextDocumentPositionParams) -> Option<(&Document, usize)> {
        let document = self.open.get(at.text_document.uri.as_str())?;
        Some((document, places::offset(document.text(), at.position)))
    }
}

impl Document {
    fn text(&self) -> &str {
        self.loaded.sources.text(FileId::MAIN)
    }

    /// In the protocol's terms. What is found in an included file is shown when that file is open.
    fn diagnostic(&self, finding: &Diagnostic) -> Option<lsp_types::Diagnostic> {
        let span = finding.span.unwrap_or(Span { file: FileId::MAIN, start: 0, end: 0 });
        if span.file != FileId::MAIN {
            return None;
        }
        let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
        let related = finding.labels.iter().filter_map(|label| {
            let location = self.location(label.span)?;
            Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
        });
        let related: Vec<_> = related.collect();
        Some(lsp_types::Diagnostic {
            range: places::range(self.text(), &span.range()),
            severity: Some(match finding.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Hint => DiagnosticSeverity::HINT,
            }),
            code: Some(NumberOrString::String(finding.id.to_string())),
            source: Some("vipd".to_owned()),
            message: format!("{}{help}", finding.message),
            related_information: (!related.is_empty()).then_some(related),
            ..lsp_types::Diagnostic::default()
        })
    }

    fn action(
        &self,
        finding: &Diagnostic,
        asked: impl Fn(&lsp_types::Diagnostic) -> bool,
    ) -> Option<CodeAction> {
        let safe = |suggestion: &&config::diagnostics::Suggestion| {
            suggestion.safe && suggestion.span.file == FileId::MAIN
        };
        let suggestion = finding.suggestion.as_ref().filter(safe)?;
        let diagnostic = self.diagnostic(finding).filter(asked)?;
        let range = places::range(self.text(), &suggestion.span.range());
        let edit = TextEdit::new(range, suggestion.replacement.clone());
        let title = finding.help.clone().unwrap_or_else(|| format!("write `{}`", suggestion.replacement));
        Some(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic]),
            edit: Some(WorkspaceEdit::new([(self.uri.clone(), vec![edit])].into_iter().collect())),
            is_preferred: Some(true),
            ..CodeAction::default()
        })
    }

    fn item(&self, completion: assist::Completion) -> CompletionItem {
        let range = places::range(self.text(), &completion.replace);
        let documentation = Documentation::MarkupContent(markdown(completion.documentation));
        CompletionItem {
            kind: Some(match completion.kind {
                CompletionKind::Keyword => CompletionItemKind::KEYWORD,
                CompletionKind::Value => CompletionItemKind::VALUE,
                CompletionKind::Name => CompletionItemKind::REFERENCE,
            }),
            detail: Some(completion.detail).filter(|detail| !detail.is_empty()),
            documentation: Some(documentation),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(range, completion.text.clone()))),
            label: completion.text,
            ..CompletionItem::default()
        }
    }

    /// `None`: an included file whose path cannot be a URI.
    fn location(&self, span: Span) -> Option<Location> {
        let sources = &self.loaded.sources;
        let uri = if span.file == FileId::MAIN {
            self.uri.clone()
        } else {
            let path = std::path::absolute(sources.name(span.file)).ok()?;
            places::uri(&path.to_string_lossy()).parse().ok()?
        };
        Some(Location::new(uri, places::range(sources.text(span.file), &span.range())))
    }
}

fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}
