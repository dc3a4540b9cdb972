//! The table of what RFC 5880 demands names tests that exist.

const LIB: &str = include_str!("../src/lib.rs");
const FILES: [(&str, &str); 4] = [
    ("transitions", include_str!("transitions.rs")),
    ("timing", include_str!("timing.rs")),
    ("properties", include_str!("properties.rs")),
    ("wire", include_str!("../../wire/src/bfd/tests.rs")),
];

#[test]
fn every_named_test_exists() {
    let rows = LIB.lines().filter(|line| line.starts_with("//! | ") && line.contains("::"));
    let names: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let found = name.split_once("::").is_some_and(|(file, test)| {
            let definition = format!("fn {test}(");
            FILES.iter().any(|(known, text)| *known == file && text.contains(&definition))
        });
        assert!(found, "there is no test {name}");
    }
}
