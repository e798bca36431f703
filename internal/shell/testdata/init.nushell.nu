# The function cameo. Nushell evaluates no text, so the program answers with a
# record, and the function loads it.
def --env --wrapped cameo [...words: string] {
    if (_cameo_read $words).kind == plain {
        with-env (_cameo_call) { ^"/opt/it's cameo" ...$words }
    } else {
        _cameo_run $words
    }
}

# Reads the arguments: the kind (plain, alone: an exit that needs no program,
# shell), how many roles are left, and quiet.
def _cameo_read [words: list<string>] {
    let flags = ($words | take until {|word| $word == "--" })
    if ($flags | any {|word| $word in ["-h" "--help" "--version"] }) { return {kind: plain, how: all, quiet: false} }
    let quiet = ("-q" in $flags)
    mut verb = ""
    mut skip = false
    mut rest = $words
    for word in $flags {
        $rest = ($rest | skip 1)
        if $skip { $skip = false; continue }
        if $word in [--config --color --duration --session-name --reason --region --source --mfa-code --confirm --policy --policy-arn --tag --source-identity] { $skip = true; continue }
        if ($word starts-with "-") and $word != "-" { continue }
        $verb = $word
        break
    }
    if $verb in [exec shell export credential-process console profiles explain add edit remove wire unwire share sync login logout keys mfa history admin init doctor config demo sandbox version completion man status help __complete __completeNoDesc] { return {kind: plain, how: all, quiet: $quiet} }
    if $verb == refresh { return {kind: shell, how: innermost, quiet: $quiet} }
    if $verb == exit {
        let how = (if "--one" in $rest { "innermost" } else { "all" })
        let alone = ($rest | all {|word| $word in ["--one" "-q" "--no-input" "--debug" "--accessible"] })
        return {kind: (if $alone { "alone" } else { "shell" }), how: $how, quiet: $quiet}
    }
    let chained = ($flags | any {|word| $word in ["--chain" "--chain=true"] })
    {kind: shell, how: (if $chained { "none" } else { "all" }), quiet: $quiet}
}

# What the program is told of this shell.
def _cameo_call [] {
    let frames = ($env._cameo_frames? | default [])
    {
        CAMEO_STACK: (if ($frames | is-empty) { "" } else { $frames | first | get stack })
        CAMEO_BASE: ($env._cameo_base?.text? | default "")
        CAMEO_CALLER: ($nu.pid | into string)
    }
}

# What leaving roles means: the variables to set and to unset, the names that were
# changed by hand and stay, what to say, and the frames of the roles that remain.
def _cameo_way_home [how: string] {
    let frames = ($env._cameo_frames? | default [])
    let count = (match $how { "none" => 0, "innermost" => 1, _ => ($frames | length) })
    let here = $env
    let start = {now: {}, changed: []}
    let end = ($frames | first $count | get undo | flatten | reduce --fold $start {|one, so_far|
        let value = (if $one.name in $so_far.now { $so_far.now | get $one.name } else if $one.name in $here { $here | get $one.name })
        if $one.ours or (_cameo_same $value $one.made) {
            {now: ($so_far.now | upsert $one.name $one.was), changed: $so_far.changed}
        } else {
            {now: $so_far.now, changed: ($so_far.changed | append $one.name)}
        }
    })
    let pairs = ($end.now | transpose name value)
    {
        set: ($pairs | where value != null | reduce --fold {} {|one, all| $all | upsert $one.name $one.value })
        unset: ($pairs | where value == null | each {|one| $one.name })
        changed: ($end.changed | uniq)
        say: (if $count == 0 or ($frames | is-empty) { "" } else { $frames | first $count | last | get left })
        frames: ($frames | skip $count)
    }
}

def _cameo_same [one: any, other: any] {
    ($one | describe) == ($other | describe) and $one == $other
}

# Changes the environment, in one step: nushell (0.115) forgets that a variable was
# hidden where a function has called another that changes the environment before.
def --env _cameo_become [home: record, unset: list<string>, set: record, frames: list] {
    hide-env --ignore-errors ...$home.unset _cameo_frames
    load-env $home.set
    hide-env --ignore-errors ...$unset
    load-env $set
    if ($frames | is-not-empty) { $env._cameo_frames = $frames }
}

def _cameo_farewell [home: record, quiet: bool] {
    for name in $home.changed { print --stderr $"cameo: ($name) was changed in this shell: left as it is" }
    if not $quiet and $home.say != "" { print --stderr $home.say }
}

# Runs a verb that may change the shell. The program gets home's environment in a
# block of its own.
def --env _cameo_run [words: list<string>] {
    let input = $in
    let plan = (_cameo_read $words)
    if $plan.kind == alone and ($env._cameo_frames? | is-not-empty) {
        let home = (_cameo_way_home $plan.how)
        let call = (_cameo_call)
        _cameo_become $home [] {} $home.frames
        _cameo_farewell $home $plan.quiet
        # For its history; the program may be gone.
        try { with-env $call { ^"/opt/it's cameo" exit --left | complete | ignore } }
        return
    }
    let terminal = (_cameo_terminal)
    let home = (_cameo_way_home $plan.how)
    let call = (_cameo_call)
    let text = (try {
        do {
            hide-env --ignore-errors ...$home.unset
            load-env $home.set
            load-env $call
            if $input == null { ^"/opt/it's cameo" --emit nushell ...$words } else { $input | ^"/opt/it's cameo" --emit nushell ...$words }
        }
    } catch {|failure|
        _cameo_repair ($failure.exit_code? | default 1) $terminal
        $failure.raw
    })
    let answer = (try { $text | from json } catch { null })
    if $answer.end? != "# cameo:end" {
        _cameo_repair 255 $terminal
        error make --unspanned {msg: "cameo: the answer of the program is not complete: nothing was changed"}
    }
    _cameo_take $answer $plan.quiet
}

# Does what a complete answer says: everything or nothing.
def --env _cameo_take [answer: record, quiet: bool] {
    let names = ($answer.unset | append ($answer.set | columns))
    for name in $names {
        if $name in $env and ($env | get $name | describe) != string {
            error make --unspanned {msg: $"cameo: ($name) is a list, an integer or the like in this shell: nothing was changed"}
        }
    }
    let home = (_cameo_way_home $answer.leave)
    let set = (if $answer.frame == null { $answer.set } else { $answer.set | insert CAMEO_SHELL ($nu.pid | into string) })
    let frames = (if $answer.frame == null { $home.frames } else { $home.frames | prepend $answer.frame })
    _cameo_become $home $answer.unset $set $frames
    if $answer.frame == null { _cameo_farewell $home $quiet }
    if $answer.say != "" { print --stderr $answer.say }
}

# The terminal's modes, where there are some that can be put back.
def _cameo_terminal [] {
    if $nu.os-info.name == windows { return "" }
    (^sh -c 'exec stty -g </dev/tty' | complete).stdout | str trim
}

# Puts the terminal in order after something that looks like a death; 2 is what a
# crash of the program ends with, and a wrong command line: nothing that the program
# printed is there after a failure, so nobody can say which it was.
def _cameo_repair [code: int, terminal: string] {
    if $terminal == "" or ($code > 0 and $code <= 128 and $code != 2) or $code == 130 { return }
    ^sh -c 'stty "$1" </dev/tty
        printf "\0337\033[?1049l\033[?25h\033[?2004l\033[<u\033[>4;0m\033[?1000l\033[?1002l\033[?1003l\033[?1004l\033[?1006l\033[?1007r\033[0m\033[G\033[J" >/dev/tty' sh $terminal
        | complete | ignore
}

# The subshell of `cameo shell` takes the mark with which it was born: it is this
# shell's alone. A record is not exported.
if $env.CAMEO_SUBSHELL? == new {
    $env.CAMEO_SUBSHELL = ($nu.pid | into string)
    $env._cameo_base = {text: ($env.CAMEO_BASE? | default "")}
    hide-env --ignore-errors CAMEO_BASE
}

# The second name.
def --env --wrapped cm [...words: string] { cameo ...$words }

$env.config.keybindings = ($env.config.keybindings | append {
    name: cameo, modifier: control, keycode: char_g, mode: [emacs vi_normal vi_insert]
    event: {send: executehostcommand, cmd: "cameo switch"}
})

# Says the end of the role: five minutes before, and when it has come, once each.
def --env _cameo_warn [] {
    let ends = (try { $env.CAMEO_EXPIRES | into datetime } catch { return })
    let left = ($ends - (date now))
    let said = ($env._cameo_warned?.text? | default "")
    if $said == $"($env.CAMEO_EXPIRES) ended" or $left > 5min { return }
    let shown = ($env.CAMEO_PROMPT? | default "" | parse --regex '^\[(?:!!PROD |STG |DEV |SBX )?(?<who>.*) till(?<when> .*)\]$')
    let who = (if ($shown | is-empty) { $env.CAMEO_ROLE? | default "" } else { $shown.0.who } | str replace --all --regex '[[:cntrl:]]' '')
    let when = (if ($shown | is-empty) { "" } else { $shown.0.when })
    if $left <= 0sec {
        $env._cameo_warned = {text: $"($env.CAMEO_EXPIRES) ended"}
        print --stderr $"cameo: ($who) ended($when). Run: cameo refresh  or  cameo exit"
    } else if $said != $"($env.CAMEO_EXPIRES) soon" {
        $env._cameo_warned = {text: $"($env.CAMEO_EXPIRES) soon"}
        print --stderr $"cameo: ($who) ends($when), in ($left / 1min | math ceil) min. Run: cameo refresh"
    }
}

# The prompt of before, with CAMEO_PROMPT in front. A record is not exported.
if $env._cameo_other_prompt? == null {
    $env._cameo_other_prompt = {of: ($env.PROMPT_COMMAND? | default "")}
    $env.PROMPT_COMMAND = {||
        let other = $env._cameo_other_prompt.of
        let text = (if ($other | describe) == closure { do $other } else { $other })
        if ($env.CAMEO_PROMPT? | default "") == "" { $text } else { $"($env.CAMEO_PROMPT) ($text)" }
    }
    $env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | append {|| _cameo_warn })
}
