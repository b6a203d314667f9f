"""What the verbs that reach databases have in common; the drivers are loaded by them alone."""

from __future__ import annotations

import argparse
import getpass
import importlib
import sys
from dataclasses import replace
from typing import Any

from labelvc.repo.config import LabelSet
from labelvc.repo.database_config import Layout
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import find_set


def is_address(word: str) -> bool:
    """Whether a word names a database, and no file or revision."""
    return "://" in word


def add_tables(parser: argparse.ArgumentParser) -> None:
    """The options that say which tables of the database are meant."""
    group = parser.add_argument_group("which tables of the database")
    group.add_argument("--schema", metavar="S", help="those of this schema (default: labelvc.yaml)")
    group.add_argument("--prefix", metavar="P", help="those whose names begin with P")


def opened(args: argparse.Namespace, repo: Repository, url: str, name: str) -> Any:
    """The database at an address, with the tables that labelvc.yaml or the options say."""
    opening = importlib.import_module("labelvc.adapters.database_opening")
    return opening.open_database(address(url), layout(args, repo, name), repo, name)


def address(url: str) -> Any:
    """The address that a word is."""
    module = importlib.import_module("labelvc.adapters.sql_url")
    return module.parse_address(url, getpass.getpass if sys.stdin.isatty() else None)


def layout(args: argparse.Namespace, repo: Repository, name: str) -> Layout:
    """Which tables hold the label set."""
    known = {one.name: one for one in repo.config(None).sets}
    chosen = known[name].database if name in known else Layout()
    if args.schema is not None:
        chosen = replace(chosen, schema=args.schema)
    return chosen if args.prefix is None else replace(chosen, prefix=args.prefix)


def declared(repo: Repository, name: str) -> LabelSet:
    """The label set that a word names. Raises NotFound."""
    return find_set(repo, repo.sets(None), name)
