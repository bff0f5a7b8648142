"""YAML as runbooks are written: scalars after the core schema of YAML 1.2, and no key twice in one mapping.

PyYAML's own loaders follow YAML 1.1, where `no` is false, `012` is ten and `12:30` is 750.
"""

import re

import yaml


class Loader(yaml.SafeLoader):
    """SafeLoader with other rules for plain scalars; the base class's are replaced, not added to."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("merge", r"<<", ["<"]),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)


def integer(loader, node):
    return int(loader.construct_scalar(node))


def mapping(loader, node):
    own = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    twice = {key for key in map(str, own) if list(map(str, own)).count(key) > 1}
    if twice:
        raise yaml.constructor.ConstructorError("while reading a mapping", node.start_mark, f"{twice} twice", node.start_mark)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


Loader.add_constructor("tag:yaml.org,2002:int", integer)
Loader.add_constructor("tag:yaml.org,2002:map", mapping)


def load(path):
    """The document of a file; raises yaml.YAMLError or UnicodeDecodeError when it is none."""
    return yaml.load(path.read_bytes().decode("utf-8-sig"), Loader)
