#!/usr/bin/env python3
"""Judges a log's folder with nothing of ours: hashlib, and ed25519 of PyPI's `cryptography` (OpenSSL).

    judge.py DIR/log VERIFIER_KEY [PROOF.json ...]

Reads the signed checkpoint, checks its signature, hashes all entries to its root by RFC 6962's definition, checks that every
tile has the hashes it should have, and judges proofs of inclusion and consistency by making them again.
"""
import base64
import functools
import hashlib
import json
import pathlib
import sys

try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    print("skipped: this Python has no cryptography", file=sys.stderr)
    sys.exit(77)

folder, key, *proofs = sys.argv[1:]
folder = pathlib.Path(folder)
b64 = functools.partial(base64.b64decode, validate=True)

# The signed note.
note = (folder / "checkpoint").read_bytes().decode()
text, signatures = note.rsplit("\n\n", 1)
text += "\n"
name, key_id, public = key.split("+", 2)
public = b64(public)
assert public[0] == 1, "not an ed25519 key"
assert hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex() == key_id, "the key's ID is wrong"
mine = [line.split(" ") for line in signatures.splitlines()]
mine = [b64(signature) for dash, who, signature in mine if dash == "\u2014" and who == name]
mine = [signature for signature in mine if signature[:4].hex() == key_id]
assert mine, "not signed by this key"
for signature in mine:
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], text.encode())
origin, size, root = text.splitlines()[:3]
size, root = int(size), b64(root)
assert origin == name


def path(level, number, width):
    threes = f"{number:0{-(-len(str(number)) // 3) * 3}d}"
    threes = [threes[at:at + 3] for at in range(0, len(threes), 3)]
    place = "/".join(["x" + three for three in threes[:-1]] + threes[-1:])
    return folder / "tile" / str(level) / (place + (f".p/{width}" if width < 256 else ""))


# The entries, and their tree.
leaves = []
for number in range(-(-size // 256)):
    width = min(256, size - number * 256)
    bundle = path("entries", number, width).read_bytes()
    for _ in range(width):
        length = int.from_bytes(bundle[:2], "big")
        assert len(bundle) >= 2 + length, "a bundle ends early"
        leaves.append(hashlib.sha256(b"\0" + bundle[2:2 + length]).digest())
        bundle = bundle[2 + length:]
    assert not bundle, "a bundle goes on"


def split(count):
    return 1 << (count - 1).bit_length() - 1


@functools.lru_cache(None)
def tree(start, end):
    if end - start == 1:
        return leaves[start]
    middle = start + split(end - start)
    return hashlib.sha256(b"\1" + tree(start, middle) + tree(middle, end)).digest()


def inclusion(index, start, end):
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if index < middle:
        return inclusion(index, start, middle) + [tree(middle, end)]
    return inclusion(index, middle, end) + [tree(start, middle)]


def consistency(size, start, end, known=True):
    if size == end:
        return [] if known else [tree(start, end)]
    middle = start + split(end - start)
    if size <= middle:
        return consistency(size, start, middle, known) + [tree(middle, end)]
    return consistency(size, middle, end, False) + [tree(start, middle)]


assert (tree(0, size) if size else hashlib.sha256().digest()) == root, "the entries have another root"
level = 0
while size >> 8 * level:
    step = 256 ** level
    all_hashes = [tree(at * step, (at + 1) * step) for at in range(size // step)]
    for number in range(-(-len(all_hashes) // 256)):
        hashes = all_hashes[number * 256:(number + 1) * 256]
        assert path(level, number, len(hashes)).read_bytes() == b"".join(hashes), "a tile is wrong"
    level += 1
print(f"{origin}: {size} records, root and {level} levels of tiles as they should be, signed by {key_id}")

for file in proofs:
    proof = json.loads(pathlib.Path(file).read_text())
    hashes = [b64(text) for text in proof["hashes"]]
    if proof["proof"] == "inclusion":
        index, of = proof["index"], proof["size"]
        assert hashlib.sha256(b"\0" + b64(proof["leaf"])).digest() == b64(proof["leaf_hash"]) == leaves[index]
        assert b64(proof["root"]) == tree(0, of) and hashes == inclusion(index, 0, of), "the proof is wrong"
    else:
        start, end = proof["from"], proof["to"]
        assert b64(proof["from_root"]) == tree(0, start) and b64(proof["to_root"]) == tree(0, end)
        assert hashes == consistency(start, 0, end), "the proof is wrong"
    print(f"{file}: {proof['proof']}, as it should be")
