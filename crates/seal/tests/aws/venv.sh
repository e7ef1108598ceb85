#!/bin/sh
# Makes a virtual environment with an emulator of AWS KMS in the folder that is given, once. Contacts PyPI only.
set -eu
folder=$1
[ -e "$folder/complete" ] && exit 0
rm -rf "$folder"
python3 -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check 'moto[kms,server]==5.2.5' 'boto3==1.44.8'
touch "$folder/complete"
