#!/bin/bash
wget https://x.example/tool.sh
chmod +x tool.sh
./tool.sh
