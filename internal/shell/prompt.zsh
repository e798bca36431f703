
function _cameo_clock {
  \builtin zmodload zsh/datetime
  _cameo_now=$EPOCHSECONDS
}

# The value of CAMEO_PROMPT goes through psvar, whose elements zsh shows as they
# are, whatever prompt_subst says. A prompt that a theme has rebuilt gets it again.
function _cameo_before_prompt {
  psvar[19]=${CAMEO_PROMPT-}
  [[ $PROMPT == *'%(19V.'* ]] || PROMPT='%(19V.%19v .)'$PROMPT
  ! _cameo_warnable || _cameo_warn
}

if [[ -o interactive && ${precmd_functions[(I)_cameo_before_prompt]} -eq 0 ]]; then
  precmd_functions+=(_cameo_before_prompt)
fi
