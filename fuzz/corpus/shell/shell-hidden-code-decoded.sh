#!/bin/sh
echo ZWNobyBjYXNlbWF0ZQo= | base64 -d | sh
