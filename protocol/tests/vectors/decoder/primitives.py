"""The primitives of section 2 of docs/protocol.md in plain Python: BLAKE3, X25519, Ed25519 and XEdDSA (verifying only).

Written from their public specifications. Slow and not in constant time: for test vectors only.
"""

import hashlib
import struct

# ---- BLAKE3 -------------------------------------------------------------------------------------------------------

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
MIXES = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)
CHUNK_START, CHUNK_END, PARENT, ROOT, KEYED_HASH, DERIVE_CONTEXT, DERIVE_MATERIAL = 1, 2, 4, 8, 16, 32, 64
M32 = 0xFFFFFFFF


def _rotr(value, by):
    return (value >> by) | (value << (32 - by)) & M32


def _compress(chaining, block, counter, length, flags):
    s = [*chaining, *IV[:4], counter & M32, counter >> 32, length, flags]
    m = list(block)
    for round_number in range(7):
        for i, (a, b, c, d) in enumerate(MIXES):
            for word, first, second in ((m[2 * i], 16, 12), (m[2 * i + 1], 8, 7)):
                s[a] = (s[a] + s[b] + word) & M32
                s[d] = _rotr(s[d] ^ s[a], first)
                s[c] = (s[c] + s[d]) & M32
                s[b] = _rotr(s[b] ^ s[c], second)
        m = [m[i] for i in PERMUTATION]
    return tuple(s[i] ^ s[i + 8] for i in range(8))


def _words(data):
    return struct.unpack("<16I", data.ljust(64, b"\0"))


def _chunk(key, data, counter, flags, root):
    blocks = [data[i : i + 64] for i in range(0, len(data), 64)] or [b""]
    value = key
    for i, block in enumerate(blocks):
        last = i + 1 == len(blocks)
        mode = flags | (CHUNK_START if i == 0 else 0) | (CHUNK_END if last else 0) | (ROOT if last and root else 0)
        value = _compress(value, _words(block), counter, len(block), mode)
    return value


def _tree(key, data, counter, flags, root):
    if len(data) <= 1024:
        return _chunk(key, data, counter, flags, root)
    left = 1024 << ((len(data) - 1) // 1024).bit_length() - 1
    pair = _tree(key, data[:left], counter, flags, False) + _tree(key, data[left:], counter + left // 1024, flags, False)
    return _compress(key, pair, 0, 64, flags | PARENT | (ROOT if root else 0))


def _blake3(key, data, flags):
    return struct.pack("<8I", *_tree(key, data, 0, flags, True))


def blake3(data):
    return _blake3(IV, data, 0)


def blake3_keyed(key, data):
    return _blake3(struct.unpack("<8I", key), data, KEYED_HASH)


def blake3_derive_key(context, material):
    key = struct.unpack("<8I", _blake3(IV, context.encode(), DERIVE_CONTEXT))
    return _blake3(key, material, DERIVE_MATERIAL)


# ---- H, KDF and MAC of section 2 ----------------------------------------------------------------------------------

PREFIX = "lescopains v1 "


def _framed(parts):
    return b"".join(len(part).to_bytes(8, "little") + part for part in parts)


def H(label, data):
    return blake3_derive_key(PREFIX + label, data)


def KDF(label, *parts):
    return blake3_derive_key(PREFIX + label, _framed(parts))


def MAC(key, label, *parts):
    return blake3_keyed(key, _framed([(PREFIX + label).encode(), *parts]))


# ---- Curve25519 ---------------------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


def x25519(secret, public):
    """RFC 7748; `public` without libsignal's type byte."""
    k = int.from_bytes(secret, "little") & ~7 & (2**255 - 1) | 2**254
    x1 = (int.from_bytes(public, "little") & (2**255 - 1)) % P
    x2, z2, x3, z3 = 1, 0, x1, 1
    for bit in range(254, -1, -1):
        swap = k >> bit & 1
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a % P, c * b % P, a * a % P, b * b % P
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P
        if swap:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, -1, P) % P).to_bytes(32, "little") if z2 else bytes(32)


def _add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _point(data):
    """The point of 32 bytes, or None: only the canonical form of a point that is on the curve."""
    value = int.from_bytes(data, "little")
    sign, y = value >> 255, value & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _bytes_of(point):
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def ed25519_public(seed):
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & ~7 & (2**254 - 1) | 2**254
    return _bytes_of(_multiply(scalar, BASE))


def ed25519_verify(public, message, signature):
    """Strictly: canonical, and neither the key nor R of small order."""
    key, commitment = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or s >= L or len(signature) != 64:
        return False
    if any(_bytes_of(_multiply(8, point)) == bytes([1]) + bytes(31) for point in (key, commitment)):
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return _bytes_of(_multiply(s, BASE)) == _bytes_of(_add(commitment, _multiply(challenge, key)))


def xeddsa_verify(public, message, signature):
    """As libsignal does: a key of 33 bytes, the sign of the Edwards point in the highest bit of the signature."""
    if len(public) != 33 or public[0] != 5 or len(signature) != 64:
        return False
    u = int.from_bytes(public[1:], "little") & (2**255 - 1)
    if (u + 1) % P == 0:
        return False
    y = (u - 1) * pow(u + 1, -1, P) % P
    edwards = (y | (signature[63] >> 7) << 255).to_bytes(32, "little")
    return ed25519_verify(edwards, message, signature[:63] + bytes([signature[63] & 0x7F]))


# ---- Signal's numeric fingerprint ---------------------------------------------------------------------------------


def fingerprint(identity, key, version=0, rounds=5200):
    """The 32 bytes of one side: SHA-512 over version ‖ key ‖ identity ‖ key, then again over each result ‖ key."""
    digest = hashlib.sha512(version.to_bytes(2, "big") + key + identity + key).digest()
    for _ in range(rounds - 1):
        digest = hashlib.sha512(digest + key).digest()
    return digest[:32]


def digits(half):
    """The thirty digits of one side: six numbers of five bytes each, modulo 100,000."""
    return "".join(f"{int.from_bytes(half[i : i + 5], 'big') % 100000:05}" for i in range(0, 30, 5))
