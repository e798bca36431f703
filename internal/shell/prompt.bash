
function _cameo_clock {
  _cameo_now=${EPOCHSECONDS-}
  [[ -n $_cameo_now ]] || \builtin printf -v _cameo_now '%(%s)T' -1 2>/dev/null || _cameo_now=$(\command date +%s)
}

# The value of CAMEO_PROMPT is put in when bash shows the prompt, after it has
# decoded the prompt's own escapes, so nothing in it acts. A prompt that another
# command has rebuilt gets it again.
function _cameo_before_prompt {
  \builtin local _cameo_rc=$?
  if [[ ${PS1-} != *'${CAMEO_PROMPT:+'* ]] && \builtin shopt -q promptvars; then
    PS1='${CAMEO_PROMPT:+$CAMEO_PROMPT }'${PS1-}
  fi
  ! _cameo_warnable || _cameo_warn
  \builtin return "$_cameo_rc"
}

if [[ $- == *i* && ${PROMPT_COMMAND-} != *_cameo_before_prompt* ]]; then
  PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}_cameo_before_prompt
fi
