#!/usr/bin/env python3
"""Drops each guard of the cores in turn and tells whether a test notices. See README.md.

All mutants of a file are compiled into it at once, each behind a number, and one environment variable
chooses among them: so thousands cost one build, and then a run of the tests each.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# What each mutated file is compiled with. `lt` and the like: `a < b`, or, as that mutant, `a <= b`.
PRELUDE = """#pragma once
#include <cstdlib>
namespace mutants {
inline const int chosen = [] {
  const char* const number = std::getenv("CAUCUS_MUTANT");
  return number == nullptr ? 0 : std::atoi(number);
}();
inline bool is(int number) { return number == chosen; }
template <class A, class B> bool lt(int n, const A& a, const B& b) { return is(n) ? a <= b : a < b; }
template <class A, class B> bool le(int n, const A& a, const B& b) { return is(n) ? a < b : a <= b; }
template <class A, class B> bool gt(int n, const A& a, const B& b) { return is(n) ? a >= b : a > b; }
template <class A, class B> bool ge(int n, const A& a, const B& b) { return is(n) ? a > b : a >= b; }
} // namespace mutants
"""

RELATIONS = {" < ": "lt", " <= ": "le", " > ": "gt", " >= ": "ge"}
OPENING = {"(": ")", "[": "]", "{": "}"}


# -- reading C++, as clang-format leaves it ---------------------------------------------------------


def blanked(text):
    """The same length, with comments, strings and characters as blanks: what is left is code."""
    out = list(text)
    pattern = re.compile(r'//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
    for found in pattern.finditer(text):
        for i in range(found.start(), found.end()):
            out[i] = " " if text[i] != "\n" else "\n"
        if found.group()[0] in "\"'":  # an operand must not look empty
            out[found.start()] = "0"
    return "".join(out)


def closing(code, at):
    """The place of the bracket that closes the one at `at`."""
    stack = []
    for i in range(at, len(code)):
        if code[i] in OPENING:
            stack.append(OPENING[code[i]])
        elif stack and code[i] == stack[-1]:
            stack.pop()
            if not stack:
                return i
    raise ValueError("a bracket without its end")


def split(code, begin, end, separators):
    """Parts of [begin, end) between separators that stand outside all brackets, and the separators."""
    parts, found, depth, start, i = [], [], 0, begin, begin
    while i < end:
        if code[i] in OPENING:
            depth += 1
        elif code[i] in ")]}":
            depth -= 1
        elif depth == 0:
            for one in separators:
                if code.startswith(one, i) and i + len(one) <= end:
                    parts.append((start, i))
                    found.append((i, one))
                    i += len(one) - 1
                    start = i + 1
                    break
        i += 1
    parts.append((start, end))
    return parts, found


def stripped(code, begin, end):
    while begin < end and code[begin].isspace():
        begin += 1
    while end > begin and code[end - 1].isspace():
        end -= 1
    return begin, end


def functions(code):
    """Name, begin and end of each function's body: definitions begin in the first column."""
    for found in re.finditer(r"^(?![ }#/]|namespace|struct|class|template|using|enum)[^\n;]*?"
                             r"([\w~]+|operator\(\))\(", code, re.M):
        try:
            after = closing(code, found.end() - 1)
        except ValueError:
            continue
        brace = code.find("{", after)
        semicolon = code.find(";", after)
        if brace < 0 or (0 <= semicolon < brace):
            continue
        yield found.group(1), brace, closing(code, brace)


# -- what is changed --------------------------------------------------------------------------------


class Source:
    """One file, its mutants, and the edits that hold them all."""

    def __init__(self, path, test, numbers):
        self.path, self.test, self.numbers = path, test, numbers
        self.text = (ROOT / path).read_text()
        self.code = blanked(self.text)
        self.insertions = []  # (place, order, text)
        self.replacements = {}  # place: (length, text)
        self.mutants = []
        self.seen = {}
        self.taken = set()  # where those begin that a line of guards.txt named
        self.function, self.must = "", True

    def take(self, wanted, must):
        """The functions of these names not taken before; `must`: whatever of theirs survives is a hole."""
        self.must = must
        names = set()
        for name, begin, end in functions(self.code):
            names.add(name)
            if (wanted == ["*"] or name in wanted) and begin not in self.taken:
                self.taken.add(begin)
                self.function = name
                self.look(begin, end)
        missing = [one for one in wanted if one != "*" and one not in names]
        if missing:
            sys.exit(f"mutants: {self.path} has no function {', '.join(missing)}")

    def add(self, kind, begin, end):
        what = " ".join(self.text[begin:end].split())
        key = f"{pathlib.Path(self.path).name} {self.function} {kind} {what}"
        self.seen[key] = self.seen.get(key, 0) + 1
        if self.seen[key] > 1:
            key += f" #{self.seen[key]}"
        number = next(self.numbers)
        line = self.text.count("\n", 0, begin) + 1
        self.mutants.append({"number": number, "key": key, "where": f"{self.path}:{line}",
                             "test": self.test, "must": self.must})
        return number

    def wrap(self, begin, end, before, after):
        width = end - begin  # the wider one outside
        self.insertions.append((begin, (1, -width), before))
        self.insertions.append((end, (0, width), after))

    def look(self, begin, end):
        for found in re.finditer(r"\b(if|while|for|return)(?=[\s(])", self.code[begin:end]):
            word, at = found.group(1), begin + found.start()
            if word in ("if", "while", "for"):
                open_at = self.code.index("(", at)
                self.statement(word, open_at + 1, closing(self.code, open_at))
            elif word == "return":
                self.value(at + len("return"), self.end_of(at))
        for found in re.finditer(r"\bbool \w+ =\s", self.code[begin:end]):
            at = begin + found.end()
            self.value(at, self.end_of(at), known=True)
        for found in re.finditer(r" \? ", self.code[begin:end]):
            self.choice(begin + found.start())

    def end_of(self, at):
        """Where the statement at `at` ends: its semicolon."""
        depth = 0
        for i in range(at, len(self.code)):
            if self.code[i] in OPENING:
                depth += 1
            elif self.code[i] in ")]}":
                depth -= 1
            elif self.code[i] == ";" and depth == 0:
                return i
        raise ValueError("a statement without its end")

    def statement(self, word, begin, end):
        parts, found = split(self.code, begin, end, [";"])
        declaration = r"\s*(?:const )?auto\b[^=;]*?(\w+)\s*=[^=]"
        if word == "for":
            middle = self.code[slice(*parts[1])] if len(parts) == 3 else ""
            if middle.strip() and not re.match(declaration, middle):
                self.condition(*parts[1], guard="never")
            return
        if len(parts) == 2:
            return self.condition(*parts[1], guard="both")
        declared = re.match(declaration, self.code[begin:end])
        if declared and word == "while":  # has no place for a second part
            return
        if declared:
            number = self.add("never", *stripped(self.code, begin, end))
            self.insertions.append(
                (end, (0, 0), f"; !mutants::is({number}) && static_cast<bool>({declared.group(1)})"))
            return
        self.condition(begin, end, guard="never" if word == "while" else "both")

    def value(self, begin, end, known=False):
        """What is returned or kept, if it can be seen to be true or false."""
        begin, end = stripped(self.code, begin, end)
        if self.code[begin:end] in ("", "true", "false"):
            return
        if split(self.code, begin, end, [" ? "])[1]:
            return
        operators = split(self.code, begin, end, ["&&", "||", " == ", " != ", *RELATIONS])[1]
        if known or operators or self.code[begin] == "!":
            self.condition(begin, end, guard="both")

    def choice(self, at):
        """The condition of `c ? a : b`: back to what it begins with."""
        depth, begin = 0, at
        while begin > 0:
            one = self.code[begin - 1]
            if one in ")]}":
                depth += 1
            elif one in OPENING:
                if depth == 0:
                    break
                depth -= 1
            elif depth == 0 and (one in ";,?:" or self.code.startswith("return ", begin - 1)
                                 or (one == "=" and self.code[begin - 2] not in "=!<>"
                                     and self.code[begin].isspace())):
                if one == ":" and self.code[begin - 2] == ":":
                    begin -= 1
                elif self.code.startswith("return ", begin - 1):
                    begin += len("return ") - 1
                    break
                elif one == "=" and self.code[begin - 2] in "=!<>":
                    pass
                else:
                    break
            begin -= 1
        for one in split(self.code, begin, at, ["+=", "<<", " + ", " - "])[1]:  # bind more strongly
            begin = one[0] + len(one[1])
        begin, end = stripped(self.code, begin, at)
        if begin < end:
            self.condition(begin, end, guard="both")

    def condition(self, begin, end, guard):
        begin, end = stripped(self.code, begin, end)
        never = self.add("never", begin, end)
        self.wrap(begin, end, f"(!mutants::is({never}) && static_cast<bool>(", "))")
        if guard == "both":
            always = self.add("always", begin, end)
            self.wrap(begin, end, f"(mutants::is({always}) || static_cast<bool>(", "))")
        self.operands(begin, end, whole=True)

    def operands(self, begin, end, whole=False):
        begin, end = stripped(self.code, begin, end)
        for operator, neutral in (("||", "!mutants::is({}) && "), ("&&", "mutants::is({}) || ")):
            parts, found = split(self.code, begin, end, [operator])
            if found:
                for one in parts:
                    one = stripped(self.code, *one)
                    number = self.add("without", *one)
                    self.wrap(*one, f"({neutral.format(number)}static_cast<bool>(", "))")
                    self.operands(*one)
                return
        at = begin + 1 if self.code[begin] == "!" else begin
        if self.code[at] == "(" and closing(self.code, at) == end - 1:
            return self.operands(at + 1, end - 1)
        parts, found = split(self.code, begin, end, list(RELATIONS))
        if len(found) == 1:
            place, operator = found[0]
            number = self.add("boundary", begin, end)
            self.insertions.append((begin, (2, 0), f"mutants::{RELATIONS[operator]}({number}, "))
            self.insertions.append((end, (-1, 0), ")"))
            self.replacements[place] = (len(operator), ", ")

    def mutated(self):
        out, last = [], 0
        edits = [(place, order, 0, text) for place, order, text in self.insertions]
        edits += [(place, (3, 0), size, text) for place, (size, text) in self.replacements.items()]
        for place, order, size, text in sorted(edits, key=lambda one: (one[0], one[1])):
            out.append(self.text[last:place])
            out.append(text)
            last = place + size
        return "".join(out) + self.text[last:]


# -- building and running ---------------------------------------------------------------------------


def commands_of(build, target):
    done = subprocess.run(["ninja", "-C", build, "-t", "commands", target], capture_output=True,
                          text=True, check=True)
    return done.stdout.splitlines()


def compile_command(commands, path, made, flags=()):
    """As the build compiles `path`, but of `made`, and into the object beside it."""
    [command] = [line for line in commands if line.endswith(f"/{path}")]
    words = shlex.split(command)
    words = words[words.index(next(w for w in words if w.endswith("g++") or "clang" in w)):]
    for flag in ("-MD", "-MT", "-MF", "-o", "-c"):
        at = words.index(flag)
        del words[at:at + (1 if flag == "-MD" else 2)]
    return [*words, "-w", *flags, "-c", str(made), "-o", str(made.with_suffix(".o"))]


def compile_all(build, out, sources):
    out.mkdir(parents=True, exist_ok=True)
    (out / "mutants.hpp").write_text(PRELUDE)
    objects, jobs = {}, []
    all_commands = {test: commands_of(build, test) for test in {one.test for one in sources}}
    for one in sources:
        made = out / one.path.replace("/", "+")
        made.write_text(one.mutated())
        flags = ("-include", str(out / "mutants.hpp"))
        jobs.append((one.path, compile_command(all_commands[one.test], one.path, made, flags)))
        objects[one.path] = made.with_suffix(".o")

    def run(job):
        return job[0], subprocess.run(job[1], cwd=build, capture_output=True, text=True)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, done in pool.map(run, jobs):
            if done.returncode != 0:
                errors = [l for l in done.stderr.splitlines() if "error" in l][:8]
                sys.exit(f"mutants: {path} does not compile\n" + "\n".join(errors))
    return objects


def link(build, out, target, objects):
    """The test (or the simulation) with mutated objects before the libraries that have the true ones."""
    command = next(line for line in reversed(commands_of(build, target)) if f"/{target} " in line)
    words = shlex.split(command.split(" && ")[1])
    at = words.index("-o")
    words[at + 1] = str(out / target)
    words[at:at] = [str(one) for one in objects]
    subprocess.run(words, cwd=build, check=True)
    return out / target


def run_test(binary, number, limit, arguments):
    """None: nothing noticed. Else what did."""
    environment = {**os.environ, "CAUCUS_MUTANT": str(number)}
    try:
        done = subprocess.run([binary, *arguments], env=environment, capture_output=True, text=True,
                              errors="replace", timeout=limit)
    except subprocess.TimeoutExpired:
        return f"(no end in {limit} s)"
    if done.returncode == 0:
        return None
    found = re.search(r"^-{70,}\n(.*?)\n-{70,}$", done.stdout, re.S | re.M)
    if found:
        lines = found.group(1).splitlines()
        name = [lines[0]] + [l.strip() for l in lines[1:] if not l.startswith("   ")]
        return " ".join(name)
    rule = re.search(r"assertion[^\n]*|seed \d+ FAILED[^\n]*", done.stderr + done.stdout)
    return rule.group(0) if rule else f"(exit {done.returncode})"


def equivalents():
    """Key: reason, of those that change nothing; see equivalent.txt."""
    out, key = {}, None
    for line in (HERE / "equivalent.txt").read_text().splitlines():
        if line.startswith("    ") and key:
            out[key] = (out[key] + " " + line.strip()).strip()
        elif line and not line.startswith("#"):
            key = line
            out[key] = ""
    return out


# -- breaches of the protocol's rules -----------------------------------------------------------------


def breaches():
    """Of rules.txt: name, rule, path, lines that stand there, lines in their place."""
    out = []
    for line in (HERE / "rules.txt").read_text().splitlines():
        if line.startswith("rule "):
            number, name = line.removeprefix("rule ").split(": ", 1)
            out.append({"name": name, "rule": int(number), "old": [], "new": []})
        elif line.startswith("@ "):
            out[-1]["path"] = line[2:]
        elif line.startswith(("- ", "+ ")):
            out[-1]["old" if line[0] == "-" else "new"].append(line[2:].strip())
    return out


def broken_text(one):
    """The file with the breach in it: the old lines stand there once, however they are indented."""
    text = (ROOT / one["path"]).read_text()
    pattern = r"\s+".join(re.escape(line) for line in one["old"])
    if len(re.findall(pattern, text)) != 1:
        sys.exit(f"mutants: rules.txt: {one['path']} does not have once what \"{one['name']}\" replaces")
    return re.sub(pattern, lambda found: "\n".join(one["new"]), text)


def judge_breach(build, out, one, seeds):
    """What caught it, and whether that was an assertion of its rule."""
    made = out / f"rule{one['index']}.cpp"
    made.write_text(broken_text(one))
    done = subprocess.run(compile_command(commands_of(build, "caucus-sim"), one["path"], made),
                          cwd=build, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"mutants: \"{one['name']}\" does not compile\n{done.stderr}")
    said = ""
    for target, arguments in (("caucus-sim", ["consensus", "--seeds", str(seeds), "--nodes", "4"]),
                              ("caucus-sim", ["consensus", "--seeds", str(seeds)]),
                              ("consensus_test", [])):  # all: others may fail before
        binary = link(build, out, target, [made.with_suffix(".o")])
        done = subprocess.run([binary, *arguments], capture_output=True, text=True, errors="replace")
        found = re.search(r"assertion failed: (rule (\d+)[^\n]*)", done.stderr)
        if found and int(found.group(2)) == one["rule"]:
            return f"{target}: {found.group(1)}", True
        said = said or (f"{target}: {done.stderr.strip().splitlines()[-1]}" if done.stderr.strip() else "")
    return said or "nothing", False


def judge_rules(build, out, wanted, seeds):
    subprocess.run(["ninja", "-C", str(build), "caucus-sim", "consensus_test"], check=True,
                   stdout=subprocess.DEVNULL)
    out.mkdir(parents=True, exist_ok=True)
    escaped = 0
    every = [{**one, "index": index} for index, one in enumerate(breaches())]
    for one in every:
        if wanted and not any(word in one["name"] for word in wanted):
            continue
        caught, good = judge_breach(build, out, one, seeds)
        escaped += not good
        print(f"{'caught' if good else 'ESCAPED':8} rule {one['rule']}: {one['name']}: {caught}", flush=True)
    print(f"{len(every)} breaches of the rules: {escaped} escaped")
    return 1 if escaped else 0


def main():
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("files", nargs="*", help="only files whose path has one of these words")
    asks.add_argument("--build", default=str(ROOT / "build" / "release"), help="the build folder")
    asks.add_argument("--rules", action="store_true",
                      help="the breaches of rules.txt: an assertion of the rule must catch each")
    asks.add_argument("--list", action="store_true", help="name the mutants and run nothing")
    asks.add_argument("--check", action="store_true",
                      help="look whether what rules.txt and guards.txt name is there; run nothing")
    asks.add_argument("--only", type=int, help="this mutant alone, by its number in the list")
    asks.add_argument("--must", action="store_true", help="leave out what guards.txt marks with ~")
    asks.add_argument("--make", action="store_true", help="compile alone: to run later with --made")
    asks.add_argument("--made", action="store_true", help="run what --make compiled")
    asks.add_argument("--sim", type=int, default=0, metavar="SEEDS",
                      help="so many seeds of the simulation for whatever no test noticed")
    asks.add_argument("--first", type=int, default=0, help="the first of those seeds")
    asks.add_argument("--table", metavar="FILE", help="what killed each, as a table")
    given = asks.parse_args()
    build = pathlib.Path(given.build).resolve()
    out = build / "mutants"
    if given.check:
        for one in breaches():
            broken_text(one)
    if given.rules:
        return judge_rules(build, out, given.files, given.sim or 30)

    numbers = iter(range(1, 1_000_000))
    by_path = {}
    for line in (HERE / "guards.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            test, path, *wanted = line.removeprefix("~ ").split()
            by_path.setdefault(path, Source(path, test, numbers)).take(wanted, line[0] != "~")
    sources = [one for one in by_path.values()
               if not given.files or any(word in one.path for word in given.files)]
    if given.must:
        sources = [one for one in sources if any(mutant["must"] for mutant in one.mutants)]
    every = [mutant for one in sources for mutant in one.mutants]
    if given.check:
        print(f"{len(breaches())} breaches of the rules, {len(every)} guards: all are there")
        return 0
    if given.list:
        for one in every:
            print(f"{one['number']:5} {one['where']}: {one['key']}")
        return 0
    tests = sorted({one.test for one in sources})
    targets = tests + (["caucus-sim"] if given.sim else [])
    numbered = "".join(f"{one['number']} {one['key']}\n" for one in every)
    if given.made:
        if (out / "numbers").read_text() != numbered:
            sys.exit("mutants: the sources are others than those that --make compiled")
        objects = {one.path: out / (one.path.replace("/", "+")[:-4] + ".o") for one in sources}
    else:
        subprocess.run(["ninja", "-C", str(build), *targets], check=True, stdout=subprocess.DEVNULL)
        objects = compile_all(build, out, sources)
        (out / "numbers").write_text(numbered)
    binaries = {}
    for one in targets:
        mine = [objects[s.path] for s in sources if one == "caucus-sim" or s.test == one]
        binaries[one] = out / one if given.made else link(build, out, one, mine)
    if given.make:
        return 0

    limits = {}
    for one in tests:  # no mutant: must pass; ten times as long is for ever
        began = time.monotonic()
        killed = run_test(binaries[one], 0, 600, ["-a"])
        if killed:
            sys.exit(f"mutants: without a mutant {one} fails: {killed}")
        limits[one] = 10 + 10 * (time.monotonic() - began)

    def judge(one):
        killed = run_test(binaries[one["test"]], one["number"], limits[one["test"]], ["-a"])
        if killed is None and given.sim:
            killed = run_test(binaries["caucus-sim"], one["number"], 60 * given.sim,
                              ["consensus", "--seeds", str(given.sim), "--first", str(given.first)])
            killed = killed and f"simulation: {killed}"
        return one, killed

    known = equivalents()
    chosen = [one for one in every if given.only in (None, one["number"])]
    if given.must:
        chosen = [one for one in chosen if one["must"]]
    table, survived, told, same = [], [], [], []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for one, killed in pool.map(judge, chosen):
            table.append((one, killed))
            if killed is None:
                if one["key"] in known:
                    same.append(one)
                    continue
                (survived if one["must"] else told).append(one)
                word = "survived" if one["must"] else "told"
                print(f"{word:8} {one['number']:5} {one['where']}: {one['key']}", flush=True)
    if given.table:
        with open(given.table, "w", encoding="utf-8") as file:
            for one, killed in table:
                fate = killed or ("equivalent: " + known[one["key"]] if one["key"] in known
                                  else "SURVIVED")
                file.write(f"{one['where']}\t{one['key']}\t{fate}\n")
    keys = {one["key"] for one in every}
    names = {pathlib.Path(one.path).name for one in sources}
    stale = [key for key in known if key not in keys and key.split()[0] in names]
    for key in stale:
        print(f"stale: equivalent.txt names what is no mutant any more: {key}")
    killed = len(chosen) - len(survived) - len(told) - len(same)
    print(f"{len(chosen)} mutants: {killed} killed, {len(same)} equivalent, {len(survived)} survived "
          f"that must not, {len(told)} others")
    return 1 if survived or stale else 0


if __name__ == "__main__":
    sys.exit(main())
