import ctypes

p = ctypes.windll.kernel32.VirtualAlloc(0, 64, 0x3000, 0x40)
