"""Loads YAML the way cloud-init does: by PyYAML's safe loader.

One JSON list of texts on stdin; on stdout, for each, its value as [kind, ...], or null where it cannot be read.
"""

import json
import sys

import yaml


def shown(value):
    if value is None or isinstance(value, bool):
        return ["constant", str(value)]
    if isinstance(value, str):
        return ["text", value]
    if isinstance(value, (int, float)):
        return ["number", number(value)]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    # Lists of pairs are lists of tuples.
    if isinstance(value, list) and not any(isinstance(item, tuple) for item in value):
        return ["list", [shown(item) for item in value]]
    if isinstance(value, dict):
        return ["map", [[shown(key), shown(item)] for key, item in value.items()]]
    return ["other"]


def number(value):
    """As JavaScript writes it: a whole number without a dot."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value == int(value) else repr(value)


def loaded(text):
    try:
        value = yaml.safe_load(text)
    except Exception:  # PyYAML lets ValueError, KeyError and others through as well
        return None
    try:
        return shown(value)
    except RecursionError:  # it contains itself
        return ["other"]


json.dump([loaded(text) for text in json.load(sys.stdin)], sys.stdout)
