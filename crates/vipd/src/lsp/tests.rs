//! A conversation with the server, as an editor has it.

use std::thread;

use lsp_server::{Connection, Message, Notification, Request};
use serde_json::{Value, json};

use super::serve;

const TEXT: &str = "\
vrrp_script web {
    script /bin/true
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    prioritty 100
    track_script {
        web
    }
}
";
/// Another conversation's, with something old in it.
const OLD: &str = "$PRIO=100\nglobal_defs {\n    lvs_id x\n}\ninclude scripts.conf\nvrrp_instance V {\n    \
interface eth0\n    virtual_router_id 51\n    priority ${PRIO}\n    track_script {\n        web\n    }\n}\n";
const URI: &str = "file:///etc/keepalived/none.conf";

struct Editor {
    connection: Connection,
    last_id: i32,
}

impl Editor {
    fn tell(&self, method: &str, params: Value) {
        self.connection.sender.send(Notification::new(method.to_owned(), params).into()).unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let request = Request::new(self.last_id.into(), method.to_owned(), params);
        self.connection.sender.send(request.into()).unwrap();
        serde_json::to_value(self.connection.receiver.recv().unwrap()).unwrap()
    }

    fn ask_at(&mut self, method: &str, line: u32, character: u32) -> Value {
        let place = json!({"textDocument": {"uri": URI}, "position": {"line": line, "character": character}});
        self.ask(method, place)["result"].clone()
    }

    fn told(&self) -> Value {
        match self.connection.receiver.recv().unwrap() {
            Message::Notification(notification) => notification.params,
            other @ (Message::Request(_) | Message::Response(_)) => panic!("{other:?}"),
        }
    }
}

/// A server in a thread of its own with this text open, and what is asked of it.
fn converse(uri: &str, text: &str, files: Option<&'static OneFile>, ask: impl FnOnce(&mut Editor)) {
    let (ours, theirs) = Connection::memory();
    let server = thread::spawn(move || {
        let files = files.map(|files| files as &dyn config::Files);
        let options = config::Options { files, ..config::Options::of("node") };
        serve(&ours, options).map_err(|e| e.to_string())
    });
    let mut editor = Editor { connection: theirs, last_id: 0 };
    editor.ask("initialize", json!({"capabilities": {}}));
    editor.tell("initialized", json!({}));
    let document = json!({"uri": uri, "languageId": "keepalived", "version": 1, "text": text});
    editor.tell("textDocument/didOpen", json!({"textDocument": document}));
    ask(&mut editor);
    editor.ask("shutdown", Value::Null);
    editor.tell("exit", Value::Null);
    assert_eq!(server.join().unwrap(), Ok(()));
}

#[test]
fn safe_suggestions_are_actions() {
    converse(URI, OLD, None, |editor| {
        editor.told();
        let mut actions = |from: u32, to: u32| {
            let range = json!({"start": {"line": from, "character": 0}, "end": {"line": to, "character": 0}});
            let params =
                json!({"textDocument": {"uri": URI}, "range": range, "context": {"diagnostics": []}});
            editor.ask("textDocument/codeAction", params)["result"].clone()
        };
        let all = actions(2, 3);
        let [action] = &all.as_array().unwrap()[..] else { panic!("{all}") };
        assert_eq!(action["kind"], "quickfix");
        assert_eq!(action["diagnostics"][0]["code"], "V0303");
        let edit = json!({
            "range": {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 10}},
            "newText": "router_id",
        });
        assert_eq!(action["edit"]["changes"][URI], json!([edit]));
        assert_eq!(actions(6, 7), json!([]), "nothing old is there");
    });
}

/// One included file, wherever it is looked for.
#[derive(Debug)]
struct OneFile;

impl config::Files for OneFile {
    fn read(&self, path: &str) -> Result<Vec<u8>, config::FileError> {
        let text = b"# scripts\nvrrp_script web {\n    script /bin/true\n}\n".to_vec();
        if path.ends_with("scripts.conf") { Ok(text) } else { Err(config::FileError::NotFound) }
    }

    fn list(&self, _directory: &str) -> Result<Vec<String>, config::FileError> {
        Ok(vec!["scripts.conf".to_owned()])
    }

    fn exists(&self, path: &str) -> bool {
        path.ends_with("scripts.conf")
    }

    fn absolute(&self, directory: &str) -> String {
        directory.to_owned()
    }
}

#[test]
fn definitions_are_found_in_included_files_and_of_parameters() {
    converse(URI, OLD, Some(&OneFile), |editor| {
        let findings = editor.told()["diagnostics"].clone();
        assert!(!findings.to_string().contains("V0615"), "the script is defined: {findings}");
        let script = editor.ask_at("textDocument/definition", 10, 9);
        assert_eq!(script["uri"], "file:///etc/keepalived/scripts.conf", "{script}");
        let name = json!({"start": {"line": 1, "character": 12}, "end": {"line": 1, "character": 15}});
        assert_eq!(script["range"], name);
        let parameter = editor.ask_at("textDocument/definition", 8, 16);
        assert_eq!(parameter["uri"], URI, "{parameter}");
        assert_eq!(parameter["range"]["start"]["line"], 0, "{parameter}");
    });
}

#[test]
fn a_conversation() {
    let (ours, theirs) = Connection::memory();
    let server = thread::spawn(move || serve(&ours, config::Options::of("node")).map_err(|e| e.to_string()));
    let mut editor = Editor { connection: theirs, last_id: 0 };
    let hello = editor.ask("initialize", json!({"capabilities": {}}));
    assert_eq!(hello["result"]["capabilities"]["textDocumentSync"], 1, "{hello}");
    editor.tell("initialized", json!({}));

    let document = json!({"uri": URI, "languageId": "keepalived", "version": 1, "text": TEXT});
    editor.tell("textDocument/didOpen", json!({"textDocument": document}));
    let findings = editor.told()["diagnostics"].clone();
    let unknown = findings.as_array().unwrap().iter().find(|finding| finding["code"] == "V0101").unwrap();
    assert_eq!(unknown["severity"], 1);
    let range = json!({"start": {"line": 6, "character": 4}, "end": {"line": 6, "character": 13}});
    assert_eq!(unknown["range"], range);

    let offered = editor.ask_at("textDocument/completion", 6, 8);
    let priority = offered.as_array().unwrap().iter().find(|item| item["label"] == "priority").unwrap();
    assert_eq!(priority["textEdit"], json!({"range": range, "newText": "priority"}));
    let hover = editor.ask_at("textDocument/hover", 5, 6);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("virtual_router_id NUMBER (1 to 255)"));
    let definition = editor.ask_at("textDocument/definition", 8, 9);
    assert_eq!(definition["uri"], URI);
    assert_eq!(definition["range"]["start"], json!({"line": 0, "character": 12}));

    let text = TEXT.replace("    prioritty 100\n", "").replace("interface eth0\n", "interface eth0\n}\n");
    let change = json!({"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": text}]});
    editor.tell("textDocument/didChange", change);
    let findings = editor.told();
    assert_eq!(findings["version"], 2);
    assert!(!findings.to_string().contains("prioritty"), "{findings}");
    assert_eq!(editor.ask("textDocument/frob", json!({}))["error"]["code"], -32601);

    assert_eq!(editor.ask("shutdown", Value::Null)["result"], Value::Null);
    editor.tell("exit", Value::Null);
    assert_eq!(server.join().unwrap(), Ok(()));
}

#[test]
fn the_text_is_laid_out_as_a_whole_or_not_at_all() {
    let laid_out = |text: &str| {
        let mut edits = Value::Null;
        converse(URI, text, None, |editor| {
            editor.told();
            let options = json!({"tabSize": 4, "insertSpaces": true});
            let document = json!({"textDocument": {"uri": URI}, "options": options});
            edits = editor.ask("textDocument/formatting", document)["result"].clone();
        });
        edits
    };
    let edits = laid_out("global_defs {\nrouter_id a\n}\n");
    assert_eq!(edits[0]["newText"], "global_defs {\n    router_id a\n}\n");
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 3, "character": 0}});
    assert_eq!(edits[0]["range"], whole);
    assert_eq!(laid_out("global_defs {\n    router_id a\n}\n"), json!([]));
    assert_eq!(laid_out("global_defs {\nrouter_id a\n"), json!([]), "a brace is missing");
}
