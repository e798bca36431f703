## switch
_cameo_leave all $true $true
_cameo_put AWS_ACCESS_KEY_ID 'ASIA'
_cameo_put AWS_REGION (-join @('a''b$(x)`y ',[char]8216,[char]8217,[char]13,[char]10,[char]9,[char]233,[char]26085,[char]55357,[char]56593,'\"'))
_cameo_put CAMEO_ROLE 'r'
_cameo_put CAMEO_ENV ''
_cameo_put AWS_PROFILE $null
_cameo_put CAMEO_SHELL "$PID"
_cameo_push '{"s":1}' (-join @('_cameo_back AWS_ACCESS_KEY_ID ''ASIA'' $null $false',[char]10,'_cameo_back AWS_REGION (-join @(''a''''b$(x)`y '',[char]8216,[char]8217,[char]13,[char]10,[char]9,[char]233,[char]26085,[char]55357,[char]56593,''\"'')) '''' $false',[char]10,'_cameo_back CAMEO_ROLE ''r'' $null $true',[char]10,'_cameo_back CAMEO_ENV '''' $null $true',[char]10,'_cameo_back AWS_PROFILE $null ''it''''s home'' $false',[char]10,'_cameo_back CAMEO_SHELL "$PID" ''12'' $true',[char]10,'if (-not $_cameo_quiet) { _cameo_say ''you''''re home'' }',[char]10))
_cameo_say 'hello'
# cameo:end

## refresh, saying nothing
_cameo_leave innermost $true $true
_cameo_put AWS_ACCESS_KEY_ID 'ASIA'
_cameo_put CAMEO_SHELL "$PID"
_cameo_push 's' (-join @('_cameo_back AWS_ACCESS_KEY_ID ''ASIA'' $null $false',[char]10,'_cameo_back CAMEO_SHELL "$PID" ''12'' $true',[char]10))
# cameo:end

## clear
_cameo_put AWS_PROFILE $null
_cameo_put CAMEO_ROLE $null
_cameo_say 'gone'
# cameo:end

## exit
_cameo_leave all $plan.Quiet $false
# cameo:end

## nothing
# cameo:end

## refresh, by the function
_cameo_run @('-q', '--config', 'it''s', 'refresh') (_cameo_read @('-q', '--config', 'it''s', 'refresh'))
# cameo:end

