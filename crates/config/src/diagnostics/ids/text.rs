//! V00xx: Text.

use super::{Id, Severity};

ids! {
FILE_TOO_LARGE "V0001" Error "file too large"
    "A configuration file may have at most 4 GiB less two bytes; the rest is not read."
    remedy "Split the configuration, or name the right file.";
NUL_BYTE "V0002" Error "NUL byte"
    "A text file contains no NUL bytes. The file may be binary, damaged, or UTF-16. The line is ignored."
    remedy "Remove the bytes; if the file is UTF-16, save it as UTF-8."
    example b"global_defs {
    router_id a\0b
}
";
NOT_UTF8_TEXT "V0003" Error "not UTF-8"
    "Outside comments the file must be UTF-8 (or plain ASCII). Convert it, for example with iconv. The line is ignored."
    remedy "Convert the file, for example with `iconv -f latin1 -t utf8`."
    example b"global_defs {
    router_id caf\xe9
}
";
UNTERMINATED_QUOTE "V0004" Error "unterminated quote"
    "A quoted word ends on the line on which it begins. In ordinary lines a backslash does not escape a quote."
    remedy "Close the quote on the same line."
    example b"global_defs {
    router_id \"server one
}
";
COMMENT_IN_WORD "V0006" Hint "comment attached to a word"
    "`#` and `!` begin a comment anywhere, also in the middle of what was meant as one word, such as a password."
    remedy "Put a blank before a comment; write `\\#` or `\\!` for a sign that belongs to the word."
    example b"global_defs {
    router_id site#1
}
";
NOT_TEXT "V0007" Error "not a text file"
    "The file is a program, an archive or something else that nobody wrote as a configuration. Nothing of it is read."
    remedy "Name the configuration itself. If it is UTF-16, save it as UTF-8."
    example b"\x7fELF";
LINE_TOO_LONG "V0008" Error "line too long"
    "No line of a configuration has more than 64 KiB. The line is ignored."
    remedy "Break the line; if this is not a configuration file, name the right one.";
LONG_LINE "V0009" Warning "line longer than keepalived reads"
    "keepalived ignores lines of more than 1023 bytes. vipd reads them, so that the two would do different things."
    remedy "Write each word of a list on a line of its own.";
INCLUDE_MISSING "V0010" Warning "included file does not exist"
    "Nothing has the name that an include line gives. With `include_check`, or a variant of `include` that asks for it, this is an error."
    remedy "Create the file, correct its name, or remove the line.";
INCLUDE_UNREADABLE "V0011" Warning "included file cannot be read"
    "What an include line names is there and cannot be read as a file; it is skipped. With `include_check readable` or `includer` this is an error."
    remedy "Give the user that reads the configuration access, or name files only.";
INCLUDE_LOOP "V0012" Error "files include each other"
    "A file includes itself, perhaps by way of others, or files are nested without end. The line that closes the loop is ignored."
    remedy "Remove one of the lines that are shown.";
BAD_INCLUDE "V0013" Error "include not usable"
    "`include` needs one file name, and its line is looked for before conditions and parameters: it can neither stand behind `@ID` nor come out of a parameter."
    remedy "Write `include FILE` on a line of its own."
    example b"$FILE=more.conf
include
";
BAD_GENERATOR "V0014" Error "~SEQ or ~LST not usable"
    "The parentheses do not have the form that the generator needs. The line is ignored."
    remedy "Write ~SEQ(NAME, START, STEP, END) LINE or ~LST(NAME, VALUE, VALUE) LINE."
    example b"~SEQ(N, 1, -1, 3) router_id ${N}
";
BAD_REFERENCE "V0015" Error "reference not usable"
    "A parameter has other words behind its name than it takes, or there is no such environment variable."
    remedy "Correct the words, or set the variable where the daemon is started."
    example b"global_defs {
    router_id lb-${_RANDOM 9 1}
}
";
ENDLESS "V0016" Error "definition without end"
    "Replacing parameters on this line would go on forever, because a definition refers to itself. The line is ignored."
    remedy "Take the reference out of the definition."
    example b"$NAME=lb-${NAME}
global_defs {
    router_id ${NAME}
}
";
TOO_MUCH "V0017" Error "too many generated lines"
    "Parameters and generators stand for more text than any configuration needs. What follows is not expanded."
    remedy "Let ~SEQ count less far, or nest fewer of them.";
}
