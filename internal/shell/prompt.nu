
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
