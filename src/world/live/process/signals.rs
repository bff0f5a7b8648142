//! Signals that end programs, in words.

/// `SIGXCPU`, with what it means where that helps.
pub(super) fn words(signal: i32) -> String {
    let known = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL, which the system also sends when memory runs out",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU: more CPU time than `ulimit -t` allows",
        25 => "SIGXFSZ: a larger file than `ulimit -f` allows",
        31 => "SIGSYS",
        other => return format!("signal {other}"),
    };
    known.to_owned()
}
