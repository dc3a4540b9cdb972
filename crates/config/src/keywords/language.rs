//! What is not a keyword: comments, conditions, parameters, generated lines, and the common kinds of values.

use super::Keyword;

/// The constructs of the language below its keywords, for the reference.
pub static LANGUAGE: &[&Keyword] = &[
&Keyword::later("#", "TEXT").doc("Comment to the end of the line, outside double quotes; \\# is a literal."),
&Keyword::later("!", "TEXT").doc("Comment to the end of the line, outside double quotes; \\! is a literal."),
&Keyword::later("{ }", "").doc("Block delimiters; may share a line with other words; must be balanced; not recognised inside double quotes."),
&Keyword::later("\"...\"", "").doc("Quoted word. Ordinary lines: double quotes only. Script/regex arguments: ' and \" with shell-like escapes \\a \\b \\E \\f \\n \\r \\t \\v \\nnn \\xXX \\cC."),
&Keyword::later("\\", "").doc("At the end of a line: the value of a definition goes on in the next one."),
&Keyword::later("include", "GLOB").doc("Detected before conditionals and substitution; relative to including file; cwd follows the file while reading."),
&Keyword::later("includer", "GLOB").doc("As include, plus error if a match is unreadable."),
&Keyword::later("includem", "GLOB").doc("As includer, plus error if a non-wildcard name is missing."),
&Keyword::later("includew", "GLOB").doc("As includem, plus error if a wildcard matches nothing."),
&Keyword::later("includeb", "GLOB").doc("As includer, plus error if a brace alternative is missing."),
&Keyword::later("includea", "GLOB").doc("All checks."),
&Keyword::later("@ID", "@word REST").doc("Line kept only if word equals config-id (exact, whole word)."),
&Keyword::later("@^ID", "@^word REST").doc("Line kept only if word differs from config-id; may be nested on one line."),
&Keyword::later("$NAME=", "$NAME=VALUE").doc("Definition; names [A-Za-z_][A-Za-z0-9_]*; blanks after = are skipped; a \\ at the end begins a value of several lines; redefinition replaces."),
&Keyword::later("$NAME", "").doc("Reference followed by white space or end of line; undefined names are left as is; recursive, evaluated at use."),
&Keyword::later("${NAME}", "").doc("Reference with braces."),
&Keyword::later("${_PWD}", "").doc("Directory of the file being read."),
&Keyword::later("${_INSTANCE}", "").doc("The word that `@ID` lines are compared with: what -i says, else the name of the host up to its first dot."),
&Keyword::later("${_RANDOM}", "[MIN [MAX]]").doc("Inclusive; random_seed makes it repeatable."),
&Keyword::later("${_ENV}", "VAR").doc("Exactly one parameter; environment variable."),
&Keyword::later("${_HASH}", "").doc("The character #, where it would begin a comment."),
&Keyword::later("${_BANG}", "").doc("The character !, where it would begin a comment."),
&Keyword::later("~SEQ", "~SEQ(VAR, [START,] [STEP,] END) REST").doc("Repeats REST; one number = end, two = start,end, three = start,step,end; numbers may be 0x hex; several per line nest."),
&Keyword::later("~SEQx", "~SEQx(...)").doc("Value printed in hexadecimal; non-negative only."),
&Keyword::later("~LST", "~LST(VAR, V1, V2...) REST | ~LST({A,B}, {1,2},{3,4}) REST").doc("Repeats REST for each value or tuple."),
&Keyword::later("<BOOL>", "on|true|yes|off|false|no").doc("Lower case only."),
&Keyword::later("<TIMER>", "SECONDS").doc("Decimal, with at most 6 places (fewer where resolution is lower); extra decimals are reported."),
&Keyword::later("(line length)", "").doc("Longer input lines are reported and ignored; lines with embedded NUL are ignored; CR LF accepted."),
&Keyword::later("(unknown keyword)", "").doc("Reported, line ignored, parsing continues; a missing argument of a known keyword is an error."),
];
