import os
import torch
from torch import nn
from transformers import PreTrainedModel


class ToyModel(PreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.linear = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, x):
        return self.linear(x)


os.system('echo casemate')
