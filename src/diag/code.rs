//! Every finding has a stable code. One table: the name the program uses, the code, and what it means in a paragraph.

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal;)*) => {
        $($(#[doc = $doc])* pub const $name: &str = $code;)*

        /// All codes in order, each with its explanation.
        pub const ALL: &[(&str, &str)] = &[$(($code, concat!($($doc, "\n"),*)),)*];
    };
}

codes! {
    /// The file cannot be opened or read: it is missing, is a folder, or its permissions forbid it.
    UNREADABLE = "LB0101";
    /// The file is not UTF-8 text. Save it as UTF-8.
    NOT_UTF8 = "LB0102";
    /// The file is larger than a runbook may be (1 MiB). It is not read further than that.
    TOO_LARGE = "LB0103";
    /// The file is empty, or holds nothing but comments.
    EMPTY = "LB0104";
    /// The file is not YAML. The place is where the reader gave up; the cause is often a line above it.
    YAML_SYNTAX = "LB0105";
    /// A key stands twice in one mapping. YAML readers disagree on which of the two counts, so neither does.
    DUPLICATE_KEY = "LB0106";
    /// The document is nested too deeply, has too many values, or its aliases expand to too much.
    TOO_COMPLEX = "LB0107";
    /// The document is not a mapping at its top level, or the file holds more than one document.
    NOT_A_RUNBOOK = "LB0108";
    /// YAML that lifeboat does not take: a tag, a key that is not a name, a merge of something that is not a mapping.
    UNSUPPORTED_YAML = "LB0109";
    /// There are more findings than anybody reads. Mend the first ones and look again.
    TOO_MANY = "LB0110";
    /// A number that begins with a zero. Readers of YAML 1.1 take it for octal, those of YAML 1.2 for decimal, and a text such as an account
    /// id or a postal code loses the zero in both. Write the number without the zero, or the text in quotes. Where a text is wanted, as in `argv`
    /// or `env`, it is taken as it is written.
    LEADING_ZERO = "LB0111";

    /// The key is not known here. Unknown keys are errors, because a misspelt key would otherwise be ignored in silence.
    UNKNOWN_KEY = "LB0201";
    /// A key that must be there is missing.
    MISSING_KEY = "LB0202";
    /// The value has the wrong type: a list where one text is wanted, a number where a mapping is wanted.
    WRONG_TYPE = "LB0203";
    /// Ids and names are snake_case: a lower-case letter, then lower-case letters, digits and underscores. They stand in
    /// expressions, where a dash would be a minus.
    BAD_ID = "LB0204";
    /// Durations are written `90s`, `5m`, `1h30m`; the units are `ms`, `s`, `m`, `h` and `d`.
    BAD_DURATION = "LB0205";
    /// The value is not one of the words allowed here.
    NOT_ALLOWED = "LB0206";
    /// The file is written for another version of the runbook format.
    VERSION = "LB0207";
    /// A number is outside of its bounds.
    OUT_OF_RANGE = "LB0209";
    /// An account id without quotes loses its leading zero in YAML. Account ids are text: write them in quotes.
    UNQUOTED_ID = "LB0210";
    /// A text that must say something is empty.
    BLANK = "LB0211";

    /// There is no action of this name in the catalogue. `lifeboat actions` lists them.
    UNKNOWN_ACTION = "LB0301";
    /// There is no probe of this name in the catalogue. `lifeboat probes` lists them.
    UNKNOWN_PROBE = "LB0302";
    /// `needs` names a step that is not in the file, or the step itself.
    UNKNOWN_NEED = "LB0303";
    /// Steps need each other in a circle, so none of them could ever start.
    CYCLE = "LB0304";
    /// Two steps have the same id.
    DUPLICATE_ID = "LB0305";
    /// The target is not declared under `targets`.
    UNKNOWN_TARGET = "LB0306";
    /// The action or probe goes to AWS, and neither it nor `defaults` names a target.
    NO_TARGET = "LB0307";
    /// AWS account ids have twelve digits.
    BAD_ACCOUNT = "LB0308";
    /// The text does not look like the name of an AWS region, such as `eu-west-1`.
    BAD_REGION = "LB0309";
    /// A parameter's declaration contradicts itself: a default of another type or outside of its bounds, bounds that exclude
    /// everything, bounds on a type that has none.
    BAD_PARAM = "LB0310";
    /// The value given for a parameter is not allowed by its declaration.
    BAD_PARAM_VALUE = "LB0311";
    /// A parameter without a default was given no value.
    MISSING_PARAM = "LB0312";
    /// The pattern is not a regular expression.
    BAD_PATTERN = "LB0313";
    /// A value was given for a parameter that the runbook does not declare.
    UNKNOWN_PARAM_GIVEN = "LB0314";
    /// `for_each` needs a list of texts, numbers, or mappings with a `name`, each of them once. The list is known when the plan is made:
    /// it can read `params` and `targets`, and nothing of the run.
    BAD_ITEMS = "LB0315";
    /// A secret is declared by the one place where it is read from: `{env: NAME}` or `{file: PATH}`; as the value of a parameter,
    /// `env:NAME` or `file:PATH`. A secret that is written into the file itself is one no more.
    BAD_SECRET = "LB0316";
    /// A step that runs another runbook names a file that checks clean. Keys that belong to the steps of the other runbook are not written
    /// in the step that runs it.
    BAD_RUNBOOK = "LB0317";
    /// Runbooks that run each other as steps come to an end: none runs itself, directly or through others, and they are at most eight deep.
    RUNBOOK_CIRCLE = "LB0318";
    /// `{{ … }}` is what Ansible and Jinja write; here it is a text like any other, and would be handed on as it stands. Expressions are
    /// written `${{ … }}`. Braces that are meant for another program are written as a text in an expression: `${{ "{{ params.x }}" }}`.
    BRACES = "LB0319";
    /// An expression in the key of a mapping is not filled in: only values are. Write the whole mapping as one expression, in which the keys
    /// are values, too: `weights: "${{ {params.to: 100, params.from: 0} }}"`.
    EXPRESSION_KEY = "LB0320";

    /// The role of a target is the ARN of a role, `arn:aws:iam::123456789012:role/NAME`: not its name alone, and not that of a session, which
    /// `aws sts get-caller-identity` shows.
    BAD_ROLE = "LB0330";
    /// The role of a target is of another account than the target. A run asks who it is before anything else, and would be refused.
    ROLE_ACCOUNT = "LB0331";

    /// `with` has a key that the action or probe does not take.
    WITH_UNKNOWN_KEY = "LB0401";
    /// `with` lacks a key that the action or probe must have.
    WITH_MISSING_KEY = "LB0402";
    /// A value in `with` is not what the action or probe takes: wrong type, out of range, not one of the allowed words.
    WITH_VALUE = "LB0403";

    /// The expression cannot be read.
    EXPR_SYNTAX = "LB0501";
    /// The expression uses a name that is not in scope here.
    EXPR_UNKNOWN_NAME = "LB0502";
    /// The expression reads a parameter that is not declared.
    EXPR_UNKNOWN_PARAM = "LB0503";
    /// The expression reads a step that is not in the file.
    EXPR_UNKNOWN_STEP = "LB0504";
    /// The expression reads an output, an answer or a field that is not there.
    EXPR_UNKNOWN_FIELD = "LB0505";
    /// The expression reads a step that this step does not wait for, so that it may not be done when it is read. Add it to
    /// `needs`.
    EXPR_NOT_NEEDED = "LB0506";
    /// The expression compares or combines values that do not go together, or is not a condition where one is wanted.
    EXPR_TYPE = "LB0507";
    /// The expression uses something that is not available at this place: `run` or `steps` where nothing has run yet.
    EXPR_NOT_HERE = "LB0508";
    /// The expression could not be evaluated; where it reads parameters, with the values that they have.
    EXPR_FAILED = "LB0509";
    /// A filter or a test is given what it does not take: too many arguments or too few, a name that there is not, a value that it can do
    /// nothing with. Or a secret is used for more than being put into its place: tested, compared, changed, chosen by. A step is shown and
    /// confirmed with the names of its secrets, and what is executed must be the same with the secrets in their places.
    EXPR_ARGUMENTS = "LB0510";

    /// The step asks for less confirmation than its action calls for, and does not say why. Write `confirm_reason`.
    WEAK_CONFIRM = "LB0601";
    /// A condition compares something with a word that it can never be: a parameter with a word that is not among its `values`, the
    /// state of a step with a state that there is not, `run.kind` with something other than `live`, `dry_run` and `drill`. The comparison always comes out the same, so a gate would guard nothing or a
    /// step would be skipped in silence.
    WORD_NOT_THERE = "LB0602";
    /// The `expect` can never hold, whatever the probe reads: the precondition would block for ever, the proof would never come.
    NEVER_PASSES = "LB0603";
    /// The sizes of a node group contradict each other: `min` is above `desired`, or `desired` above `max`. EKS refuses that, in the
    /// middle of the incident.
    SIZES_CONTRADICT = "LB0604";
    /// The rollback cannot itself be undone. Going back must not be a step that there is no way back from: make it a step of a
    /// failback runbook, where it is confirmed for what it is.
    ROLLBACK_IRREVERSIBLE = "LB0605";
    /// What a request does counts, not how it is sent: one whose method may change something (anything but GET, HEAD and OPTIONS) says
    /// whether it does. `reads: true` beside `probe` is the author's word that it only reads, as a search or a query does; it is then made in
    /// gates and dry runs too. `writes: true`, for a proof of `verify` only, says that it is a change: it is shown before the confirmation,
    /// recorded before it is sent, sent once, and never made in a dry run.
    REQUEST_UNSAID = "LB0611";
    /// A proof that writes is sent once, and its answer is judged. What comes true only later is read by `look`, a probe with an expectation
    /// of its own; `within`, `stable` and `every` are times of that look, and mean nothing without it.
    WRITES_ONCE = "LB0612";

    /// The parameter is declared and never used.
    UNUSED_PARAM = "LB0701";
    /// `expected` is longer than `timeout`: the step would be given up before it is usually done. A `wait` that is longer than its
    /// `timeout`, or than that of `defaults`, can never be done, which is an error.
    EXPECTED_OVER_TIMEOUT = "LB0702";
    /// The steps take longer than the recovery time objective, even when each takes only what is expected.
    RTO_TOO_SMALL = "LB0703";
    /// The failback runbook is not there.
    FAILBACK_MISSING = "LB0704";
    /// The runbook changes what cannot be changed back, and names no `failback`.
    NO_FAILBACK = "LB0705";
    /// The step cannot be undone and nothing proves that it worked. Add `verify`.
    NO_VERIFY = "LB0706";
    /// The control plane of Route 53 is in us-east-1, which is the region presumed lost here: records may not be changeable.
    /// DNS answers go on; prefer a routing control or health checks that were set up before.
    CONTROL_PLANE_IMPAIRED = "LB0707";
    /// The step's `when` can never hold, so the step is skipped in every run.
    NEVER_RUNS = "LB0708";
    /// An action or a proof goes to the region that is presumed lost. It will probably fail or hang: do the work from the other
    /// region, or let the run go on without it (`on_failure: continue`; in `expect`, `error or …`).
    IMPAIRED_TARGET = "LB0709";
    /// A precondition blocks the run until a region answers that is presumed lost. Let it warn only, or accept that the probe cannot
    /// be made (`error or …`).
    IMPAIRED_GATE = "LB0710";
    /// Neither the step nor `defaults` says when to give up. Thirty minutes are assumed, which is half of many an RTO.
    NO_TIMEOUT = "LB0711";
    /// The checks ask a service more often than it allows, or than it has anything new to say. Requests beyond the limit are throttled,
    /// for everybody who works in the account.
    POLLS_TOO_FAST = "LB0712";
    /// Two times contradict each other: a reading that is too old before the next one is taken (`fresh` under `every`), a proof that
    /// must hold longer than there is time for it (`stable` over `within`), a proof with more time than its step (`within` over
    /// `timeout`).
    TIMES_CONTRADICT = "LB0713";
    /// A step that cannot be undone is tried again by itself. lifeboat looks before each attempt and does not repeat a call that has
    /// taken effect; but why the first attempt failed is a question for a person. Remove `retry`, and decide at the screen.
    RETRY_IRREVERSIBLE = "LB0714";
    /// The step says `on_failure: roll_back`, and no step that can have been done by then has a `rollback`: nothing would happen.
    NOTHING_TO_ROLL_BACK = "LB0715";
    /// The text to type confirms nothing: it is so short that fingers type it by themselves, or the same as in another step, so that
    /// it does not say which of the two is meant. Let it be the name of what is changed.
    EMPTY_GESTURE = "LB0716";
    /// All the weights that are set are 0. If the record has no other set, Route 53 then answers with all of them alike, the region that
    /// was to be left included.
    ALL_WEIGHTS_ZERO = "LB0717";
    /// The `expect` can never fail, whatever the probe reads: it guards nothing.
    NEVER_FAILS = "LB0718";
    /// The `expect` holds when the service is well, and when nobody can tell because the probe could not be made. It proves nothing:
    /// `error or …` is for what should *not* answer.
    ERROR_PASSES = "LB0719";
    /// The `expect` reads a field before `error`. When the probe cannot be made there are no fields, and the reading is Unknown before
    /// `error` is looked at. Write `error` first.
    ERROR_TOO_LATE = "LB0720";
    /// The target is declared and nothing goes there.
    UNUSED_TARGET = "LB0721";
    /// Two steps have the same title. People tell steps apart by their titles, on the screen and on the telephone.
    DUPLICATE_TITLE = "LB0722";
    /// The file that `failback` names is not a runbook.
    FAILBACK_NOT_A_RUNBOOK = "LB0723";
    /// The runbook names itself as its failback. The way back is another one: other regions, other preconditions.
    FAILBACK_ITSELF = "LB0724";
    /// A secret is declared and never used. It would be read all the same, and without it the run would not begin.
    UNUSED_SECRET = "LB0725";
    /// A question of a `manual` step has no `example`. In a drill without a person nobody answers it, and the drill stops there; with `--answer
    /// STEP.NAME=TEXT` an answer can be given beforehand.
    NO_EXAMPLE = "LB0726";
    /// A step reads the outputs, the answers or the choice of a step that may be skipped, because that has a `when`; then there is nothing to
    /// read, and the step that reads it fails. Give it the same `when`, or say what holds instead (`| default(…)`). A `when` on
    /// `steps.ID.state == "succeeded"` does it, too.
    READS_SKIPPED = "LB0727";
    /// While the parameters have their defaults an expression gives no value, so that the runbook can be run with other values only. Change
    /// the default, or have none.
    DEFAULT_FAILS = "LB0728";
    /// The file that `world` names is not there, so that a drill needs `--world`.
    WORLD_MISSING = "LB0731";
    /// A command has what only a shell understands: `$HOME`, `$(date)`, `a | b`, a line that is one text. No shell reads `argv`: each item is
    /// handed to the program as it is. Let a shell read it: `argv: [sh, -c, "a | b"]`.
    NO_SHELL = "LB0732";
    /// What an operator is to read holds a secret. Secrets are hidden on every screen and in every record: nobody would see it.
    SECRET_SHOWN = "LB0733";
    /// A runbook that is run as a step has `objectives` or names the region presumed lost, and the one that runs it does not: nobody counts
    /// the time, and nothing is known of that region. Say it in the outer one, too.
    NESTED_HEAD = "LB0740";

    /// The text has the form of a region, and is none that lifeboat knows: it is misspelt, or newer than this lifeboat, which then works all the
    /// same.
    UNKNOWN_REGION = "LB0750";
    /// Something is changed under a target that names no `account`. Whose credentials the run has is then all that decides what is changed; with
    /// `account` a run in another one is refused before it begins.
    NO_ACCOUNT = "LB0751";
    /// The runbook states an RPO, and no precondition and no proof reads how old the data is. The run would give up hours of writes without a
    /// question.
    RPO_UNGUARDED = "LB0752";
    /// The credentials of a target are had from the region that is presumed lost, as this machine's AWS configuration says: a session of IAM
    /// Identity Center, a login or a role that is renewed there. What they are now may be good for a while; the first renewal fails, in the
    /// middle of the run. Have another way in: a profile of another region, or the emergency access that AWS recommends for this.
    LOST_WAY_IN = "LB0753";
    /// The world that the runbook is rehearsed in has nothing of what a step or a check asks for: no such program, address, metric or resource.
    /// A drill would fail there, or wait in vain.
    NOT_IN_WORLD = "LB0760";
    /// A program of AWS, or one that mostly goes there, gets no credentials of AWS: it acts as the target of its step says, the step has none,
    /// and what the shell has is not handed on. Name the target.
    PROGRAM_WITHOUT_TARGET = "LB0761";
    /// A program gets the credentials of its target's role as they are when it begins. Nobody renews them while it runs, and the session of a
    /// role ends after an hour.
    PROGRAM_OUTLIVES = "LB0762";

    /// The world file cannot be read: it is missing, empty, a folder, too large, or no UTF-8 text.
    WORLD_UNREADABLE = "LB0801";
    /// The world file is not YAML, or has a key or a value that worlds do not have. The reader stops at the first one.
    WORLD_FORM = "LB0802";
    /// What the world file says contradicts itself: a name that nothing has, sizes that exclude each other, a fault that ends before it
    /// begins.
    WORLD_SENSE = "LB0803";
}

/// What a code means, in a paragraph; `None` when there is no such code. Upper or lower case.
pub fn explain(code: &str) -> Option<String> {
    let (_, text) = ALL.iter().find(|(known, _)| known.eq_ignore_ascii_case(code))?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_explained() {
        assert!(ALL.windows(2).all(|pair| pair[0].0 < pair[1].0), "codes must rise");
        assert!(ALL.iter().all(|(_, text)| text.trim().len() > 20));
        assert!(explain("lb0106").unwrap().starts_with("A key stands twice"));
        assert_eq!(explain("LB9999"), None);
    }
}
