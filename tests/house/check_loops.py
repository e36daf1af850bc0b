# SPDX-License-Identifier: Apache-2.0
"""check_loops.py LIBRARY.a: no innermost loop that multiplies bytes (vpdpbusd, vpmaddubsw) moves a vector to or from the stack.
Compilers do that when they run out of registers, which costs up to half of the speed and changes nothing else."""
import re
import subprocess
import sys

PRODUCTS = re.compile(r'vpdpbusd|vpmaddubsw')
ON_STACK = re.compile(r'^vmov\S+\s.*(\(%r[sb]p\).*%[xyz]mm|%[xyz]mm.*\(%r[sb]p\))')


def functions(text):
    name, lines = None, []
    for line in text.splitlines():
        head = re.match(r'[0-9a-f]+ <(.*)>:', line)
        body = re.match(r'\s+([0-9a-f]+):\s+(.*)', line)
        if head:
            if name:
                yield name, lines
            name, lines = head.group(1), []
        elif body:
            lines.append((int(body.group(1), 16), body.group(2)))
    if name:
        yield name, lines


def innermost_loops(lines):
    """Runs of instructions that end in a jump to their first one and hold no other jump."""
    at = {address: i for i, (address, _) in enumerate(lines)}
    for i, (_, text) in enumerate(lines):
        jump = re.match(r'j\w+\s+([0-9a-f]+)', text)
        first = at.get(int(jump.group(1), 16)) if jump else None
        if first is not None and first <= i:
            body = [t for _, t in lines[first:i + 1]]
            if not any(re.match(r'j\w+\s', t) for t in body[:-1]):
                yield body


def main():
    text = subprocess.run(['objdump', '-d', '--no-show-raw-insn', sys.argv[1]], check=True, capture_output=True, text=True).stdout
    n_loops, bad = 0, []
    for name, lines in functions(text):
        for body in innermost_loops(lines):
            if any(PRODUCTS.match(t) for t in body):
                n_loops += 1
                moves = [t for t in body if ON_STACK.match(t)]
                if moves:
                    bad.append(f'{name}: {len(moves)} of {len(body)} instructions, first: {moves[0]}')
    print(f'{n_loops} loops', *bad, sep='\n')
    return 1 if bad or n_loops < 20 else 0


if __name__ == '__main__':
    sys.exit(main())
