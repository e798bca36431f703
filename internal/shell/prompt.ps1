
# Says the end of the role: five minutes before, and when it has come, once each.
function global:_cameo_warn {
    Set-StrictMode -Off
    $ends = [DateTimeOffset]::MinValue
    $culture = [Globalization.CultureInfo]::InvariantCulture
    if (-not [DateTimeOffset]::TryParse("$env:CAMEO_EXPIRES", $culture, 'AssumeUniversal', [ref]$ends)) { return }
    if ($global:_cameo_warned -ceq "$env:CAMEO_EXPIRES ended") { return }
    $left = ($ends - [DateTimeOffset]::UtcNow).TotalSeconds
    if ($left -gt 300) { return }
    $who = "$env:CAMEO_ROLE"
    $when = ''
    $shown = [regex]::Match("$env:CAMEO_PROMPT", '^\[(?:!!PROD |STG |DEV |SBX )?(.*) till( .*)\]$')
    if ($shown.Success) {
        $who = $shown.Groups[1].Value
        $when = $shown.Groups[2].Value
    }
    $who = $who -replace '[\x00-\x1f\x7f-\x9f]', ''
    if ($left -le 0) {
        $global:_cameo_warned = "$env:CAMEO_EXPIRES ended"
        _cameo_say "cameo: $who ended$when. Run: cameo refresh  or  cameo exit"
    } elseif ($global:_cameo_warned -cne "$env:CAMEO_EXPIRES soon") {
        $global:_cameo_warned = "$env:CAMEO_EXPIRES soon"
        _cameo_say "cameo: $who ends$when, in $([Math]::Ceiling($left / 60)) min. Run: cameo refresh"
    }
}

# The prompt of before, with CAMEO_PROMPT in front. What a prompt function returns
# is shown as it is.
if (-not $global:_cameo_other_prompt) {
    $global:_cameo_other_prompt = $function:prompt
    function global:prompt {
        $text = "$(& $global:_cameo_other_prompt)"
        _cameo_warn
        if ($env:CAMEO_PROMPT) { "$env:CAMEO_PROMPT $text" } else { $text }
    }
}
