//! The number in a tracked file (keepalived.conf(5), track_file).

/// The number that a file begins with; 0 for an empty or missing file. `None`: something else is in it.
pub fn read_value(text: Option<&str>) -> Option<i64> {
    let text = text.unwrap_or_default().trim_start();
    if text.is_empty() {
        return Some(0);
    }
    let sign = usize::from(text.starts_with(['-', '+']));
    let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
    let number = &text[..sign + digits];
    match number.parse::<i64>() {
        Ok(value) => Some(value),
        // Too large for anything that could be done with it.
        Err(_) if digits > 0 => Some(if number.starts_with('-') { i64::MIN } else { i64::MAX }),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says() {
        for (text, value) in [
            (None, Some(0)),
            (Some(""), Some(0)),
            (Some("\n"), Some(0)),
            (Some("5\n"), Some(5)),
            (Some(" -7 rest"), Some(-7)),
            (Some("+12"), Some(12)),
            (Some("99999999999999999999"), Some(i64::MAX)),
            (Some("-99999999999999999999"), Some(i64::MIN)),
            (Some("x"), None),
            (Some("-"), None),
        ] {
            assert_eq!(read_value(text), value, "{text:?}");
        }
    }
}
