#!/usr/bin/env python3
"""Verifies answers and receipts of a caucus group, from messages/proofs.md alone.

verify.py GENESIS FILE [NAME:VERSION [NONCE]]   one answer or receipt: exit code 0 if it holds, 6 if not;
                                                without rules NAME:VERSION is an empty word
verify.py --vectors FOLDER                      all test vectors: exit code 0 if each is told rightly

Nothing of caucus is used, and of Python its standard library only. It is slow, and its arithmetic takes
a time that depends on its input: both are no matter for what is public.
"""

import base64
import hashlib
import json
import re
import sys
import tomllib


class Refused(Exception):
    pass


def need(holds, why):
    if not holds:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# -- Ed25519 (RFC 8032, section 6), stricter ---------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    k, m = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = m - k, z - t, z + t, m + k
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_mul(s, point):
    out = (0, 1, 1, 0)
    while s:
        if s & 1:
            out = point_add(out, point)
        point = point_add(point, point)
        s >>= 1
    return out


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def decode_point(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = recover_x(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def encode_point(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def of_small_order(point):
    x, y, z, _ = point_mul(8, point)
    return x % P == 0 and (y - z) % P == 0


def signed_by(key, signature, text):
    a, r = decode_point(key), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or of_small_order(a) or of_small_order(r):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return encode_point(point_add(point_mul(s, BASE), point_mul(k, minus_a))) == signature[:32]


# -- bytes -------------------------------------------------------------------------------------------

class Reader:
    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def take(self, size):
        need(size <= len(self.raw) - self.at, "it ends too early")
        self.at += size
        return self.raw[self.at - size:self.at]

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "little", signed=signed)

    def flag(self):
        out = self.number(1)
        need(out <= 1, "a flag is 0 or 1")
        return out == 1

    def count(self, most):
        out = self.number(4)
        need(out <= most, "a count above its maximum")
        return out

    def octets(self, most):
        return self.take(self.count(most))


def put(size, number):
    return (number % 2**(8 * size)).to_bytes(size, "little")


def put_text(text):
    raw = text.encode()
    return put(4, len(raw)) + raw


def put_optional(number):
    return b"\0" if number is None else b"\1" + put(8, number)


def digest(what, body):
    return sha256(b"caucus/1", bytes([len(what)]), what.encode(), body)


# -- the genesis -------------------------------------------------------------------------------------

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
KINDS = {"register": 1, "counter": 2, "set": 3, "map": 4, "opaque": 5, "custom": 6}
WRITERS = {"members": 1, "anyone": 2, "own_entries": 3}
ARGUMENTS = {"integer": 1, "bytes": 2}
UNITS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


def integer(table, key, low, high, default):
    out = table.get(key, default)
    if out is None and key not in table:
        return None
    need(type(out) is int and low <= out <= high, f"{key}: an integer from {low} to {high}")
    return out


def name_in(table, taken=None):
    out = table.get("name")
    need(isinstance(out, str) and NAME.match(out), "name: a name")
    if taken is not None:
        need(out not in taken, f"{out} is there twice")
        taken.add(out)
    return out


def peer_id(text):
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    need(isinstance(text, str) and len(text) == 52 and all(c in alphabet for c in text), "a peer id")
    number = 0
    for c in text:
        number = number << 5 | alphabet.index(c)
    need(number & 15 == 0, "a peer id whose spare bits are not zero")
    return (number >> 4).to_bytes(32, "big")


def milliseconds(table, key, low, high, default):
    if key not in table:
        return default
    found = re.fullmatch(r"([0-9]+)(h|ms|m|s|us)", table[key]) if isinstance(table[key], str) else None
    need(found, f"{key}: a duration")
    out = int(found[1]) * UNITS[found[2]]
    need(out % 1000 == 0 and low <= out // 1000 <= high, f"{key}: out of range")
    return out // 1000


def known(table, keys):
    need(isinstance(table, dict), "a table")
    for key in table:
        need(key in keys, f"unknown key {key}")


def is_address(text):
    host, colon, port = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    inside = host[:1] == "[" and host[-1:] == "]" and len(host) > 2 or host[:1] != "[" and ":" not in host
    return bool(colon and host and inside and len(text) <= 255 and re.fullmatch(r"[0-9]+", port)
                and 1 <= int(port) <= 65535 and all(" " < c < "\x7f" for c in host))


class Variable:
    def __init__(self, table, taken):
        known(table, {"name", "kind", "writers", "min", "max", "step_max", "initial", "value_size",
                      "key_size", "entries", "operations"})
        self.name = name_in(table, taken)
        need(table.get("kind") in KINDS, "kind")
        self.kind = table["kind"]
        for key, kinds in {"min": ["counter"], "max": ["counter"], "step_max": ["counter"],
                           "initial": ["counter"], "value_size": ["register", "map", "opaque"],
                           "key_size": ["set", "map"], "entries": ["set", "map"],
                           "operations": ["custom"]}.items():
            need(key not in table or self.kind in kinds, f"no key {key} for kind {self.kind}")
        who = table.get("writers", "members")
        self.listed = []
        if isinstance(who, list):
            self.who = 4
            self.listed = sorted(peer_id(one) for one in who)
            need(1 <= len(who) <= 4096 and len(set(self.listed)) == len(who), "writers")
        else:
            need(who in WRITERS, "writers")
            self.who = WRITERS[who]
            need(who != "own_entries" or self.kind in ("set", "map"), "own_entries")
        self.min = integer(table, "min", -2**63, 2**63 - 1, None)
        self.max = integer(table, "max", -2**63, 2**63 - 1, None)
        self.step_max = integer(table, "step_max", 1, 2**63 - 1, None)
        self.initial = integer(table, "initial", -2**63, 2**63 - 1, 0)
        need(self.within(self.initial), "initial")
        need(self.min is None or self.max is None or self.min <= self.max, "min and max")
        self.value_size = integer(table, "value_size", 1, 65536, 4096)
        self.key_size = integer(table, "key_size", 54 if self.who == 3 else 1, 256, 128)
        self.entries = integer(table, "entries", 1, 2**63 - 1, 1_000_000)
        self.operations, names = [], set()
        need(len(table.get("operations", [])) <= 64, "operations")
        for one in table.get("operations", []):
            known(one, {"name", "arguments"})
            arguments = one.get("arguments", [])
            need(len(arguments) <= 8 and all(a in ARGUMENTS for a in arguments), "arguments")
            self.operations.append((name_in(one, names), [ARGUMENTS[a] for a in arguments]))

    def within(self, number):
        return (self.min is None or number >= self.min) and (self.max is None or number <= self.max)

    def has_entries(self):
        return self.kind in ("set", "map", "custom")

    def encoded(self):
        out = put_text(self.name) + put(1, KINDS[self.kind]) + put(1, self.who)
        out += put(4, len(self.listed)) + b"".join(self.listed)
        out += put_optional(self.min) + put_optional(self.max) + put_optional(self.step_max)
        out += put(8, self.initial) + put(4, self.value_size) + put(4, self.key_size)
        out += put(8, self.entries) + put(4, len(self.operations))
        for name, arguments in self.operations:
            out += put_text(name) + put(4, len(arguments)) + bytes(arguments)
        return out


def declared_in(raw):
    """A variable as the group has declared it, and whether it was removed."""
    of = Reader(raw)
    table = {"name": of.octets(32).decode()}
    kind, who = of.number(1), of.number(1)
    kinds, writers = {n: word for word, n in KINDS.items()}, {n: word for word, n in WRITERS.items()}
    need(kind in kinds and who in (1, 2, 3, 4), "a kind and writers")
    table["kind"] = kinds[kind]
    listed = [base64.b32encode(of.take(32)).decode().lower().rstrip("=") for _ in range(of.count(4096))]
    need((who == 4) == bool(listed), "a list of writers")
    table["writers"] = listed or writers[who]
    for key in ("min", "max", "step_max"):
        if of.flag():
            table[key] = of.number(8, signed=True)
    for key, size, default in (("initial", 8, 0), ("value_size", 4, 4096), ("key_size", 4, 128),
                               ("entries", 8, 1_000_000)):
        number = of.number(size, signed=key == "initial")
        if number != default:
            table[key] = number
    arguments = {n: word for word, n in ARGUMENTS.items()}
    operations = [(of.octets(32).decode(), [of.number(1) for _ in range(of.count(8))])
                  for _ in range(of.count(64))]
    if operations:
        need(all(a in arguments for _, all_of in operations for a in all_of), "arguments")
        table["operations"] = [{"name": name, "arguments": [arguments[a] for a in all_of]}
                               for name, all_of in operations]
    out = Variable(table, set())
    need(out.encoded() == raw[:of.at], "a variable as a genesis could have it")
    removed = of.flag()
    need(of.at == len(raw), "bytes behind the variable")
    return out, removed


QUOTAS = (("author_burst", 4194304, 1073741824), ("author_per_second", 1, 262144),
          ("strangers_burst", 4194304, 16777216), ("strangers_per_second", 1, 16384))


def hash_in(table, key):
    text = table.get(key)
    need(isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text), key)
    return bytes.fromhex(text)


class Genesis:
    def __init__(self, raw, rules):
        need(len(raw) <= 1024 * 1024, "a genesis has at most 1 MiB")
        table = tomllib.loads(raw.removeprefix(b"\xef\xbb\xbf").decode())
        known(table, {"name", "time_ms", "group", "rules", "consensus", "quota", "continues",
                      "members", "variables"})
        if "rules" in table:
            said = table["rules"]
            need(isinstance(said, str) and re.fullmatch("[!-~]{1,64}:[0-9]{1,10}", said), "rules")
            need(rules in ("", said), "other rules than the genesis says")
            rules = said
        need("time_ms" in table, "time_ms")
        consensus = table.get("consensus", {})
        known(consensus, {"delta", "heartbeat"})
        self.group = integer(table, "group", 1, 2**32 - 1, 1)
        self.members, self.names, members, names, taken = [], [], b"", set(), set()
        need(1 <= len(table.get("members", [])) <= 64, "1 to 64 members")
        for one in table["members"]:
            known(one, {"name", "id", "address"})
            self.members.append(peer_id(one.get("id")))
            self.names.append(one.get("name"))
            need("address" not in one or is_address(one["address"]), "address")
            members += (self.members[-1] + put_text(name_in(one, names))
                        + put_text(one.get("address", "")))
        need(len(set(self.members)) == len(self.members), "a member twice")
        need(len(table.get("variables", [])) <= 1024, "variables")
        self.variables = [Variable(one, taken) for one in table.get("variables", [])]
        encoded = put_text(name_in(table)) + put(8, integer(table, "time_ms", 0, 2**63 - 1, None))
        encoded += put(4, self.group) + put(4, len(self.members)) + members
        encoded += put(8, milliseconds(consensus, "delta", 10, 60_000, 500))
        encoded += put(8, milliseconds(consensus, "heartbeat", 1_000, 3_600_000, 10_000))
        encoded += put(4, len(self.variables)) + b"".join(one.encoded() for one in self.variables)
        if "quota" in table:
            known(table["quota"], {key for key, _, _ in QUOTAS})
            for key, least, default in QUOTAS:
                encoded += put(8, integer(table["quota"], key, least, 2**50, default))
        if "continues" in table:
            before = table["continues"]
            known(before, {"network", "height", "last", "state_root"})
            encoded += b"" if "quota" in table else bytes(32)
            encoded += hash_in(before, "network")
            encoded += put(8, integer(before, "height", 1, 2**63 - 1, None))
            encoded += hash_in(before, "last") + hash_in(before, "state_root")
        named = bytes(32)
        if rules:
            name, _, version = rules.rpartition(":")
            named = digest("rules", name.encode() + put(4, int(version)))
        self.network = digest("genesis", encoded + named)


def quorum(members):
    return len(members) - (len(members) - 1) // 3


def of_epoch(known, epoch):
    """`known`: by epoch, the id and name of each member."""
    need(epoch in known, f"the members of epoch {epoch} are not known")
    return known[epoch]


# -- the state ---------------------------------------------------------------------------------------

def path_of(variable, key):
    hashed = sha256(b"\3", variable.to_bytes(2, "little"), key)
    return variable.to_bytes(2, "big") + hashed[:30]


def bit(path, depth):
    return path[depth // 8] >> (7 - depth % 8) & 1


class Proof:
    def __init__(self, of):
        self.leaf = (of.take(32), of.take(32)) if of.flag() else None
        self.depth = of.number(1)
        need(self.depth <= 128, "a path has 128 bits")
        self.filled = of.number(8) | of.number(8) << 64
        self.siblings = [of.take(32) for _ in range(of.count(64))]
        need(bin(self.filled).count("1") == len(self.siblings), "as many siblings as places filled")

    def shows(self, root, path, value):
        if value is not None:
            if self.leaf != (path, sha256(b"\2", value)):
                return False
        elif self.leaf is not None:
            shared = all(bit(self.leaf[0], d) == bit(path, d) for d in range(self.depth))
            if self.leaf[0] == path or not shared:
                return False
        if self.filled >> self.depth or (self.depth and not self.filled >> (self.depth - 1) & 1):
            return False
        at = sha256(b"\0", *self.leaf) if self.leaf else bytes(32)
        left = list(self.siblings)
        for depth in reversed(range(self.depth)):
            sibling = bytes(32)
            if self.filled >> depth & 1:
                sibling = left.pop(0)
                if sibling == bytes(32):
                    return False
            at = sha256(b"\1", sibling, at) if bit(path, depth) else sha256(b"\1", at, sibling)
        return not left and at == root


# -- epochs ------------------------------------------------------------------------------------------

def member_in(of):
    id = of.take(32)
    name = of.octets(32)
    of.octets(255)
    return id, name.decode()


class End:
    def __init__(self, raw):
        of = Reader(raw)
        self.last = Header(of.take(172))
        self.behind = [Header(of.take(172)) for _ in range(of.count(2048))]
        self.certificate = Certificate(of)
        self.members = of.octets(43968)
        self.proof = Proof(of)
        need(of.at == len(raw), "bytes behind the end of an epoch")

    def check(self, genesis, known):
        epoch, top = self.last.epoch, self.last
        need(self.last.group == genesis.group, "another group")
        for header in self.behind:
            need(header.parent == top.digest() and header.height == top.height + 1
                 and header.epoch == epoch and header.group == genesis.group
                 and header.payload == digest("payload", b"")
                 and header.state_root == self.last.state_root, "no chain behind the end")
            top = header
        self.certificate.check(genesis, known, top.digest(), epoch, top.view)
        need(self.proof.shows(self.last.state_root, path_of(0, b"group/members"), self.members),
             "the next members are not proven")
        of = Reader(self.members)
        need(of.number(8) == epoch + 1, "the members of another epoch")
        seats = []
        for _ in range(of.count(64)):
            seats.append(member_in(of))
            of.take(16)
        for _ in range(of.count(64)):
            member_in(of)
            of.flag()
        need(seats and of.at == len(self.members), "no members")
        known[epoch + 1] = seats


def epochs_of(genesis, file):
    known = {0: list(zip(genesis.members, genesis.names))}
    if "epochs" in file:
        ends = file.pop("epochs")
        need(isinstance(ends, list) and ends, "no ends of epochs")
        need(len(ends) == 1 or sum(len(hex_of(one)) for one in ends) <= 8192, "too many ends")
        for epoch, one in enumerate(ends):
            end = End(hex_of(one))
            need(end.last.epoch == epoch, "an end of another epoch than is due")
            end.check(genesis, known)
    return known


# -- the answer --------------------------------------------------------------------------------------

class Certificate:
    def __init__(self, of):
        self.subject = of.take(49)
        subject = Reader(self.subject)
        self.kind = subject.number(1)
        need(1 <= self.kind <= 3, "votes are of kind 1 to 3")
        self.epoch, self.view, self.on = subject.number(8), subject.number(8), subject.take(32)
        self.signers = of.number(8)
        self.signatures = [of.take(64) for _ in range(of.count(64))]
        need(bin(self.signers).count("1") == len(self.signatures), "as many signatures as signers")

    def check(self, genesis, known, header, epoch, view):
        need((self.kind, self.on, self.epoch, self.view) == (3, header, epoch, view),
             "not for the header")
        members = of_epoch(known, epoch)
        need(len(self.signatures) >= quorum(members), "too few signers")
        purpose = b"finalize"
        text = (b"caucus/1" + genesis.network + put(4, genesis.group) + bytes([len(purpose)]) + purpose
                + self.subject)
        signers = [i for i in range(64) if self.signers >> i & 1]
        for i, signature in zip(signers, self.signatures):
            need(i < len(members) and signed_by(members[i][0], signature, text),
                 f"the signature of member {i}")


class Answer:
    def __init__(self, raw):
        of = Reader(raw)
        self.variable = of.octets(32)
        self.entries = []
        for _ in range(of.count(257)):
            key = of.octets(512)
            value = of.octets(65536) if of.flag() else None
            self.entries.append((key, value, Proof(of)))
        self.header = of.take(172)
        header = Reader(self.header)
        self.group, self.epoch = header.number(4), header.number(8)
        self.height, self.view = header.number(8), header.number(8)
        header.take(8 + 32)
        self.time = header.number(8, signed=True)
        header.take(32)
        self.state_root = header.take(32)
        self.certificate = Certificate(of)
        self.shows = (of.number(2), of.octets(65536), Proof(of)) if of.at < len(raw) else None
        need(of.at == len(raw), "bytes behind the answer")

    def find(self, genesis):
        """Its number, and how it is declared."""
        if not self.shows:
            found = [i for i, one in enumerate(genesis.variables) if one.name.encode() == self.variable]
            need(found, "no such variable")
            return found[0] + 1, genesis.variables[found[0]]
        number, raw, proof = self.shows
        need(proof.shows(self.state_root, path_of(0, b"group/variable/%d" % number), raw),
             "how it is declared is not proven")
        declared, removed = declared_in(raw)
        need(not removed and declared.name.encode() == self.variable, "another variable is shown")
        return number, declared

    def check(self, genesis, known):
        number, self.declared = self.find(genesis)
        need(self.group == genesis.group, "another group")
        need(1 <= len(self.entries) <= 257, "1 to 257 entries")
        for key, value, proof in self.entries:
            need(proof.shows(self.state_root, path_of(number, key), value), "not proven")
            need(value is None or self.has_form(key, value), "no state of this kind")
        self.check_entries()
        self.certificate.check(genesis, known, digest("block header", self.header), self.epoch, self.view)

    def has_form(self, key, value):
        of = self.declared
        if key:
            most = 0 if of.kind == "set" else of.value_size
            return of.has_entries() and len(key) <= of.key_size and len(value) <= most
        if of.kind == "register":
            return len(value) <= of.value_size
        if of.kind == "opaque" or len(value) != 8:
            return False
        if of.kind == "counter":
            return of.within(int.from_bytes(value, "little", signed=True))
        return int.from_bytes(value, "little") <= of.entries

    def check_entries(self):
        first = self.entries[0]
        if not self.declared.has_entries():
            need(len(self.entries) == 1 and not first[0], "one entry, without a key")
            return
        self.whole = not first[0]
        if not self.whole:
            need(len(self.entries) == 1, "one entry")
            return
        rest = self.entries[1:]
        need(all(key and value is not None for key, value, _ in rest), "an entry without key or value")
        need(len({key for key, _, _ in rest}) == len(rest), "an entry twice")
        need(len(rest) == int.from_bytes(first[1] or b"", "little"), "entries are left out")

    # What stands in the file beside it.
    def shown(self, raw):
        of, (key, value, _) = self.declared, self.entries[0]
        out = {"variable": of.name, "kind": of.kind}
        if key:
            out["key"] = shown_bytes(key)
        if of.has_entries() and self.whole:
            out["count"] = None if value is None else int.from_bytes(value, "little")
            out["value"] = self.listing()
        elif value is None:
            out["value"] = None
        elif of.kind == "counter":
            out["value"] = int.from_bytes(value, "little", signed=True)
        else:
            out["value"] = True if of.kind == "set" else shown_bytes(value)
        out.update(height=self.height, time_ms=self.time, state_root=self.state_root.hex(),
                   signers=len(self.certificate.signatures), answer=raw.hex())
        return out

    def listing(self):
        pairs = [(shown_bytes(key), shown_bytes(value)) for key, value, _ in self.entries[1:]]
        if self.declared.kind == "set":
            return [key for key, _ in pairs]
        if all(isinstance(key, str) for key, _ in pairs):
            return dict(pairs)
        return [list(pair) for pair in pairs]


def shown_bytes(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"hex": raw.hex()}


# -- fresh answers -----------------------------------------------------------------------------------

class Freshness:
    def __init__(self, raw):
        of = Reader(raw)
        self.raw, self.nonce = raw, of.take(16)
        self.words = [(of.number(2), of.take(172), of.take(64)) for _ in range(of.count(64))]
        self.epoch = of.number(8) if of.at < len(raw) else 0
        need(of.at == len(raw) and (self.epoch > 0 or of.at == 20 + 238 * len(self.words)),
             "bytes behind the freshness")

    def check(self, genesis, known, certified):
        voters = of_epoch(known, self.epoch)
        members = [member for member, _, _ in self.words]
        need(len(members) >= quorum(voters), "too few attest")
        need(all(a < b for a, b in zip(members, members[1:])), "members out of order, or twice")
        purpose = b"attest"
        lead = (b"caucus/1" + genesis.network + put(4, genesis.group) + bytes([len(purpose)])
                + purpose + self.nonce)
        for member, raw, signature in self.words:
            bound = Header(raw)
            need(member < len(voters), f"there is no member {member}")
            need(bound.group == genesis.group, "a bound of another group")
            need(bound.epoch <= self.epoch, "a bound of a later epoch")
            epoch = put(8, self.epoch) if self.epoch else b""
            need(signed_by(voters[member][0], signature, lead + bound.digest() + epoch),
                 f"the word of member {member}")
            need((certified.epoch, certified.view) > (bound.epoch, bound.view)
                 or (certified.raw == raw and certified.payload == digest("payload", b"")),
                 f"member {member} attests more than is shown")

    def shown(self, known):
        return {"nonce": self.nonce.hex(),
                "members": [known[self.epoch][member][1] for member, _, _ in self.words],
                "proof": self.raw.hex()}


# -- receipts ----------------------------------------------------------------------------------------

CODES = {1: "unconnected_port", 2: "port_taken", 3: "code_taken", 4: "stopping", 5: "busy",
         6: "timed_out", 7: "cancelled", 20: "truncated", 21: "trailing_bytes", 22: "too_long",
         23: "out_of_range", 24: "not_ascending", 25: "body_too_large", 26: "nonce_gap", 27: "wrong_tag",
         28: "bad_flags", 29: "unasked_response", 30: "unknown_code", 31: "bad_version",
         40: "wrong_network", 41: "no_common_version", 42: "banned", 43: "own_id", 44: "full_house",
         45: "duplicate_link", 46: "not_the_dialled", 47: "bad_x509", 48: "handshake_timeout",
         49: "keepalive_timeout", 50: "link_lost", 52: "unknown_neighbour",
         53: "refused_by_application", 54: "connect_failed", 55: "write_stalled",
         56: "link_closed_by_peer", 57: "shutting_down", 58: "out_of_turn",
         62: "unknown_member", 63: "not_the_leader", 64: "bad_signature",
         65: "bad_certificate", 66: "bad_parent", 68: "wrong_epoch", 69: "wrong_group",
         80: "unknown_variable", 81: "unknown_operation", 82: "wrong_arguments", 83: "not_a_writer",
         84: "out_of_bounds", 85: "bad_batch", 87: "stale_answer",
         88: "bad_proof", 89: "not_yet", 90: "outcome_unknown", 91: "refused_by_rule",
         92: "request_id_reused", 93: "history_gone", 94: "no_quorum_answered", 95: "state_diverged",
         96: "over_quota", 110: "file_missing", 111: "file_unreadable", 112: "file_malformed",
         113: "file_permissions", 114: "file_exists", 115: "disk_full", 116: "io_failed",
         117: "schema_too_new", 118: "unknown_key", 119: "wrong_type", 120: "value_out_of_range",
         121: "in_use", 122: "bad_checksum", 123: "folder_contradicts", 130: "bad_request",
         131: "no_such_path", 132: "node_unreachable", 133: "internal", 150: "bad_seal",
         151: "bad_public_key", 152: "bad_text"}


class Header:
    def __init__(self, raw):
        of = Reader(raw)
        self.raw, self.group, self.epoch = raw, of.number(4), of.number(8)
        self.height, self.view = of.number(8), of.number(8)
        of.take(8)
        self.parent = of.take(32)
        of.take(8)
        self.payload = of.take(32)
        self.state_root = of.take(32)
        self.receipts_root = of.take(32)

    def digest(self):
        return digest("block header", self.raw)


class Receipt:
    def __init__(self, raw):
        of = Reader(raw)
        self.status, self.code, self.reason = of.number(1), of.number(2), of.octets(200)
        need(self.status in (1, 2), "applied or refused")
        self.height, self.index = of.number(8), of.number(4)
        self.leaf = sha256(b"\0", raw[:of.at])
        self.count = of.number(4)
        self.siblings = [of.take(32) for _ in range(of.count(32))]
        self.headers = [Header(of.take(172)) for _ in range(of.count(1024))]
        self.certificate = Certificate(of)
        need(of.at == len(raw), "bytes behind the receipt")

    def check(self, genesis, known):
        need(self.headers and self.headers[0].height == self.height + 1, "no child's header")
        for before, header in zip(self.headers, self.headers[1:]):
            need(header.parent == before.digest() and header.height == before.height + 1, "no chain")
        need(all(header.group == genesis.group for header in self.headers), "another group")
        need((self.code == 0 and not self.reason) if self.status == 1 else self.code != 0, "a form")
        need(self.index < self.count, "no such receipt")
        at, i, n, left = self.leaf, self.index, self.count, list(self.siblings)
        while n > 1:
            if i ^ 1 < n:
                need(left, "too few siblings")
                sibling = left.pop(0)
                at = sha256(b"\1", sibling, at) if i & 1 else sha256(b"\1", at, sibling)
            i, n = i // 2, (n + 1) // 2
        need(not left and at == self.headers[0].receipts_root, "none of the certified receipts")
        last = self.headers[-1]
        self.certificate.check(genesis, known, last.digest(), last.epoch, last.view)

    def shown(self, raw):
        out = {"status": "applied" if self.status == 1 else "refused",
               "reason": shown_bytes(self.reason)}
        if self.status == 2:
            out["code"] = CODES.get(self.code, "unknown")
        out.update(height=self.height, index=self.index, signers=len(self.certificate.signatures),
                   receipt=raw.hex())
        return out


# -- the file ----------------------------------------------------------------------------------------

class Written:
    """A number as it was written."""

    def __init__(self, digits):
        self.digits = digits


def once(pairs):
    need(len({name for name, _ in pairs}) == len(pairs), "a member is named twice")
    return dict(pairs)


def not_json(text):
    raise Refused(f"no JSON: {text}")


def check_depth(text):
    depth, in_text, at = 0, False, 0
    while at < len(text):
        c = text[at]
        if in_text:
            at += c == "\\"
            in_text = c != '"'
        elif c == '"':
            in_text = True
        elif c in "[{":
            depth += 1
            need(depth <= 16, "deeper than 16")
        elif c in "]}":
            depth -= 1
        at += 1


def parse_json(text):
    check_depth(text)
    out = json.loads(text, object_pairs_hook=once, parse_int=Written, parse_float=Written,
                     parse_constant=not_json)
    need(isinstance(out, dict), "no JSON object")
    return out


def same(meant, given):
    if isinstance(meant, dict):
        return (isinstance(given, dict) and meant.keys() == given.keys()
                and all(same(meant[name], given[name]) for name in meant))
    if isinstance(meant, list):
        return (isinstance(given, list) and len(meant) == len(given)
                and all(map(same, meant, given)))
    if type(meant) is int:
        if abs(meant) < 2**53:
            return isinstance(given, Written) and given.digits == str(meant)
        return given == str(meant)
    return type(meant) is type(given) and meant == given


def hex_of(digits):
    need(isinstance(digits, str) and re.fullmatch(r"([0-9a-f][0-9a-f])*", digits), "none in hex")
    return bytes.fromhex(digits)


def verify(genesis, text, nonce):
    file = parse_json(text)
    known = epochs_of(genesis, file)
    if "receipt" in file:
        need(not nonce, "a receipt is of no nonce")
        if isinstance(file.get("request_id"), str):
            del file["request_id"]
        raw = hex_of(file["receipt"])
        receipt = Receipt(raw)
        receipt.check(genesis, known)
        need(same(receipt.shown(raw), file), "a member is not what the receipt says")
        return
    raw = hex_of(file.get("answer"))
    answer = Answer(raw)
    answer.check(genesis, known)
    shown = answer.shown(raw)
    if "fresh" in file:
        need(isinstance(file["fresh"], dict), "no freshness")
        fresh = Freshness(hex_of(file["fresh"].get("proof")))
        fresh.check(genesis, known, Header(answer.header))
        need(not nonce or nonce == fresh.nonce.hex(), "fresh for another nonce")
        shown["fresh"] = fresh.shown(known)
    need("fresh" in file or not nonce, "not fresh")
    need(same(shown, file), "a member is not what the answer says")


def why_not(genesis, text, nonce=""):
    """None if it holds."""
    try:
        verify(genesis, text, nonce)
    except (Refused, ValueError, RecursionError) as wrong: # JSON's errors are ValueErrors
        return str(wrong) or type(wrong).__name__
    return None


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def main(words):
    if len(words) == 2 and words[0] == "--vectors":
        wrong, told = 0, {True: 0, False: 0}
        networks = {}
        for line in contents(f"{words[1]}/vectors.ndjson").decode().splitlines():
            case = json.loads(line)
            network = (case["genesis"], case.get("rules", ""))
            if network not in networks:
                networks[network] = Genesis(contents(f"{words[1]}/{network[0]}"), network[1])
            why = why_not(networks[network], case["text"], case.get("nonce", ""))
            told[case["holds"]] += 1
            if (why is None) != case["holds"]:
                wrong += 1
                print(f"{case['name']}: {case['reason']}; here: {why or 'it holds'}")
        print(f"{told[True]} true, {told[False]} forged; {wrong} told wrongly")
        return 1 if wrong or not told[True] or not told[False] else 0
    if not 2 <= len(words) <= 4:
        print(__doc__, file=sys.stderr)
        return 2
    genesis, file, rules, nonce = words + [""] * (4 - len(words))
    why = why_not(Genesis(contents(genesis), rules), contents(file).decode(), nonce)
    print(f"refused: {why}" if why else "it holds")
    return 6 if why else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
