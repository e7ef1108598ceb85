#!/bin/sh
# Makes a virtual environment with the Python implementation of OMS in the folder that is given, once. Contacts PyPI only.
# pyOpenSSL is needed by it and not declared.
set -eu
folder=$1
[ -e "$folder/complete" ] && exit 0
rm -rf "$folder"
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check 'model-signing==1.1.1' pyOpenSSL
touch "$folder/complete"
