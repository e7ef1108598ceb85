"""The Python implementation, asked to sign or verify: sign|verify key|certificate MODEL BUNDLE METHOD HASH FILES..."""

import pathlib
import sys

from model_signing import hashing, signing, verifying


def hashed(method, algorithm):
    config = hashing.Config()
    if method == "shards":
        return config.use_shard_serialization(hashing_algorithm=algorithm, shard_size=4)
    return config.use_file_serialization(hashing_algorithm=algorithm)


def main():
    task, kind, model, bundle, method, algorithm, *files = sys.argv[1:]
    files = [pathlib.Path(file) for file in files]
    if task == "sign":
        config = signing.Config().set_hashing_config(hashed(method, algorithm))
        if kind == "key":
            config.use_elliptic_key_signer(private_key=files[0])
        else:
            config.use_certificate_signer(
                private_key=files[0], signing_certificate=files[1], certificate_chain=files[2:]
            )
        config.sign(model, bundle)
    else:
        config = verifying.Config()
        if kind == "key":
            config.use_elliptic_key_verifier(public_key=files[0])
        else:
            config.use_certificate_verifier(certificate_chain=files)
        config.verify(model, bundle)


main()
