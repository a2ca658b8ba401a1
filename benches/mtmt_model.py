#!/usr/bin/env python3
"""Writes a large file of the Microsoft Threat Modeling Tool: `mtmt_model.py FILE.tm7 MEGABYTES > LARGE.tm7`.

The diagrams and the threats of a file are repeated until it has that size. Everything drawn gets an id of its own in
each copy; the template stays as it is, once, as in files that people make.
"""

import re
import sys

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def inner(text, element):
    """What is inside of the first element of that name: where it begins and ends."""
    begin = text.index(">", text.index(f"<{element}")) + 1
    return begin, text.index(f"</{element}>", begin)


def copy(text, drawn, number):
    """The text with other ids for everything drawn, and for the threats' own running numbers."""

    def renamed(match):
        guid = match.group(0).lower()
        return f"{int(guid[:8], 16) ^ (number * 0x9E3779B1 & 0xFFFFFFFF):08x}{guid[8:]}" if guid in drawn else match.group(0)

    text = GUID.sub(renamed, text)
    text = re.sub(r'z:Id="i(\d+)"', lambda m: f'z:Id="i{int(m.group(1)) + number * 100_000}"', text)
    return re.sub(r"<b:Id>(\d+)</b:Id>", lambda m: f"<b:Id>{int(m.group(1)) + number * 100_000}</b:Id>", text)


def main():
    name, size = sys.argv[1], int(float(sys.argv[2]) * 1_000_000)
    with open(name, encoding="utf-8-sig") as file:
        text = file.read()
    diagrams, end = inner(text, "DrawingSurfaceList")
    threats, threats_end = inner(text, "ThreatInstances")
    part = text[diagrams:end]
    listed = text[threats:threats_end]
    template = text[text.index("<KnowledgeBase"):]
    drawn = {it.lower() for it in GUID.findall(part)} - {it.lower() for it in GUID.findall(template)}
    copies = max(1, round((size - len(text.encode())) / len((part + listed).encode())) + 1)
    numbers = range(copies)
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(text[:diagrams])
    sys.stdout.writelines(copy(part, drawn, number) for number in numbers)
    sys.stdout.write(text[end:threats])
    sys.stdout.writelines(copy(listed, drawn, number) for number in numbers)
    sys.stdout.write(text[threats_end:])


main()
