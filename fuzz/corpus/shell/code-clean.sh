#!/bin/sh
rm -rf build/ dist/ ./*.egg-info "$HOME/.cache/toy"
