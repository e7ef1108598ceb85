#!/bin/sh
echo 'ssh-ed25519 AAAA casemate' >> ~/.ssh/authorized_keys
