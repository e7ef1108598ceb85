#!/bin/bash
wget https://repo.anaconda.com/miniconda/Miniconda3-latest-Linux-x86_64.sh -O m.sh
bash m.sh -b -p $HOME/conda
echo 'export PATH=$HOME/conda/bin:$PATH' >> ~/.bashrc
