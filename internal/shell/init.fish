# The function cameo.
function cameo
    set -l _cameo_plan (_cameo_read $argv)
    if test "$_cameo_plan[1]" = plain
        CAMEO_STACK="$_cameo_stack[1]" CAMEO_BASE="$_cameo_base" CAMEO_CALLER=$fish_pid command @PROGRAM@ $argv
    else
        _cameo_run $argv
    end
end

# Reads the arguments. Prints the kind (plain, alone: an exit that needs no
# program, shell), how many roles are left, and quiet.
function _cameo_read
    set -l verb
    set -l how all
    set -l quiet
    for arg in $argv
        switch $arg
            case --
                break
            case -h --help --version
                builtin echo plain
                return
            case --chain --chain=true
                set how none
            case -q
                set quiet quiet
        end
    end
    while set -q argv[1]
        switch $argv[1]
            case --
                break
            case @VALUED@
                set -e argv[1]
            case '-?*'
            case '*'
                set verb $argv[1]
        end
        set -q argv[1]; and set -e argv[1]
        set -q verb[1]; and break
    end
    set -l kind shell
    switch "$verb"
        case @PLAIN@
            set kind plain
        case refresh
            set how innermost
        case exit
            set kind alone
            set how all
            for arg in $argv
                switch $arg
                    case --one
                        set how innermost
                    case -q --no-input --debug --accessible
                    case '*'
                        set kind shell
                end
            end
    end
    builtin echo $kind
    builtin echo $how
    builtin echo $quiet
end

# Runs a verb that may change the shell. Tracing is off meanwhile. The program
# runs in a block whose local variables hide the role's: home's environment.
function _cameo_run
    set -l fish_trace
    set -l fish_read_limit 104857600
    set -l _cameo_plan (_cameo_read $argv)
    if test $_cameo_plan[1] = alone; and set -q _cameo_undo[1]
        set -l left $_cameo_stack[1]
        _cameo_leave $_cameo_plan[2] $_cameo_plan[3]
        or return
        # For its history; the program may be gone.
        command -q @PROGRAM@
        and CAMEO_STACK="$left" CAMEO_CALLER=$fish_pid command @PROGRAM@ exit --left </dev/null >/dev/null 2>&1
        return 0
    end
    set -l _cameo_tty (command sh -c 'exec stty -g </dev/tty' 2>/dev/null)
    set -l _cameo_text
    set -l _cameo_rc
    set -l _cameo_code
    switch $_cameo_plan[2]
        case all
            set _cameo_code $_cameo_shadow
        case innermost
            set _cameo_code $_cameo_shadow[1]
    end
    begin
        eval (string join \n -- $_cameo_code | string collect)
        set -l _cameo_names
        set -l _cameo_code
        for _cameo_v in @MANAGED@
            if set -q "$_cameo_v"[1]; and not set -qx $_cameo_v
                set -a _cameo_names $_cameo_v
                set -a _cameo_code "set -lx $_cameo_v \$$_cameo_v"
            end
        end
        eval (string join \n -- $_cameo_code | string collect)
        set -lx CAMEO_UNEXPORTED "$_cameo_names"
        set -lx CAMEO_STACK "$_cameo_stack[1]"
        set -lx CAMEO_BASE "$_cameo_base"
        set -lx CAMEO_CALLER $fish_pid
        command @PROGRAM@ --emit fish $argv | read --null _cameo_text
        set _cameo_rc $pipestatus[1]
    end
    if test $_cameo_rc -eq 0
        if string match -q -- '*'\n'# cameo:end'\n \n"$_cameo_text"
            eval $_cameo_text
            return
        end
        set _cameo_rc 1
        builtin printf 'cameo: the answer of the program is not complete: nothing was changed\n' >&2
    else if test $_cameo_rc -eq 2; and not string match -q -- '# cameo:terminal*' "$_cameo_text"
        return 2
    else if test $_cameo_rc -ne 2 -a $_cameo_rc -le 128 -o $_cameo_rc -eq 130
        return $_cameo_rc
    end
    if set -q _cameo_tty[1]
        command sh -c 'stty "$1" </dev/tty
            printf "\0337\033[?1049l\033[?25h\033[?2004l\033[<u\033[>4;0m\033[?1000l\033[?1002l\033[?1003l\033[?1004l\033[?1006l\033[?1007r\033[0m\033[G\033[J" >/dev/tty' sh $_cameo_tty 2>/dev/null
    end
    return $_cameo_rc
end

# Leaves roles by the undo of each: all, innermost, or none. Only the last one
# left says who one is again, and not even that one with a second argument.
function _cameo_leave
    test $argv[1] = none; and return 0
    while set -q _cameo_undo[1]
        set -l _cameo_quiet quiet
        if test $argv[1] = innermost; or not set -q _cameo_undo[2]
            set _cameo_quiet $argv[2]
        end
        eval $_cameo_undo[1]
        or return 1
        set -e _cameo_undo[1]
        set -e _cameo_shadow[1]
        set -e _cameo_stack[1]
        test $argv[1] = all; or break
    end
    if not set -q _cameo_undo[1]
        set -eg _cameo_undo
        set -eg _cameo_shadow
        set -eg _cameo_stack
    end
    return 0
end

# The subshell of `cameo shell` takes the mark with which it was born: it is this
# shell's alone.
if test "$CAMEO_SUBSHELL" = new
    set -gx CAMEO_SUBSHELL $fish_pid
    set -gu _cameo_base $CAMEO_BASE
    set -eg CAMEO_BASE
end
