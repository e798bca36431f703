# The function cameo.
function global:cameo {
    Set-StrictMode -Off
    $words = @(_cameo_words $MyInvocation $args)
    $plan = _cameo_read $words
    if ($plan.Kind -ne 'plain') {
        _cameo_run $words $plan
        return
    }
    $call = _cameo_call
    $before = @{}
    $program = _cameo_program
    if (-not $program) { return }
    try {
        foreach ($name in $call.Keys) {
            $before[$name] = [Environment]::GetEnvironmentVariable($name)
            [Environment]::SetEnvironmentVariable($name, $call[$name])
        }
        if ($MyInvocation.ExpectingInput) { $input | & $program @words } else { & $program @words }
    } finally {
        foreach ($name in $before.Keys) {
            $value = $before[$name]
            if ($null -eq $value) { $value = [NullString]::Value }
            [Environment]::SetEnvironmentVariable($name, $value)
        }
    }
}

# The arguments as they were typed: PowerShell takes the first -- away from a
# function. It is put back where it stood, found in the text of the call.
function global:_cameo_words($invocation, $given) {
    $words = @()
    $open = $false # the word before was a parameter that takes this as its value: -name:value
    foreach ($one in $given) {
        if ($open) { $words[-1] += "$one" } else { $words += "$one" }
        $open = -not $open -and "$one".EndsWith(':') -and $one.PSObject.Properties['<CommandParameterName>']
    }
    if ($invocation.OffsetInLine -lt 1) { return $words }
    $line = $invocation.Line.Substring([Math]::Min($invocation.OffsetInLine - 1, $invocation.Line.Length))
    $tokens = $null
    $problems = $null
    $tree = [Management.Automation.Language.Parser]::ParseInput($line, [ref]$tokens, [ref]$problems)
    $typed = $tree.Find({ param($node) $node -is [Management.Automation.Language.CommandAst] }, $true)
    if (-not $typed) { return $words }
    $at = 0
    foreach ($element in @($typed.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.Text -ceq '--') {
            if ($at -gt $words.Count) { return $words }
            return @($words | Select-Object -First $at) + '--' + @($words | Select-Object -Skip $at)
        }
        $at++
    }
    return $words
}

# Reads the arguments: the kind (plain, alone: an exit that needs no program,
# shell), how many roles are left, and quiet.
function global:_cameo_read($words) {
    $plan = @{ Kind = 'shell'; How = 'all'; Quiet = $false }
    foreach ($word in $words) {
        if ($word -ceq '--') { break }
        if (@('-h', '--help', '--version') -ccontains $word) {
            $plan.Kind = 'plain'
            return $plan
        }
        if (@('--chain', '--chain=true') -ccontains $word) { $plan.How = 'none' }
        if ($word -ceq '-q') { $plan.Quiet = $true }
    }
    $verb = ''
    for ($i = 0; $i -lt $words.Count; $i++) {
        $word = $words[$i]
        if ($word -ceq '--') { break }
        if (@('@VALUED@' -split ', ') -ccontains $word) { $i++; continue }
        if ($word.Length -gt 1 -and $word[0] -eq '-') { continue }
        $verb = $word
        break
    }
    if (@('@PLAIN@' -split ', ') -ccontains $verb) { $plan.Kind = 'plain' }
    if ($verb -ceq 'refresh') { $plan.How = 'innermost' }
    if ($verb -ceq 'exit') {
        $plan.Kind = 'alone'
        $plan.How = 'all'
        foreach ($word in @($words | Select-Object -Skip ($i + 1))) {
            if ($word -ceq '--one') { $plan.How = 'innermost' }
            elseif (@('-q', '--no-input', '--debug', '--accessible') -cnotcontains $word) { $plan.Kind = 'shell' }
        }
    }
    return $plan
}

function global:_cameo_program {
    $found = Get-Command -Name @PROGRAM@ -CommandType Application -TotalCount 1 -ErrorAction Ignore
    if ($found) { return $found.Source }
    _cameo_say ('cameo: ' + @PROGRAM@ + ' is not found: nothing was changed')
    $global:LASTEXITCODE = 127
}

# What the program is told of this shell.
function global:_cameo_call {
    $stack = ''
    if ($global:_cameo_frames) { $stack = $global:_cameo_frames[0].Stack }
    @{ CAMEO_STACK = $stack; CAMEO_BASE = "$global:_cameo_base"; CAMEO_CALLER = "$PID" }
}

# Runs a verb that may change the shell. The environment is the process's own here,
# so the undo is applied to what the program is given.
function global:_cameo_run($words, $plan) {
    if ($plan.Kind -eq 'alone' -and $global:_cameo_frames) {
        $call = _cameo_call
        _cameo_leave $plan.How $plan.Quiet $false
        _cameo_keep_exit $call
        $global:LASTEXITCODE = 0
        return
    }
    $program = _cameo_program
    if (-not $program) { return }
    $terminal = _cameo_terminal
    $start = New-Object Diagnostics.ProcessStartInfo
    $start.FileName = $program
    $start.UseShellExecute = $false
    $start.RedirectStandardOutput = $true
    $start.StandardOutputEncoding = New-Object Text.UTF8Encoding $false
    $start.WorkingDirectory = (Get-Location -PSProvider FileSystem).ProviderPath
    $every = @('--emit', 'powershell') + $words
    if ($start.PSObject.Properties['ArgumentList']) {
        foreach ($word in $every) { $start.ArgumentList.Add($word) }
    } else {
        $start.Arguments = ($every | ForEach-Object {
                '"' + ($_ -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"'
            }) -join ' '
    }
    $_cameo_target = $start.EnvironmentVariables
    $null = _cameo_undo $plan.How $true $true
    $call = _cameo_call
    foreach ($name in $call.Keys) { $_cameo_target[$name] = $call[$name] }
    $_cameo_target = $null
    $process = [Diagnostics.Process]::Start($start)
    $text = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    $global:LASTEXITCODE = $process.ExitCode
    $newline = [string][char]10
    $end = '# cameo:end' + $newline
    if ($process.ExitCode -ne 0) {
        $crashed = $process.ExitCode -eq 2 -and $text.StartsWith('# cameo:terminal', [StringComparison]::Ordinal)
        _cameo_repair $(if ($crashed) { 255 } else { $process.ExitCode }) $terminal
    } elseif ([string]::Equals($text, $end) -or $text.EndsWith($newline + $end, [StringComparison]::Ordinal)) {
        . ([ScriptBlock]::Create($text))
    } else {
        $global:LASTEXITCODE = 1
        _cameo_repair 255 $terminal
        _cameo_say 'cameo: the answer of the program is not complete: nothing was changed'
    }
}

# Tells the program for its history that a role was left. That does not depend on it:
# it may be gone.
function global:_cameo_keep_exit($call) {
    $found = Get-Command -Name @PROGRAM@ -CommandType Application -TotalCount 1 -ErrorAction Ignore
    if (-not $found) { return }
    $before = [Environment]::GetEnvironmentVariable('CAMEO_STACK')
    if ($null -eq $before) { $before = [NullString]::Value }
    try {
        [Environment]::SetEnvironmentVariable('CAMEO_STACK', $call.CAMEO_STACK)
        $null = & $found.Source exit --left 2>$null
    } catch { $null = $_ } finally { [Environment]::SetEnvironmentVariable('CAMEO_STACK', $before) }
}

function global:_cameo_say($message) { [Console]::Error.WriteLine($message) }

# A variable of the environment, or of the program that is about to start; null is
# unset. PowerShell before 7.5 takes empty for unset, which is said once.
function global:_cameo_get($name) {
    if ($null -ne $_cameo_target) {
        if ($_cameo_target.ContainsKey($name)) { return $_cameo_target[$name] }
        return $null
    }
    return [Environment]::GetEnvironmentVariable($name)
}

function global:_cameo_put($name, $value) {
    if ($null -ne $_cameo_target) {
        if ($null -eq $value) { $_cameo_target.Remove($name) } else { $_cameo_target[$name] = $value }
        return
    }
    if ($null -eq $value) {
        $value = [NullString]::Value
    } elseif ($value -eq '' -and -not $global:_cameo_said_empty -and -not $name.StartsWith('CAMEO_') -and -not (_cameo_empty)) {
        $global:_cameo_said_empty = $true
        _cameo_say ('cameo: ' + $name + ' was empty, and is unset now: PowerShell before 7.5 cannot hold an empty variable')
    }
    [Environment]::SetEnvironmentVariable($name, $value)
}

# True where a variable can be empty.
function global:_cameo_empty { $PSVersionTable.PSVersion -ge [Version]'7.5' }

# Restores one variable, unless it is no longer what the role made it.
function global:_cameo_back($name, $made, $was, $ours) {
    $now = _cameo_get $name
    if (-not (_cameo_empty)) {
        if ($now -eq '') { $now = $null }
        if ($made -eq '') { $made = $null }
    }
    $same = (($null -eq $now) -eq ($null -eq $made)) -and [string]::Equals([string]$now, [string]$made)
    if ($ours -or $same) { _cameo_put $name $was }
    elseif (-not $_cameo_silent) { _cameo_say ('cameo: ' + $name + ' was changed in this shell: left as it is') }
}

function global:_cameo_push($stack, $undo) {
    $global:_cameo_frames = @([PSCustomObject]@{ Stack = $stack; Undo = $undo }) + @($global:_cameo_frames | Where-Object { $_ })
}

# Applies the undo of roles, the innermost first, and returns how many there were.
# Only the last one says who one is again, and not even that one where $quiet.
function global:_cameo_undo($how, $quiet, $_cameo_silent) {
    $frames = @($global:_cameo_frames | Where-Object { $_ })
    $count = $frames.Count
    if ($how -eq 'none') { $count = 0 }
    if ($how -eq 'innermost') { $count = [Math]::Min(1, $count) }
    for ($i = 0; $i -lt $count; $i++) {
        $_cameo_quiet = $quiet -or $_cameo_silent -or $i -lt $count - 1
        $null = . ([ScriptBlock]::Create($frames[$i].Undo))
    }
    return $count
}

# Leaves roles.
function global:_cameo_leave($how, $quiet, $silent) {
    $count = _cameo_undo $how $quiet $silent
    $global:_cameo_frames = @($global:_cameo_frames | Where-Object { $_ } | Select-Object -Skip $count)
}

# The terminal's modes, where there are some that can be put back.
function global:_cameo_terminal {
    if ($env:OS -eq 'Windows_NT') { return '' }
    $modes = & sh -c 'exec stty -g </dev/tty' 2>$null
    return [string]$modes
}

# Puts the terminal in order after something that looks like a death.
function global:_cameo_repair($code, $terminal) {
    if (-not $terminal -or ($code -gt 0 -and $code -le 128) -or $code -eq 130) { return }
    $kept = $global:LASTEXITCODE
    & sh -c 'exec stty $1 </dev/tty' sh $terminal 2>$null
    $global:LASTEXITCODE = $kept
    $reset = '~7~[?1049l~[?25h~[?2004l~[<u~[>4;0m~[?1000l~[?1002l~[?1003l~[?1004l~[?1006l~[?1007r~[0m~[G~[J'
    try { [IO.File]::WriteAllText('/dev/tty', $reset.Replace('~', [string][char]27)) } catch { $null = $_ }
}

# The subshell of `cameo shell` takes the mark with which it was born: it is this
# shell's alone.
if ($env:CAMEO_SUBSHELL -ceq 'new') {
    $env:CAMEO_SUBSHELL = "$PID"
    $global:_cameo_base = $env:CAMEO_BASE
    [Environment]::SetEnvironmentVariable('CAMEO_BASE', [NullString]::Value)
}
