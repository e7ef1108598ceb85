#!/usr/bin/env bash
# Makes the bundles here: new keys and certificates, and a signature by every version of PyPI's model-signing. The leaf
# certificate is that of the format's own examples: CA:TRUE, with the subject of its issuer. Private keys are thrown away.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p keys
openssl ecparam -name prime256v1 -genkey -noout -out "$work/key.pem"
openssl ec -in "$work/key.pem" -pubout -out keys/key.pub
openssl req -x509 -newkey rsa:3072 -nodes -keyout "$work/ca.pem" -out keys/ca.crt -days 36500 -subj /CN=intermediate-ca \
  -sha256 -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
openssl ecparam -name secp384r1 -genkey -noout -out "$work/leaf.pem"
openssl req -new -key "$work/leaf.pem" -subj /CN=intermediate-ca -out "$work/leaf.csr"
printf 'basicConstraints=critical,CA:TRUE\nextendedKeyUsage=codeSigning\nkeyUsage=critical,digitalSignature\n' > "$work/ext"
openssl x509 -req -in "$work/leaf.csr" -CA keys/ca.crt -CAkey "$work/ca.pem" -set_serial 2 -days 36000 -sha256 \
  -extfile "$work/ext" -out keys/leaf.crt
rm -f ./*.sig
for version in 0.2.0 0.3.1 1.0.0 1.0.1 1.1.0 1.1.1; do
  python3 -m venv "$work/$version"
  case $version in 1.1.*) sigstore=sigstore ;; *) sigstore='sigstore<4' ;; esac
  "$work/$version/bin/pip" install --quiet "model-signing==$version" "$sigstore" pyOpenSSL
  "$work/$version/bin/python" make.py "$version" "$work"
done
