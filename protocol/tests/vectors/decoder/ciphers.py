"""The ciphers of section 10 of docs/protocol.md: XChaCha20-Poly1305, and what libsignal's sender keys are made of."""

import hashlib
import hmac

from encoding import Refused

# ---- XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) ----------------------------------------------------------------

_CONSTANTS = [int.from_bytes(b"expand 32-byte k"[i : i + 4], "little") for i in range(0, 16, 4)]


def _words(data):
    return [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]


def _bytes(words):
    return b"".join((word & 0xFFFFFFFF).to_bytes(4, "little") for word in words)


def _quarter(state, a, b, c, d):
    for one, two, to, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[one] = state[one] + state[two] & 0xFFFFFFFF
        mixed = state[to] ^ state[one]
        state[to] = (mixed << by | mixed >> 32 - by) & 0xFFFFFFFF


def _rounds(state):
    state = list(state)
    for _ in range(10):
        for column in range(4):
            _quarter(state, column, column + 4, column + 8, column + 12)
        for column in range(4):
            _quarter(state, column, (column + 1) % 4 + 4, (column + 2) % 4 + 8, (column + 3) % 4 + 12)
    return state


def _block(key, nonce, counter):
    state = _CONSTANTS + _words(key) + [counter] + _words(nonce)
    return _bytes([one + two for one, two in zip(state, _rounds(state))])


def _chacha20(key, nonce, data):
    blocks = (_block(key, nonce, 1 + i) for i in range(-(-len(data) // 64)))
    return bytes(one ^ two for one, two in zip(data, b"".join(blocks)))


def _poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(data), 16):
        total = (total + int.from_bytes(data[i : i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return (total + int.from_bytes(key[16:], "little") & 2**128 - 1).to_bytes(16, "little")


def xchacha20_poly1305_open(key, nonce, aad, sealed):
    state = _rounds(_CONSTANTS + _words(key) + _words(nonce[:16]))
    subkey, rest = _bytes(state[:4] + state[12:]), bytes(4) + nonce[16:]
    data, tag = sealed[:-16], sealed[-16:]

    def whole(part):
        return part + bytes(-len(part) % 16)

    lengths = len(aad).to_bytes(8, "little") + len(data).to_bytes(8, "little")
    if _poly1305(_block(subkey, rest, 0)[:32], whole(aad) + whole(data) + lengths) != tag:
        raise Refused("NotAuthentic")
    return _chacha20(subkey, rest, data)


# ---- AES-256-CBC (FIPS 197, SP 800-38A, PKCS #7) --------------------------------------------------------------------


def _double(byte):
    return (byte << 1 ^ (0x11B if byte & 0x80 else 0)) & 0xFF


def _times(one, two):
    product = 0
    while two:
        product ^= one if two & 1 else 0
        one, two = _double(one), two >> 1
    return product


def _boxes():
    box = [0x63] * 256
    powers = [1]
    for _ in range(254):
        powers.append(powers[-1] ^ _double(powers[-1]))  # All but 0 are powers of 3.
    for number, byte in enumerate(powers):
        inverse = powers[-number % 255]
        spread = inverse * 0x101
        box[byte] = (inverse ^ spread >> 7 ^ spread >> 6 ^ spread >> 5 ^ spread >> 4) & 0xFF ^ 0x63
    back = [0] * 256
    for byte, to in enumerate(box):
        back[to] = byte
    return box, back


_BOX, _BACK = _boxes()
_TIMES = {by: [_times(byte, by) for byte in range(256)] for by in (9, 11, 13, 14)}


def _round_keys(key):
    words, constant = [list(key[i : i + 4]) for i in range(0, 32, 4)], 1
    for number in range(8, 60):
        word = words[-1]
        if number % 8 == 0:
            word = [_BOX[byte] for byte in word[1:] + word[:1]]
            word[0] ^= constant
            constant = _double(constant)
        elif number % 8 == 4:
            word = [_BOX[byte] for byte in word]
        words.append([one ^ two for one, two in zip(words[-8], word)])
    return [sum(words[i : i + 4], []) for i in range(0, 60, 4)]


def _xor(one, two):
    return [a ^ b for a, b in zip(one, two)]


def _unmixed(column):
    factors = 14, 11, 13, 9
    return [
        _TIMES[factors[0]][column[i]]
        ^ _TIMES[factors[1]][column[(i + 1) % 4]]
        ^ _TIMES[factors[2]][column[(i + 2) % 4]]
        ^ _TIMES[factors[3]][column[(i + 3) % 4]]
        for i in range(4)
    ]


def _aes_block_open(keys, block):
    state = _xor(block, keys[14])
    for number in range(13, -1, -1):
        # Rows shifted back: what stood in row i came from i columns further left.
        state = [_BACK[state[(place - 4 * (place % 4)) % 16]] for place in range(16)]
        state = _xor(state, keys[number])
        if number:
            state = sum((_unmixed(state[i : i + 4]) for i in range(0, 16, 4)), [])
    return bytes(state)


def aes256_cbc_open(key, iv, sealed):
    if not sealed or len(sealed) % 16:
        raise Refused("Malformed")
    keys, out = _round_keys(key), b""
    for i in range(0, len(sealed), 16):
        out += bytes(_xor(_aes_block_open(keys, sealed[i : i + 16]), sealed[i - 16 : i] if i else iv))
    padding = out[-1]
    if not 1 <= padding <= 16 or out[-padding:] != bytes([padding]) * padding:
        raise Refused("Malformed")
    return out[:-padding]


# ---- The keys of a sender chain -------------------------------------------------------------------------------------


def _hmac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def message_key(chain_key, steps):
    """The key and the start of CBC for the message that is so many steps behind the chain key."""
    for _ in range(steps):
        chain_key = _hmac(chain_key, b"\2")
    extracted = _hmac(bytes(32), _hmac(chain_key, b"\1"))
    one = _hmac(extracted, b"WhisperGroup\1")
    two = _hmac(extracted, one + b"WhisperGroup\2")
    derived = one + two[:16]
    return derived[16:], derived[:16]
