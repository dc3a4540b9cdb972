//! What is not a keyword: comments, conditions, parameters, generated lines, and the common kinds of values.

use super::Keyword;

/// The constructs of the language below its keywords, for the reference.
pub static LANGUAGE: &[&Keyword] = &[
    &Keyword::later("#", "TEXT")
        .doc("A comment, to the end of the line, outside double quotes. \\# is the character itself."),
    &Keyword::later("!", "TEXT")
        .doc("A comment, to the end of the line, outside double quotes. \\! is the character itself."),
    &Keyword::later("{ }", "").doc(
        "The braces of a block. They may share a line with other words or stand alone, must be \
          balanced, and are ordinary characters within double quotes.",
    ),
    &Keyword::later("\"...\"", "").doc(
        "One word with blanks, braces or comment characters in it. On ordinary lines only \
          double quotes; in commands and patterns also single ones, with the escapes of the \
          shell \\a \\b \\E \\f \\n \\r \\t \\v \\nnn \\xXX \\cC.",
    ),
    &Keyword::later("\\", "").doc("At the end of a line: the value of a definition goes on in the next one."),
    &Keyword::later("include", "GLOB").doc(
        "Reads other files in this place: a path with wildcards and alternatives in braces, \
          relative to the file that has the line. No match is no error, unless `include_check` \
          says so. Conditions and parameters do not hold on such a line.",
    ),
    &Keyword::later("includer", "GLOB")
        .doc("As `include`; a file that matches and cannot be read is an error."),
    &Keyword::later("includem", "GLOB")
        .doc("As `includer`; a name without wildcards that does not exist is an error, too."),
    &Keyword::later("includew", "GLOB").doc("As `includem`; wildcards that match nothing are an error, too."),
    &Keyword::later("includeb", "GLOB")
        .doc("As `includer`; an alternative in braces that matches nothing is an error, too."),
    &Keyword::later("includea", "GLOB")
        .doc("As `include` with all these checks: what is not there or cannot be read is an error."),
    &Keyword::later("@ID", "@word REST").doc(
        "The rest of the line is kept only if the word is the one that `-i` gives (else the \
          host name up to its first dot). One file for several machines: `@node1 priority 150`.",
    ),
    &Keyword::later("@^ID", "@^word REST").doc(
        "The rest of the line is kept only if the word is not the one that `-i` gives. Several \
          conditions may stand on one line, and all must hold.",
    ),
    &Keyword::later("$NAME=", "$NAME=VALUE").doc(
        "Defines a parameter: letters, digits and _, not beginning with a digit. Blanks after = \
          are skipped; a \\ at the end begins a value of several lines. A later definition \
          replaces it.",
    ),
    &Keyword::later("$NAME", "").doc(
        "The value of a parameter, if a blank or the end of the line follows. A name that is \
          not defined stays as it is. Values may contain parameters, which are looked up when \
          the value is used.",
    ),
    &Keyword::later("${NAME}", "").doc(
        "The value of a parameter anywhere within a word. Only the predefined ones take words \
          behind the name.",
    ),
    &Keyword::later("${_PWD}", "").doc("The directory of the file that is being read."),
    &Keyword::later("${_INSTANCE}", "").doc(
        "The word that `@ID` lines are compared with: what `-i` says, else the host name up to \
          its first dot.",
    ),
    &Keyword::later("${_RANDOM}", "[MIN [MAX]]").doc(
        "A number by chance, from MIN to MAX inclusive, otherwise from 0 to 32767. \
          `random_seed` makes it the same each time.",
    ),
    &Keyword::later("${_ENV}", "VAR").doc(
        "The value of an environment variable of the process that reads the file; `${_ENV \
          HOME}`.",
    ),
    &Keyword::later("${_HASH}", "").doc("The character #, where it would begin a comment."),
    &Keyword::later("${_BANG}", "").doc("The character !, where it would begin a comment."),
    &Keyword::later("~SEQ", "~SEQ(VAR, [START,] [STEP,] END) REST").doc(
        "Repeats the rest of the line for each number, as the value of $VAR. One number is the \
          end (from 1), two are start and end, three are start, step and end; numbers may be \
          hexadecimal (0x10). Several on a line make every combination.",
    ),
    &Keyword::later("~SEQx", "~SEQx(...)").doc(
        "As `~SEQ`, but the value is written in hexadecimal, as parts of IPv6 addresses need \
          it. No negative numbers.",
    ),
    &Keyword::later("~LST", "~LST(VAR, V1, V2...) REST | ~LST({A,B}, {1,2},{3,4}) REST").doc(
        "Repeats the rest of the line for each value, or, with names and values in braces, for \
          each group of values.",
    ),
    &Keyword::later("<BOOL>", "on|true|yes|off|false|no").doc(
        "What a switch takes, in lower case: on, true and yes, or off, false and no. A switch \
          without a word is on.",
    ),
    &Keyword::later("<TIMER>", "SECONDS").doc(
        "Seconds with at most six decimals, fewer where the resolution is lower; more are \
          reported and dropped.",
    ),
    &Keyword::later("(line length)", "").doc(
        "keepalived ignores what is longer than 1023 characters in a line; vipd reads it and \
          says so. Lines with a NUL byte are errors; a carriage return at the end of a line is \
          not part of it.",
    ),
    &Keyword::later("(unknown keyword)", "").doc(
        "A line that begins with an unknown word is reported with the keyword that was probably \
          meant, and ignored; reading goes on. A missing argument of a known keyword is an \
          error.",
    ),
];
