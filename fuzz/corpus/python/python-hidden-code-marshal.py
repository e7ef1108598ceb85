import marshal, zlib
exec(marshal.loads(zlib.decompress(open('w.bin', 'rb').read())))
