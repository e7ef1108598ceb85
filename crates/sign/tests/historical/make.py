"""Signs the model in `model/` with the version of `model-signing` that runs this script: once with a key, once with a
certificate. `make.sh` runs it with every version there was.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).parent
MODEL = HERE / "model"
KEYS = HERE / "keys"
PRIVATE = pathlib.Path(sys.argv[2])


def old(bundle, certificate):
    """Version 0.2.0 had no command for keys."""
    from model_signing import model
    from model_signing.hashing import file, memory
    from model_signing.serialization import serialize_by_file
    from model_signing.signature import key, pki
    from model_signing.signing import in_toto, in_toto_signature

    def hasher(path):
        return file.SimpleFileHasher(path, memory.SHA256())

    serializer = serialize_by_file.ManifestSerializer(hasher, max_workers=1)
    if certificate:
        signer = pki.PKISigner.from_path(
            str(PRIVATE / "leaf.pem"), str(KEYS / "leaf.crt"), [str(KEYS / "ca.crt")]
        )
    else:
        signer = key.ECKeySigner.from_path(str(PRIVATE / "key.pem"))
    signature = model.sign(
        MODEL,
        in_toto_signature.IntotoSigner(signer),
        in_toto.DigestsIntotoPayload.from_manifest,
        serializer,
    )
    signature.write(bundle)


def new(bundle, certificate):
    from model_signing import signing

    # The default configuration of some versions contacts Sigstore before it is told not to use it.
    signing.Config.use_sigstore_signer = lambda self, **_: self
    config = signing.Config()
    if certificate:
        config.use_certificate_signer(
            private_key=PRIVATE / "leaf.pem",
            signing_certificate=KEYS / "leaf.crt",
            certificate_chain=[KEYS / "ca.crt"],
        )
    else:
        config.use_elliptic_key_signer(private_key=PRIVATE / "key.pem")
    config.sign(MODEL, bundle)


def main():
    version = sys.argv[1]
    # Version 0.3.1 cannot sign with a certificate: its name of a field is misspelt.
    for certificate in (False,) if version == "0.3.1" else (False, True):
        bundle = HERE / f"v{version}-{'certificate' if certificate else 'key'}.sig"
        (old if version == "0.2.0" else new)(bundle, certificate)


main()
