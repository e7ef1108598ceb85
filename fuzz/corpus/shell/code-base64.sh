#!/bin/sh
echo "$KEY" | base64 -d > key.json
cat image.png | base64 > image.txt
