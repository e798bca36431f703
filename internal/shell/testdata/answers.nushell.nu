## switch
{"leave":"all","set":{"AWS_ACCESS_KEY_ID":"ASIA","AWS_REGION":"a'b$(x)`y ‘’\r\n\té日🔑\\\"","CAMEO_ENV":"","CAMEO_ROLE":"r"},"unset":["AWS_PROFILE"],"frame":{"undo":[{"name":"AWS_ACCESS_KEY_ID","was":null,"made":"ASIA","ours":false},{"name":"AWS_REGION","was":"","made":"a'b$(x)`y ‘’\r\n\té日🔑\\\"","ours":false},{"name":"CAMEO_ROLE","was":null,"made":"r","ours":true},{"name":"CAMEO_ENV","was":null,"made":"","ours":true},{"name":"AWS_PROFILE","was":"it's home","made":null,"ours":false},{"name":"CAMEO_SHELL","was":"12","made":null,"ours":true}],"stack":"{\"s\":1}","left":"you're home"},"say":"hello","end":"# cameo:end"}

## refresh, saying nothing
{"leave":"innermost","set":{"AWS_ACCESS_KEY_ID":"ASIA"},"unset":[],"frame":{"undo":[{"name":"AWS_ACCESS_KEY_ID","was":null,"made":"ASIA","ours":false},{"name":"CAMEO_SHELL","was":"12","made":null,"ours":true}],"stack":"s","left":""},"say":"","end":"# cameo:end"}

## clear
{"leave":"none","set":{},"unset":["AWS_PROFILE","CAMEO_ROLE"],"frame":null,"say":"gone","end":"# cameo:end"}

## exit
{"leave":"all","set":{},"unset":[],"frame":null,"say":"","end":"# cameo:end"}

## nothing
{"leave":"none","set":{},"unset":[],"frame":null,"say":"","end":"# cameo:end"}

## refresh, by the function

