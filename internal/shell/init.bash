# The function cameo. Every command word is escaped, so that no alias acts here.
function cameo {
  { \builtin local _cameo_verb= _cameo_how=all _cameo_alone= _cameo_quiet=
    _cameo_read "$@"; } 2>/dev/null
  case $_cameo_verb in
    plain) CAMEO_STACK=${_cameo_stack-} CAMEO_BASE=${_cameo_base-} CAMEO_CALLER=$$ \command @PROGRAM@ "$@" ;;
    *) _cameo_run "$@" ;;
  esac
}

# Reads the arguments: which verb, how many roles it leaves, and whether `exit`
# stands without a flag that only the program understands.
function _cameo_read {
  \builtin local _cameo_arg
  for _cameo_arg in "$@"; do
    case $_cameo_arg in
      --) \builtin break ;;
      -h | --help | --version) _cameo_verb=plain; \builtin return 0 ;;
      --chain | --chain=true) _cameo_how=none ;;
      -q) _cameo_quiet=1 ;;
    esac
  done
  while [[ $# -gt 0 ]]; do
    case $1 in
      --) \builtin break ;;
      @VALUED@) \builtin shift ;;
      -?*) ;;
      *) _cameo_verb=$1 ;;
    esac
    [[ $# -eq 0 ]] || \builtin shift
    [[ -z $_cameo_verb ]] || \builtin break
  done
  case $_cameo_verb in
    @PLAIN@) _cameo_verb=plain ;;
    refresh) _cameo_how=innermost ;;
    exit)
      _cameo_how=all _cameo_alone=1
      for _cameo_arg in "$@"; do
        case $_cameo_arg in
          --one) _cameo_how=innermost ;;
          -q | --no-input | --debug | --accessible) ;;
          *) _cameo_alone= ;;
        esac
      done ;;
  esac
  \builtin return 0
}

# Runs a verb that may change the shell. The options that would trace a secret,
# export a helper variable or end the shell half-way are off meanwhile. An
# interrupt would end the function before they are on again, so it has to wait: for
# the end of the outer call, where an answer called the function again.
function _cameo_run {
  { \builtin local _cameo_flags=$- _cameo_nocase=
    \builtin set +aekuvxET
    ! \builtin shopt -q nocasematch || _cameo_nocase=1
    \builtin shopt -u nocasematch; } 2>/dev/null
  \builtin local IFS=$' \t\n' _cameo_text= _cameo_rc=0 _cameo_tty= _cameo_v= _cameo_trapped=
  if [[ -n $_cameo_alone && -n ${_cameo_undo+x} ]]; then
    _cameo_text=${_cameo_stack-}
    _cameo_leave "$_cameo_how"
    _cameo_rc=$?
    [[ $_cameo_rc -ne 0 ]] || _cameo_keep_exit
  else
    if [[ -z $(\builtin trap -p INT) ]]; then
      \builtin local _cameo_interrupt=
      _cameo_trapped=1
      \builtin trap '_cameo_interrupt=1' INT
    fi
    { _cameo_tty=$(\command stty -g </dev/tty); } 2>/dev/null
    _cameo_text=$(
      _cameo_frame=${_cameo_stack-}
      _cameo_leave "$_cameo_how" 2>/dev/null
      _cameo_hand_over
      \builtin exec @PROGRAM@ --emit bash "$@"
    )
    _cameo_rc=$?
    _cameo_take
    [[ -z $_cameo_trapped ]] || \builtin trap - INT
  fi
  { [[ -z $_cameo_nocase ]] || \builtin shopt -s nocasematch
    case $_cameo_flags in *a*) \builtin set -a ;; esac
    case $_cameo_flags in *k*) \builtin set -k ;; esac
    case $_cameo_flags in *u*) \builtin set -u ;; esac
    case $_cameo_flags in *E*) \builtin set -E ;; esac
    case $_cameo_flags in *T*) \builtin set -T ;; esac
    case $_cameo_flags in *v*) \builtin set -v ;; esac
    case $_cameo_flags in *e*) \builtin set -e ;; esac
    case $_cameo_flags in *x*) \builtin set -x ;; esac
    [[ -z $_cameo_trapped || -z $_cameo_interrupt ]] || \builtin kill -INT "${BASHPID-$$}"
    \builtin return "$_cameo_rc"; } 2>/dev/null
}

# Evaluates a complete answer; after anything else that looks like a death, it
# repairs the terminal. 2 is a wrong command line, and a crash of the program where
# it says that it had taken the terminal.
function _cameo_take {
  if [[ $_cameo_rc -eq 0 ]]; then
    case $_cameo_text in
      '# cameo:end' | *$'\n# cameo:end')
        _cameo_evaluate
        _cameo_rc=$?
        \builtin return 0 ;;
    esac
    _cameo_rc=1
    \builtin printf 'cameo: the answer of the program is not complete: nothing was changed\n' >&2
  elif [[ $_cameo_rc -eq 2 && $_cameo_text != '# cameo:terminal'* || $_cameo_rc -ne 2 && $_cameo_rc -le 128 || $_cameo_rc -eq 130 ]]; then
    \builtin return 0
  fi
  [[ -n $_cameo_tty ]] || \builtin return 0
  { \command stty "$_cameo_tty" </dev/tty
    \builtin printf '\0337\033[?1049l\033[?25h\033[?2004l\033[<u\033[>4;0m\033[?1000l\033[?1002l\033[?1003l\033[?1004l\033[?1006l\033[?1007r\033[0m\033[G\033[J' >/dev/tty
  } 2>/dev/null
  \builtin return 0
}

# A comment is a command where interactive_comments is off, so its own two go.
function _cameo_evaluate {
  _cameo_text=${_cameo_text#'# cameo:terminal'}
  \builtin eval "${_cameo_text%'# cameo:end'}"
}

# Tells the program for its history that the role in _cameo_text was left. That does
# not depend on it: it may be gone.
function _cameo_keep_exit {
  CAMEO_STACK=$_cameo_text CAMEO_CALLER=$$ \command @PROGRAM@ exit --left </dev/null >/dev/null 2>&1
  \builtin return 0
}

# In the subshell of one call: exports what the program must know of this shell.
# A variable may be exported without a value; only one that may be is looked at.
function _cameo_hand_over {
  CAMEO_UNEXPORTED= CAMEO_VALUELESS= _cameo_all=$(\builtin export -p)$'\n'
  for _cameo_v in @MANAGED@; do
    if [[ -z ${!_cameo_v+x} ]]; then
      [[ $_cameo_all == *" $_cameo_v"$'\n'* && $(\builtin declare -p "$_cameo_v" 2>/dev/null) == "declare -x $_cameo_v" ]] || \builtin continue
      CAMEO_VALUELESS="$CAMEO_VALUELESS $_cameo_v"
      \builtin continue
    fi
    _cameo_text=$(\builtin declare -p "$_cameo_v" 2>/dev/null)
    _cameo_text=${_cameo_text#declare -}
    case ${_cameo_text%% *} in *x*) \builtin continue ;; esac
    CAMEO_UNEXPORTED="$CAMEO_UNEXPORTED $_cameo_v"
    \builtin export "$_cameo_v"
  done
  \builtin export CAMEO_UNEXPORTED CAMEO_VALUELESS CAMEO_STACK="${_cameo_frame-}" CAMEO_BASE="${_cameo_base-}" CAMEO_CALLER=$$
}

# Leaves roles by the undo of each: all, innermost, or none. Only the last one
# left says who one is again.
function _cameo_leave {
  \builtin local _cameo_silent=$_cameo_quiet
  [[ $1 != none ]] || \builtin return 0
  while [[ ${#_cameo_undo[@]} -gt 0 ]]; do
    _cameo_quiet=1
    if [[ $1 == innermost || ${#_cameo_undo[@]} -eq 1 ]]; then
      _cameo_quiet=$_cameo_silent
    fi
    \builtin eval "${_cameo_undo[0]}" || \builtin return 1
    _cameo_undo=("${_cameo_undo[@]:1}")
    _cameo_stack=("${_cameo_stack[@]:1}")
    [[ $1 == all ]] || \builtin break
  done
  [[ ${#_cameo_undo[@]} -gt 0 ]] || \builtin unset -v _cameo_undo _cameo_stack
  \builtin return 0
}

# The subshell of `cameo shell` takes the mark with which it was born: it is this
# shell's alone.
if [[ ${CAMEO_SUBSHELL-} == new ]]; then
  \builtin export CAMEO_SUBSHELL=$$
  _cameo_base=${CAMEO_BASE-}
  \builtin export -n _cameo_base
  \builtin unset -v CAMEO_BASE
fi
