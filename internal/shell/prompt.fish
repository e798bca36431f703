
# The prompt of before runs first, while the status is still the last command's.
if status is-interactive; and functions -q fish_prompt; and not functions -q _cameo_other_prompt
    functions -c fish_prompt _cameo_other_prompt
    function fish_prompt
        set -l _cameo_text (_cameo_other_prompt | string collect -N)
        if test -n "$CAMEO_PROMPT"
            # Of a line that is too long fish cuts off the beginning, which says production:
            # there the role has a line of its own, and its end is cut.
            set -l beside (string length --visible -- (string split -m 1 \n -- "$_cameo_text")[1] 2>/dev/null)
            set -l long (string length -- "$CAMEO_PROMPT")
            if test (math $long + 0"$beside" + 2) -le $COLUMNS
                builtin printf '%s ' "$CAMEO_PROMPT"
            else if test $long -lt $COLUMNS
                builtin printf '%s\n' "$CAMEO_PROMPT"
            else
                builtin printf '%s..\n' (string sub -l (math $COLUMNS - 3) -- "$CAMEO_PROMPT")
            end
        end
        builtin printf '%s' $_cameo_text
    end
end

# Says the end of the role: five minutes before, and when it has come, once each.
# fish has no clock, so it asks `date`, while there is an end that was not said.
function _cameo_before_prompt --on-event fish_prompt
    set -l ends (string match -r '^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$' -- "$CAMEO_EXPIRES")
    or return 0
    test "$_cameo_warned" = "$ends[1] ended"; and return 0
    # Days since 1970 of a date, in years that begin in March.
    set -l year $ends[2]
    set -l month (math $ends[3] - 3)
    if test $month -lt 0
        set month (math $month + 12)
        set year (math $year - 1)
    end
    set -l day (math "365 * $year + floor($year / 4) - floor($year / 100) + floor($year / 400) + floor((153 * $month + 2) / 5) + $ends[4] - 719469")
    set -l left (math "(($day * 24 + $ends[5]) * 60 + $ends[6]) * 60 + $ends[7] - "(command date +%s))
    test $left -le 300; or return 0
    set -l who "$CAMEO_ROLE"
    set -l when
    set -l said (string match -r '^\[(?:!!PROD |STG |DEV |SBX )?(.*)( till .*)\]$' -- "$CAMEO_PROMPT")
    if set -q said[3]
        set who $said[2]
        set when (string replace ' till' '' -- $said[3])
    end
    set who (string replace -ra '[[:cntrl:]]' '' -- $who)
    if test $left -le 0
        set -gu _cameo_warned "$ends[1] ended"
        builtin printf 'cameo: %s ended%s. Run: cameo refresh  or  cameo exit\n' "$who" "$when" >&2
    else if test "$_cameo_warned" != "$ends[1] soon"
        set -gu _cameo_warned "$ends[1] soon"
        builtin printf 'cameo: %s ends%s, in %s min. Run: cameo refresh\n' "$who" "$when" (math "ceil($left / 60)") >&2
    end
end
