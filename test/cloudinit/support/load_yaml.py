"""Loads YAML the way cloud-init does: by PyYAML's safe loader.

One JSON list of texts on stdin; on stdout, for each: "map", "other" for any other value, "error" where it cannot be read.
"""

import json
import sys

import yaml


def kind(text):
    try:
        return "map" if isinstance(yaml.safe_load(text), dict) else "other"
    except Exception:  # PyYAML lets ValueError and others through as well
        return "error"


json.dump([kind(text) for text in json.load(sys.stdin)], sys.stdout)
