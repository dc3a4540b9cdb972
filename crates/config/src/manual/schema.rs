//! What `vipd show-config --json` prints, for programs: JSON Schema 2020-12, from the types themselves.

use schemars::generate::SchemaSettings;

use crate::Model;

/// The schema of a [`Model`] as JSON.
pub fn schema() -> Result<String, serde_json::Error> {
    let mut schema =
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Model>();
    schema.insert("title".to_owned(), "vipd show-config --json".into());
    serde_json::to_string_pretty(&schema).map(|text| text + "\n")
}
